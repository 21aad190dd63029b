"""From every id and reference back to the payouts."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.ledger.models import Journal
from marketplace.payouts.models import Payout
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.trails.adding_up import trail
from marketplace.reconciliation.trails.finding import Found, find
from marketplace.reconciliation.trails.lines import earning_lines, installment_lines
from marketplace.settlement.models import Earning, Installment
from marketplace.work.models import Answer
from tests.builders.identity import make_staff
from tests.builders.payouts import (
    make_approved_run,
    make_due_chain,
    make_finance,
    payout_of,
    sandbox,
)
from tests.builders.settlement import Chain
from tests.builders.statements import rows, statements
from tests.reconciliation.trails.following import follow, paid_and_matched

Paid = tuple[Chain, Payout]


@pytest.fixture
def paid(session: Session) -> Paid:
    chain, finance = make_due_chain(session, items=3, items_per_task=3), make_finance(session)
    run = make_approved_run(session, finance)
    paid_and_matched(session, finance, sandbox(session), run)
    return chain, payout_of(session, run, chain.workers[0])


def look_for(session: Session, of: str) -> Found:
    return find(session, make_staff(session, "finance"), of)


def test_a_payout_is_found_by_everything_that_leads_to_it(session: Session, paid: Paid) -> None:
    _, payout = paid
    line = session.scalars(select(ExternalLine).where(ExternalLine.reference == payout.rail_reference)).one()
    installment = session.scalars(select(Installment).where(Installment.payout_id == payout.id)).one()
    journals = session.scalars(select(Journal).where(Journal.subject_id == payout.id)).all()
    ways = [
        public("payout", payout.id),
        f"  {payout.rail_reference} ",
        line.external_id,
        public("external_line", line.id),
        public("installment", installment.id),
        *(public("journal", journal.id) for journal in journals),
    ]
    assert len(ways) == 7
    for way in ways:
        assert look_for(session, way).only_payout == payout.id, way


def test_an_item_leads_to_every_share_of_what_it_earned_and_to_the_payouts_of_those(
    session: Session, paid: Paid
) -> None:
    chain, payout = paid
    answer = session.scalars(select(Answer).where(Answer.job_id == chain.job.id).order_by(Answer.id).limit(1)).one()
    found = look_for(session, public("item", answer.item_id))
    assert found.only_payout is None
    assert len(found.places.data) == 6, "three payees, two days each"
    assert sum(place.money.amount for place in found.places.data) == 855_000
    assert {place.payout_id is None for place in found.places.data if place.installment_state == "scheduled"} == {True}
    assert payout.id in {place.payout_id for place in found.places.data}
    assert found.split is not None
    assert [str(step.sums[0]) for step in found.split.steps] == ["0.90 CNY", "0.855 CNY", "0.855 CNY"]
    assert [str(one.money) for one in found.split.bridges[0].reasons] == ["-0.045 CNY"]
    assert found.split.breaks == ()
    assert look_for(session, public("answer", answer.id)).places == found.places
    assert len(look_for(session, public("claim", answer.claim_id)).places.data) == 18
    earning = session.scalars(select(Earning).where(Earning.payee_kind == "worker").limit(1)).one()
    states = [place.installment_state for place in look_for(session, public("earning", earning.id)).places.data]
    assert sorted(map(str, states)) == ["paid", "scheduled"]


def test_a_run_leads_to_its_payouts_a_page_at_a_time(session: Session, paid: Paid) -> None:
    _, payout = paid
    actor, of = make_staff(session, "finance"), public("payout_run", payout.run_id)
    first = find(session, actor, of, limit=2)
    second = find(session, actor, of, limit=2, cursor=first.places.next_cursor)
    assert [len(one.places.data) for one in (first, second)] == [2, 1]
    assert payout.id in {place.payout_id for one in (first, second) for place in one.places.data}


def test_an_installment_in_no_payout_says_so(session: Session, paid: Paid) -> None:
    _, payout = paid
    waits = session.scalars(
        select(Installment).where(Installment.payee_id == payout.payee_id, Installment.state == "scheduled")
    ).one()
    (place,) = look_for(session, public("installment", waits.id)).places.data
    assert (place.payout_id, place.installment_state, place.money) == (None, "scheduled", waits.money)


@pytest.mark.parametrize(
    "of",
    ["", "nothing like this", "pay_short", "\x00", "x" * 5000, public("payout", UUID(int=7))],
    ids=["nothing", "words", "short", "nul", "long", "nobody's"],
)
def test_what_is_unknown_is_not_found(session: Session, of: str) -> None:
    with pytest.raises(DomainError) as refused:
        look_for(session, of)
    assert refused.value.slug == "not_found"


def test_nobody_else_may_look(session: Session, paid: Paid) -> None:
    chain, payout = paid
    for actor in (chain.workers[0], chain.layers[0][0], chain.client, make_staff(session, "operations")):
        for read in (
            lambda: find(session, actor, public("payout", payout.id)),  # noqa: B023 - called at once
            lambda: earning_lines(session, actor, payout.id),  # noqa: B023
            lambda: installment_lines(session, actor, payout.id),  # noqa: B023
        ):
            with pytest.raises(DomainError) as refused:
                read()
            assert refused.value.slug == "forbidden"


def test_what_stands_behind_the_sums_comes_in_pages(session: Session, paid: Paid) -> None:
    _, payout = paid
    finance = make_staff(session, "finance")
    first = earning_lines(session, finance, payout.id, limit=2)
    rest = earning_lines(session, finance, payout.id, limit=2, cursor=first.next_cursor)
    lines = [*first.data, *rest.data]
    assert len({line.earning_id for line in lines}) == 3
    found = follow(session, payout)
    assert sum(line.share.amount for line in lines) == found.steps[2].sums[0].amount
    assert sum(line.price.amount for line in lines) == found.steps[0].sums[0].amount
    (installment,) = installment_lines(session, finance, payout.id).data
    assert installment.taken == installment.money == found.steps[2].sums[0]


def test_however_many_answers_a_trail_is_a_few_statements_and_a_few_rows(session: Session) -> None:
    counted = []
    for items in (2, 40):
        chain, finance = make_due_chain(session, items=items, items_per_task=items), make_finance(session)
        run = make_approved_run(session, finance)
        paid_and_matched(session, finance, sandbox(session), run)
        payout, actor = payout_of(session, run, chain.layers[0][0]), make_staff(session, "finance")
        session.expunge_all()
        with statements(session) as sent, rows(session) as fetched:
            found = trail(session, actor, payout.id)
        assert found.steps[0].count == items
        counted.append((len(sent), sum(fetched)))
    assert counted[0] == counted[1]
    assert counted[0][0] <= 11
    assert counted[0][1] <= 40
