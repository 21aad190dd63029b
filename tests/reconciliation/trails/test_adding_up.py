"""A payout of each kind, followed: every sum is the next one's but for known reasons, and the ledger's."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.gateways.bank.rail import BankRail
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.errors import DomainError
from marketplace.ledger.models import Posting
from marketplace.payouts.approving import cancel_run
from marketplace.payouts.preparing import prepare_run
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.trails.adding_up import trail
from marketplace.settlement.models import Earning, Installment
from tests.builders.identity import make_staff
from tests.builders.payouts import (
    Finance,
    execute,
    inside,
    make_approved_run,
    make_due_chain,
    make_finance,
    mature,
    payout_of,
    sandbox,
)
from tests.builders.quotes import a_rate, wants
from tests.builders.taxes import withhold_from
from tests.gateways.bank.imitation import OURS, imitation
from tests.gateways.bank.standing import AtTheBank, a_sent_payout
from tests.reconciliation.trails.following import (
    agrees_with_the_ledger,
    booked,
    cny,
    follow,
    latest_run,
    paid_and_matched,
    reasons,
    sums,
)


@pytest.fixture
def finance(session: Session) -> Finance:
    return make_finance(session)


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    return sandbox(session)


def test_a_worker_is_followed_from_five_answers_to_the_rails_line(
    session: Session, finance: Finance, rail: SandboxRail
) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5)
    paid_and_matched(session, finance, rail, make_approved_run(session, finance))
    payout = payout_of(session, latest_run(session), chain.workers[0])

    found = follow(session, payout)

    assert found.adds_up, found.breaks
    assert sums(found) == {
        "answers": "4.50 CNY",
        "earnings": "1.75 CNY",
        "installments": "0.875 CNY",
        "payout": "0.87 CNY",
        "transfer": "0.87 CNY",
        "lines": "0.87 CNY",
    }
    assert reasons(found) == {
        "earnings": {"platform_fee": "-0.225 CNY", "margins_of_others": "-2.525 CNY"},
        "installments": {"not_yet_due": "-0.875 CNY"},
        "payout": {"carried_out": "-0.005 CNY"},
    }
    assert [step.count for step in found.steps] == [5, 5, 1, 1, 1, 1]
    assert agrees_with_the_ledger(found)
    earned = select(Earning.journal_id).where(Earning.payee_id == payout.payee_id)
    all_of_it = session.scalar(select(func.sum(Posting.amount)).where(Posting.journal_id.in_(earned)))
    assert all_of_it == found.steps[0].sums[0].amount
    assert booked(session, "J5", payout, debit=2130) == booked(session, "J6", payout, credit=1100) == cny("0.87")
    (attempt,), (line,) = found.attempts, found.lines
    assert (attempt.attempt, attempt.tries, attempt.reference) == (1, 1, payout.rail_reference)
    assert (line.money, line.state, line.ours) == (cny("-0.87"), "matched", True)


def test_a_layer_is_followed_with_the_pay_of_the_workers_and_the_margins_of_others_beside_it(
    session: Session, finance: Finance, rail: SandboxRail
) -> None:
    chain = make_due_chain(session, claims=3, items=6, items_per_task=2)
    paid_and_matched(session, finance, rail, make_approved_run(session, finance))

    found = follow(session, payout_of(session, latest_run(session), chain.layers[0][0]))

    assert found.adds_up, found.breaks
    assert reasons(found)["earnings"] == {
        "platform_fee": "-0.27 CNY",
        "margins_of_others": "-1.50 CNY",
        "pay_of_the_workers": "-2.10 CNY",
    }
    assert sums(found)["earnings"] == "1.53 CNY"
    assert agrees_with_the_ledger(found)


def test_at_the_bank_it_ends_at_the_statements_line_and_on_the_wage_account(session: Session) -> None:
    bank = BankRail(inside(session), {"CNY": OURS["CNY"]}, trial=True)
    there = AtTheBank(session, bank, imitation(), make_staff(session, "finance"))
    payout = a_sent_payout(there)
    waiting = follow(session, payout)
    assert waiting.adds_up, waiting.breaks
    assert reasons(waiting)["lines"] == {"not_confirmed": "-0.17 CNY"}
    (reference,) = there.send()
    there.bring()

    found = follow(session, payout)

    assert found.adds_up, found.breaks
    assert [line.reference for line in found.lines] == [reference]
    assert "lines" not in reasons(found)
    assert booked(session, "J6", payout, credit=1020) == cny("0.17") == found.steps[-1].sums[0]
    assert agrees_with_the_ledger(found)

    there.bank.give_back(reference, "0.17")
    there.bring()

    back = follow(session, payout)
    assert back.adds_up, back.breaks
    assert reasons(back)["lines"] == {"returned": "-0.17 CNY"}
    assert (sums(back)["transfer"], sums(back)["lines"]) == ("0.17 CNY", "0.00 CNY")


def test_a_returned_payout_says_where_its_installments_are_now(
    session: Session, finance: Finance, rail: SandboxRail
) -> None:
    chain = make_due_chain(session)
    paid_and_matched(session, finance, rail, make_approved_run(session, finance))
    payout = payout_of(session, latest_run(session), chain.workers[0])
    rail.show("transfer_return", payout.money, payout.rail_reference or "")
    reconcile(inside(session), {"sandbox": rail})
    session.expire_all()

    found = follow(session, payout)

    assert found.adds_up, found.breaks
    assert reasons(found)["lines"] == {"returned": "-0.17 CNY"}
    assert [(one.state, one.payout_id, str(one.money)) for one in found.now] == [("held", None, "0.175 CNY")]
    assert booked(session, "J8", payout, debit=1100) == cny("0.17")
    mature(session)
    later = payout_of(session, make_approved_run(session, finance), chain.layers[0][0])
    assert follow(session, later).adds_up
    held = reasons(follow(session, later))["installments"]
    assert held["in_another_payout"] == "-0.1275 CNY"


def test_withheld_tax_and_a_change_of_currency_stand_between_the_payout_and_the_transfer(
    session: Session, finance: Finance, rail: SandboxRail
) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5)
    withhold_from(session, finance, chain.workers[0], ("KE-KRA", 50_000))
    a_rate(session, by=finance.preparer)
    wants(session, chain.workers[0])
    paid_and_matched(session, finance, rail, make_approved_run(session, finance))
    payout = payout_of(session, latest_run(session), chain.workers[0])

    found = follow(session, payout)

    assert found.adds_up, found.breaks
    between = found.bridges[3].reasons
    assert [(one.reason, one.money, one.about) for one in between] == [
        ("withheld", -payout.tax, "KE-KRA"),
        ("exchanged", -payout.given, "18.0537"),
        ("exchanged", payout.paid, "18.0537"),
    ]
    assert payout.withheld
    assert payout.paid.currency == "KES"
    assert booked(session, "J13", payout, credit=2200) == payout.tax
    assert booked(session, "J13", payout, credit=2300) == payout.paid == found.steps[4].sums[0]
    assert agrees_with_the_ledger(found)


def test_what_is_held_of_the_same_answers_is_told_apart(session: Session, finance: Finance, rail: SandboxRail) -> None:
    chain = make_due_chain(session)
    paid_and_matched(session, finance, rail, make_approved_run(session, finance))
    first = payout_of(session, latest_run(session), chain.workers[0])
    row = session.scalars(
        select(Installment).where(Installment.payee_id == first.payee_id, Installment.state == "scheduled")
    ).one()
    rail.script("pay_out", "refuse", code="account_closed", match=f"acct_{chain.workers[0].person.hex}")
    mature(session)
    execute(session, finance, rail, make_approved_run(session, finance))
    session.expire_all()
    second = payout_of(session, latest_run(session), chain.workers[0])

    assert session.get_one(Installment, row.id).state == "held"
    assert reasons(follow(session, first))["installments"] == {"held": "-0.175 CNY"}
    refused = follow(session, second)
    assert refused.adds_up, refused.breaks
    assert reasons(refused)["transfer"] == {"given_up": f"-{second.paid}"}
    assert refused.attempts[0].code == "account_closed"


def test_a_run_that_was_prepared_or_called_off_adds_up_too(session: Session, finance: Finance) -> None:
    chain = make_due_chain(session)
    run = prepare_run(session, finance.preparer, "sandbox")
    payout = payout_of(session, run, chain.workers[0])
    assert follow(session, payout).adds_up
    assert reasons(follow(session, payout))["transfer"] == {"not_sent": "-0.17 CNY"}
    cancel_run(session, finance.preparer, run.id)

    found = follow(session, payout)

    assert found.adds_up, found.breaks
    assert reasons(found)["transfer"] == {"given_up": "-0.17 CNY"}
    assert [(one.state, one.payout_id) for one in found.now] == [("due", None)]


def test_a_payout_without_an_answer_is_on_its_way(session: Session, finance: Finance, rail: SandboxRail) -> None:
    chain = make_due_chain(session)
    rail.script("pay_out", "unknown_after_executing", match=f"acct_{chain.workers[0].person.hex}")
    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)

    found = follow(session, payout_of(session, run, chain.workers[0]))

    assert found.adds_up, found.breaks
    assert reasons(found)["lines"] == {"no_answer": "-0.17 CNY"}


@pytest.mark.parametrize("role", ["operations", "dispute_decider"])
def test_nobody_of_the_platform_but_finance_and_the_auditor_may_follow(
    session: Session, finance: Finance, role: str
) -> None:
    chain = make_due_chain(session)
    payout = payout_of(session, make_approved_run(session, finance), chain.workers[0])
    assert trail(session, make_staff(session, "auditor"), payout.id).adds_up
    for actor in (make_staff(session, role), chain.workers[0], chain.layers[0][0], chain.client):
        with pytest.raises(DomainError) as refused:
            trail(session, actor, payout.id)
        assert refused.value.slug == "forbidden"
