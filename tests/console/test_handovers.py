"""Pages: a contract that was taken over is offered to another seller, who sees what passes over and answers."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.handover_models import Handover
from marketplace.contracts.models import Contract
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.work.withdrawing import withdraw
from tests.builders.defaults import WHY, declare_default
from tests.builders.identity import make_member, make_organization, make_staff
from tests.builders.settlement import Chain, hand_in, make_chain
from tests.builders.web import Browser
from tests.console.conftest import Enter


def taken_over(session: Session) -> tuple[Chain, Actor, Contract, str]:
    """The worked example's chain whose second contract the layer above sells under since a default."""
    chain = make_chain(session, price_visibility="finance_only")
    (above, _), (_, contract) = chain.layers
    declare_default(session, make_staff(session, "operations"), contract.id, WHY)
    return chain, above, contract, public("contract", contract.id)


def asked(session: Session) -> tuple[Actor, str]:
    other = make_member(session, make_organization(session, "subcontractor", name="Ninth Layer"), "manager")
    return other, public("organization", other.organization)


def offer(browser: Browser, contract_id: str, to: str) -> str:
    made = browser.post(f"/console/contracts/{contract_id}/handover", {"to": to, "days": "7"})
    assert made.status_code == 303
    return str(made.headers["Location"])


def read(browser: Browser, page: str) -> dict[str, str]:
    """What the form of acceptance on the page hands back."""
    (digest,) = re.findall(r'name="terms_digest" value="([0-9a-f]{64})"', browser.get(page).text)
    return {"terms_digest": digest}


def test_a_contract_is_offered_seen_and_accepted(session: Session, enter: Enter) -> None:
    chain, above, contract, contract_id = taken_over(session)
    hand_in(session, chain)
    other, to = asked(session)
    holder, new = enter(above), enter(other)
    assert "No contract is handed over" in new.get("/console/handovers").text
    assert "Hand it over" in holder.get(f"/console/contracts/{contract_id}").text
    form = holder.get(f"/console/contracts/{contract_id}/handover").text
    assert "Ninth Layer" in form
    assert "0.60" in form
    page = offer(holder, contract_id, to)

    assert new.get(f"/console/contracts/{contract_id}").status_code == 404, "it is not theirs yet"
    shown = new.get(page).text
    for said in ("0.60", "0.35", "Claims that wait for its seller", "Accept", "Decline"):
        assert said in shown
    assert "Withdraw the offer" not in shown
    assert "Withdraw the offer" in holder.get(page).text
    seen = read(new, page)
    withdraw(session, above, chain.batch.id)
    stale = new.post(f"{page}/accept", seen)
    assert (stale.status_code, "has changed since it was read" in stale.text) == (422, True)
    assert new.post(f"{page}/accept", read(new, page)).status_code == 303
    assert session.get_one(Contract, contract.id, populate_existing=True).seller_organization_id == other.organization
    history = new.get(f"/console/contracts/{contract_id}").text
    assert "Who sold under it" in history
    assert "Handed over" in history
    assert "Hand it over" not in history
    again = new.post(f"{page}/accept", seen)
    assert (again.status_code, "accepted" in again.text) == (422, True)
    assert "Ninth Layer" in holder.get("/console/handovers").text


def test_what_is_refused_is_said_at_its_field(session: Session, enter: Enter) -> None:
    chain, above, _, contract_id = taken_over(session)
    bust = public("organization", chain.layers[1][0].organization)
    holder, path = enter(above), f"/console/contracts/{contract_id}/handover"
    for values, field in (
        ({"to": "", "days": "7"}, "e-to"),
        ({"to": bust, "days": "7"}, "e-to"),
        ({"to": asked(session)[1], "days": "none"}, "e-days"),
        ({"to": asked(session)[1], "days": "91"}, "e-days"),
    ):
        answer = holder.post(path, values)
        assert (answer.status_code, f'id="{field}"' in answer.text) == (422, True), values
    assert session.scalar(select(Handover.id)) is None


def test_it_is_declined_or_taken_back_and_others_see_nothing_of_it(session: Session, enter: Enter) -> None:
    _, above, _, contract_id = taken_over(session)
    other, to = asked(session)
    holder, new = enter(above), enter(other)
    page = offer(holder, contract_id, to)
    stranger = enter(asked(session)[0])
    assert stranger.get(page).status_code == 404
    assert "Ninth Layer" not in stranger.get("/console/handovers").text.replace("</header>", "|").split("|")[-1]
    assert new.post(f"{page}/decline").status_code == 303
    declined = new.get(page).text
    assert "0.60" not in declined, "what it was offered is nothing to it any more"
    page = offer(holder, contract_id, to)
    assert holder.post(f"{page}/withdraw").status_code == 303
    assert new.post(f"{page}/accept").status_code == 422


def test_an_offer_is_not_shown_where_the_contract_was_not_taken_over(session: Session, enter: Enter) -> None:
    chain = make_chain(session)
    seller, contract = chain.layers[1]
    page = enter(seller).get(f"/console/contracts/{public('contract', contract.id)}").text
    assert "Hand it over" not in page
    assert "Who sold under it" not in page


def test_who_buys_under_a_contract_does_not_read_for_what_its_seller_sells_on(session: Session, enter: Enter) -> None:
    (buyer, _), (_, sold) = make_chain(session, price_visibility="finance_only").layers
    below = public("contract", sold.id)
    assert enter(buyer).get(f"/console/contracts/{below}").status_code == 200
    assert enter(buyer).get(f"/console/contracts/{below}/handover").status_code == 404
