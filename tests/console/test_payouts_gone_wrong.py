from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.ids import public
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.settlement.models import Installment
from tests.builders.identity import make_staff
from tests.builders.payouts import (
    Finance,
    end_leases,
    execute,
    make_approved_run,
    make_due_chain,
    make_finance,
    note_looks,
    payout_of,
    sandbox,
    states,
)
from tests.builders.settlement import Chain
from tests.console.conftest import Enter

SEND_AGAIN, GIVE_UP, HOLD, ABSENT = "/retry", "/cancel", "/hold", "/agree-absent"


@pytest.fixture
def chain(session: Session) -> Chain:
    return make_due_chain(session)


@pytest.fixture
def finance(session: Session) -> Finance:
    return make_finance(session)


def gone_wrong(session: Session, chain: Chain, finance: Finance, fault: Any = "refuse") -> tuple[PayoutRun, str]:
    """A run that is executing, and the page of its worker's payout, which went wrong."""
    run, rail = make_approved_run(session, finance), sandbox(session)
    rail.script("pay_out", fault, match=f"acct_{chain.workers[0].person.hex}")
    execute(session, finance, rail, run)
    return run, f"/console/payouts/{public('payout', payout_of(session, run, chain.workers[0]).id)}"


def buttons(page: str, path: str) -> set[str]:
    return {verb for verb in (SEND_AGAIN, GIVE_UP, HOLD, ABSENT) if f'action="{path}{verb}"' in page}


def test_a_refused_payout_is_sent_again_by_another_person(
    session: Session, enter: Enter, chain: Chain, finance: Finance
) -> None:
    run, path = gone_wrong(session, chain, finance)
    preparer, approver = enter(finance.preparer), enter(finance.approver)
    page = preparer.get(path).text
    assert buttons(page, path) == {GIVE_UP, HOLD}
    assert "another person must approve it" in page
    assert preparer.post(path + SEND_AGAIN).status_code == 422
    page = approver.get(path).text
    assert buttons(page, path) == {SEND_AGAIN, GIVE_UP, HOLD}
    assert "as attempt 2" in page
    assert approver.post(path + SEND_AGAIN).status_code == 303
    assert buttons(approver.get(path).text, path) == {GIVE_UP}
    assert approver.post(path + SEND_AGAIN).status_code == 422
    assert execute(session, finance, sandbox(session), run) == {"settled": 3}
    assert buttons(approver.get(path).text, path) == set()


def test_a_refused_payout_is_given_up_and_what_it_pays_held(
    session: Session, enter: Enter, chain: Chain, finance: Finance
) -> None:
    run, path = gone_wrong(session, chain, finance)
    browser = enter(finance.approver)
    browser.get(path)
    assert browser.post(path + HOLD).status_code == 303
    session.expire_all()
    row = session.scalars(select(Installment).where(Installment.state == "held")).one()
    assert (row.payee_id, row.held_reason) == (chain.workers[0].person, "destination_refused")
    assert execute(session, finance, sandbox(session), run) == {"cancelled": 1, "settled": 2}


def test_a_refused_payout_is_given_up_and_what_it_pays_due_again(
    session: Session, enter: Enter, chain: Chain, finance: Finance
) -> None:
    run, path = gone_wrong(session, chain, finance)
    browser = enter(finance.approver)
    browser.get(path)
    assert browser.post(path + GIVE_UP).status_code == 303
    session.expire_all()
    assert states(session, run) == {"cancelled": 1, "approved": 2}
    assert session.scalars(select(Installment.payee_kind).where(Installment.state == "due")).all() == ["worker"]


def test_two_people_say_that_an_unknown_payout_never_was(
    session: Session, enter: Enter, chain: Chain, finance: Finance
) -> None:
    run, path = gone_wrong(session, chain, finance, "unknown_before_executing")
    one, two = enter(finance.preparer), enter(finance.approver)
    page = one.get(path).text
    assert buttons(page, path) == set()
    assert "unknown for 23 hours" in page
    assert one.post(path + ABSENT).status_code == 422
    end_leases(session, asked_hours_ago=25)
    note_looks(session, payout_of(session, run, chain.workers[0]))
    assert buttons(one.get(path).text, path) == {ABSENT}
    assert one.post(path + ABSENT).status_code == 303
    page = one.get(path).text
    assert buttons(page, path) == set()
    assert "another person must agree" in page
    assert "has said so" in two.get(path).text
    assert two.post(path + ABSENT).status_code == 303
    session.expire_all()
    assert buttons(two.get(path).text, path) == {SEND_AGAIN, GIVE_UP, HOLD}
    assert states(session, run) == {"refused": 1, "approved": 2}


def test_the_auditor_is_offered_nothing(session: Session, enter: Enter, chain: Chain, finance: Finance) -> None:
    _, path = gone_wrong(session, chain, finance)
    browser = enter(make_staff(session, "auditor"))
    page = browser.get(path)
    assert page.status_code == 200
    assert buttons(page.text, path) == set()
    for verb in (SEND_AGAIN, GIVE_UP, HOLD, ABSENT):
        assert browser.post(path + verb).status_code == 403
    assert session.scalars(select(Payout.state).where(Payout.state == "refused")).all() == ["refused"]
