"""Pages: a layer's default is declared on its contract's page, and finance releases what is held."""

from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.kernel.ids import public
from tests.builders.identity import make_staff
from tests.builders.settlement import accept, hand_in, make_chain
from tests.console.conftest import Enter


def test_operations_declare_a_default_and_finance_releases_what_is_held(session: Session, enter: Enter) -> None:
    chain = make_chain(session)
    accept(session, chain, hand_in(session, chain))
    bust, contract = chain.layers[-1]
    contract_id = public("contract", contract.id)
    staff = enter(make_staff(session, "operations"))
    assert "No layer is in default" in staff.get("/console/defaults").text
    assert "The seller cannot go on" in staff.get(f"/console/contracts/{contract_id}").text
    path = f"/console/contracts/{contract_id}/default"
    seller = public("organization", bust.organization)
    assert staff.post(path, {"seller": seller, "reason": " "}).status_code == 422
    assert staff.post(path, {"seller": seller, "reason": "They are gone."}).status_code == 303
    again = staff.post(path, {"seller": seller, "reason": "They are gone."})
    assert (again.status_code, "no longer" in again.text) == (422, True)
    assert session.get_one(Contract, contract.id, populate_existing=True).state == "succeeded"
    shown = staff.get("/console/defaults").text
    assert "0.25" in shown
    assert "Release what is held" not in shown
    finance = enter(make_staff(session, "finance"))
    page = finance.get("/console/defaults").text
    assert "Release what is held" in page
    default_id = page.split("/defaults/")[1].split("/release")[0]
    assert finance.post(f"/console/defaults/{default_id}/release", {"reason": ""}).status_code == 422
    assert finance.post(f"/console/defaults/{default_id}/release", {"reason": "Settled."}).status_code == 303
    assert "Release what is held" not in finance.get("/console/defaults").text


def test_the_successor_does_not_read_what_is_held_of_the_former(session: Session, enter: Enter) -> None:
    chain = make_chain(session)
    accept(session, chain, hand_in(session, chain))
    (above, _), (bust, contract) = chain.layers
    own = enter(bust)
    path = f"/console/contracts/{public('contract', contract.id)}/default"
    own.post(path, {"seller": public("organization", bust.organization), "reason": "We have to close."})
    assert "We have to close." in own.get("/console/defaults").text
    successor = enter(above).get("/console/defaults").text
    assert "Taken over by" in successor
    assert "We have to close." not in successor
    assert "0.25" not in successor
