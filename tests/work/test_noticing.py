"""Rule 13: a pre-label lowers no price of open work without fourteen days' notice, and never that of live claims."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.jobs.item_rows import ItemRow
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch
from marketplace.work.noticing import give_notice, notices_of
from marketplace.work.opening import open_tasks
from marketplace.work.withdrawing import withdraw
from tests.builders.contracts import make_layers
from tests.builders.jobs import make_open_job, make_party
from tests.builders.settlement import Chain, another, make_chain, move_clock_to, payable_worker


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def again(session: Session, chain: Chain, pay: str) -> Batch:
    opener, contract = chain.layers[-1]
    return open_tasks(session, opener, contract.id, "standard", items="all", items_per_task=1, pay=cny(pay))


def make_prelabeled_chain(session: Session) -> Chain:
    """Two layers, whose lower one opened four items with a model's proposal at 0.35."""
    client = make_party(session, "client")
    proposal = {"model": "m", "answer": {"label": "car"}}
    rows = [ItemRow(n, f"text-{n}", "standard", {"text": f"Text {n}"}, prelabel=proposal) for n in range(1, 5)]
    job, root = make_open_job(session, client, rows=rows)
    layers = make_layers(session, client, root, ("0.855", "0.60"), 4)
    opener, contract = layers[-1]
    batch = open_tasks(session, opener, contract.id, "standard", items="all", items_per_task=1, pay=cny("0.35"))
    return Chain(job, client, layers, batch, another(session, opener, "reviewer"))


def take_back(session: Session, chain: Chain) -> None:
    withdraw(session, chain.layers[-1][0], chain.batch.id)


def refused_for_notice(session: Session, chain: Chain, pay: str) -> bool:
    with pytest.raises(DomainError, match="tasks_invalid") as refused, session.begin_nested():
        again(session, chain, pay)
    return [error.code for error in refused.value.errors] == ["notice_needed"]


def test_rule_13_items_with_pre_labels_are_not_opened_anew_at_a_lower_pay_without_notice(session: Session) -> None:
    chain = make_prelabeled_chain(session)
    live = claim_next(session, payable_worker(session), chain.batch.id)
    take_back(session, chain)
    assert refused_for_notice(session, chain, "0.34")
    assert again(session, chain, "0.35").claimable
    assert live.pay == cny("0.35")


def test_rule_13_fourteen_days_after_a_notice_the_lower_pay_stands(session: Session) -> None:
    chain = make_prelabeled_chain(session)
    opener = chain.layers[-1][0]
    notice = give_notice(session, opener, chain.batch.id, cny("0.20"), "A model proposes the answers now.")
    assert notice.effective_at - notice.given_at == dt.timedelta(days=14)
    assert notices_of(session, chain.batch.id) == [notice]
    take_back(session, chain)
    move_clock_to(session, notice.effective_at - dt.timedelta(hours=1))
    assert refused_for_notice(session, chain, "0.20")
    move_clock_to(session, notice.effective_at + dt.timedelta(hours=1))
    # The withdrawal is as old; a second one is made now, so that notice alone decides.
    fresh = again(session, chain, "0.20")
    assert fresh.pay == cny("0.20")


def test_rule_13_a_notice_covers_no_lower_pay_than_it_names(session: Session) -> None:
    chain = make_prelabeled_chain(session)
    opener = chain.layers[-1][0]
    notice = give_notice(session, opener, chain.batch.id, cny("0.20"), "A model proposes the answers now.")
    move_clock_to(session, notice.effective_at + dt.timedelta(hours=1))
    take_back(session, chain)
    assert refused_for_notice(session, chain, "0.19")
    assert again(session, chain, "0.20").claimable


def test_work_without_pre_labels_needs_no_notice(session: Session) -> None:
    chain = make_chain(session, items=4)
    take_back(session, chain)
    assert again(session, chain, "0.20").claimable


def test_notice_is_given_by_the_opener_of_a_lower_pay_with_a_reason(session: Session) -> None:
    chain = make_prelabeled_chain(session)
    opener, stranger = chain.layers[-1][0], chain.layers[0][0]
    with pytest.raises(DomainError, match="not_found"):
        give_notice(session, stranger, chain.batch.id, cny("0.20"), "Why not.")
    with pytest.raises(DomainError, match="invalid") as refused:
        give_notice(session, opener, chain.batch.id, cny("0.35"), " ")
    assert [error.pointer for error in refused.value.errors] == ["/pay/amount", "/reason"]
