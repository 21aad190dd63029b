"""A scene of the tour: a client reads its receipts and says what they carry; finance sets the sales tax in fees."""

from __future__ import annotations

from tests.client_api.story import Story, ok


def documents_are_read(story: Story) -> None:
    """The receipt of the client's first deposit, and what documents carry from now on."""
    client, finance = story.client, story.finance
    listed = ok(client.get("/invoices?kind=receipt")).json["data"]
    receipt = ok(client.get(f"/invoices/{listed[-1]['id']}")).json
    assert receipt["lines"][0]["amount"] == receipt["gross"]
    assert client.get("/billing-details").status_code == 404
    detail = {"legal_name": "Example Ltd", "address": "1 High Street\nLondon", "tax_number": "GB 123 4567 89"}
    ok(client.post("/billing-details", detail))
    assert ok(client.get("/billing-details")).json["legal_name"] == "Example Ltd"
    rate = {"country": "DE", "authority": "DE-BZST", "rate_ppm": 190_000, "valid_from": "2027-01-01"}
    ok(finance.post("/sales-tax-rates", rate))
    ok(finance.get("/sales-tax-rates"))
