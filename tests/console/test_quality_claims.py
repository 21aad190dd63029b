"""Pages: a layer answers a quality claim, operations decide one, and two of them mirror an acceptance by mistake."""

from sqlalchemy.orm import Session

from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.treasury import put_in_capital
from marketplace.settlement.quality_models import QualityClaim
from marketplace.work.models import Answer
from tests.builders.identity import make_staff
from tests.builders.quality_claims import make_accepted, open_claim
from tests.console.conftest import Enter

PAGE = "/console/quality-claims"


def test_a_layer_answers_and_operations_decide(session: Session, enter: Enter) -> None:
    chain, handed = make_accepted(session, claims=3)
    (above, _), (vouching, _) = chain.layers
    claims = [open_claim(session, chain.client, one.answer_ids) for one in handed]
    agreed, contested, withdrawn = (f"{PAGE}/{public('quality_claim', claim.id)}" for claim in claims)
    client, layer = enter(chain.client), enter(vouching)
    page = layer.get(PAGE).text
    assert page.count("Agree, and give it back") == 3
    assert "Half of these are buses." in page
    assert "No quality claims" in enter(above).get(PAGE).text
    assert layer.post(f"{agreed}/agree").status_code == 303
    assert layer.post(f"{contested}/contest", {"response": " "}).status_code == 422
    assert layer.post(f"{contested}/contest", {"response": "They are vans."}).status_code == 303
    assert "They are vans." in client.get(PAGE).text
    assert client.post(f"{withdrawn}/withdraw").status_code == 303
    assert client.post(f"{contested}/decide", {"decision": "upheld", "reason": "Mine."}).status_code == 403
    staff = enter(make_staff(session, "operations"))
    assert "Uphold: it is given back" in staff.get(PAGE).text
    assert staff.post(f"{contested}/decide", {"decision": "dismissed", "reason": ""}).status_code == 422
    assert staff.post(f"{contested}/decide", {"decision": "dismissed", "reason": "Vans."}).status_code == 303
    states = [session.get_one(QualityClaim, claim.id, populate_existing=True).state for claim in claims]
    assert states == ["upheld", "dismissed", "withdrawn"]


def test_two_of_operations_mirror_what_was_accepted_by_mistake(session: Session, enter: Enter) -> None:
    chain, handed = make_accepted(session)
    put_in_capital(session, system_actor("tests"), Money.parse("10", "CNY"))
    answer = handed[0].answer_ids[0]
    first, second = (enter(make_staff(session, "operations")) for _ in range(2))
    assert first.post("/console/mirrors", {"answer": "ans_none", "reason": "Wrong batch."}).status_code == 422
    proposal = {"answer": public("answer", answer), "reason": "Wrong batch."}
    assert first.post("/console/mirrors", proposal).status_code == 303
    assert "Confirm: mirror it now" not in first.get("/console/mirrors").text
    page = second.get("/console/mirrors").text
    assert "Confirm: mirror it now" in page
    assert "0.90" in page
    path = f"/console/mirrors/{page.split('/mirrors/')[1].split('/decide')[0]}/decide"
    assert first.post(path, {"decision": "confirm"}).status_code == 422
    assert second.post(path, {"decision": "confirm"}).status_code == 303
    assert session.get_one(Answer, answer, populate_existing=True).state == "accepted_in_error"
    assert enter(chain.client).get("/console/mirrors").status_code == 403
