"""A scene of the tour: what tax is withheld from a worker is proposed, approved, and proposed anew in vain."""

from __future__ import annotations

import datetime as dt

from marketplace.db.clock import market_now
from marketplace.kernel.ids import public
from tests.client_api.story import Story, ok


def tax_is_withheld(story: Story) -> None:
    """From next year on, so that it changes nothing that is paid in the story."""
    year = market_now(story.session).year
    wanted = {
        "payee_id": public("person", story.worker.person_id),
        "valid_from": dt.date(year + 1, 1, 1).isoformat(),
        "lines": [{"authority": "KE-KRA", "rate_ppm": 50_000}, {"authority": "KE-SHA", "rate_ppm": 27_500}],
    }
    proposed = ok(story.finance.post("/withholdings", wanted)).json
    assert story.finance.post(f"/withholdings/{proposed['id']}/approve").status_code == 403
    approved = ok(story.second_finance.post(f"/withholdings/{proposed['id']}/approve")).json
    assert (approved["state"], approved["lines"]) == ("approved", wanted["lines"])
    another = ok(story.finance.post("/withholdings", {**wanted, "lines": []})).json
    ok(story.finance.post(f"/withholdings/{another['id']}/reject"))
    ok(story.finance.get(f"/withholdings/{proposed['id']}"))
    ok(story.finance.get("/withholdings?state=approved"))
    listed = ok(story.finance.get(f"/tax-years?year={year}")).json["data"]
    assert all(line["gross"] == line["net"] for line in listed)
    ok(story.upper.get(f"/tax-years?year={year}"))
    ok(story.program.get("/tax-years"))
