"""The tour's scene of lines that nothing explains: whose they are, what two people say of them, and what was not so."""

from __future__ import annotations

from sqlalchemy import text

from marketplace.reconciliation.matching import reconcile
from tests.builders.payouts import inside
from tests.client_api.story import Story, ok


def a_line_is_explained_by_two(story: Story) -> None:
    """Interest at the bank stands on 2900 after a day; it is taken for our own money, and then it is not."""
    finance, second = story.finance, story.second_finance
    story.session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
    reconcile(inside(story.session), {})
    line = ok(finance.get("/external-lines?state=set_aside")).json["data"][0]
    path = f"/external-lines/{line['id']}"
    ok(finance.post(f"{path}/owner", {"owner_id": ok(finance.get("/me")).json["person_id"]}))
    said = {"kind": "transit", "reason": "Our own transfer from the other bank."}
    given_up = ok(finance.post(f"{path}/matches", said)).json
    assert ok(second.post(f"/line-matches/{given_up['id']}/reject")).json["state"] == "rejected"
    match = ok(finance.post(f"{path}/matches", said)).json
    assert match["state"] == "proposed"
    assert ok(second.post(f"/line-matches/{match['id']}/approve")).json["state"] == "done"
    undo = {"reason": "It was the bank's interest."}
    assert ok(finance.post(f"/line-matches/{match['id']}/undo", undo)).json["state"] == "undo_asked"
    assert ok(second.post(f"/line-matches/{match['id']}/approve")).json["state"] == "undone"
    ok(story.auditor.get("/line-matches?state=undone"))
    ok(story.auditor.get(f"/line-matches/{match['id']}"))
    assert ok(story.auditor.get("/reconciliation-days")).json["data"]
    assert line["id"] in [one["line_id"] for one in ok(story.auditor.get("/discrepancies")).json["data"]]
