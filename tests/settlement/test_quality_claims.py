"""Claims about the quality of accepted answers (J10b): who makes them against whom, what they bring, and what not."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.contracts.errors import RECOURSE_OPEN
from marketplace.contracts.offering import accept as accept_offer
from marketplace.db.clock import market_now
from marketplace.jobs import reserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import client_deposits, job_reserve, recourse
from marketplace.lifecycle.cancelling import cancel_job
from marketplace.lifecycle.completing import complete_jobs
from marketplace.settlement import quality_deciding
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import auto_accept
from marketplace.settlement.collecting import settle_open
from marketplace.settlement.defaulting import release_margins
from marketplace.settlement.extras import pay_from_layer
from marketplace.settlement.maturing import fall_due
from marketplace.settlement.models import Installment
from marketplace.settlement.quality_claiming import ANSWER_WITHIN, withdraw_claim
from marketplace.settlement.quality_collecting import collect_open
from marketplace.settlement.quality_deciding import agree, contest, uphold_silent
from marketplace.settlement.quality_queries import get_quality_claim, quality_claims
from marketplace.work.models import Claim
from marketplace.work.opening import open_tasks
from marketplace.work.verdicts import Verdict
from tests.builders.contracts import make_offer
from tests.builders.defaults import WHY, declare_default, operations, owed, paid_to
from tests.builders.jobs import make_open_job, make_party, text_rows
from tests.builders.payouts import execute, inside, make_approved_run, make_finance, mature, sandbox
from tests.builders.quality_claims import answers, make_accepted, open_claim
from tests.builders.settlement import Chain, accept, another, hand_in, make_chain, move_clock_to, reject

TODAY = SettlementTerms((TermPart(1, 0, Anchor.ACCEPTANCE),))
HALVES = SettlementTerms((TermPart(1, 0, Anchor.ACCEPTANCE), TermPart(1, 3, Anchor.ACCEPTANCE)))
THIRDS = SettlementTerms((*HALVES.parts, TermPart(1, 1, Anchor.ACCEPTANCE)))


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def due_days(session: Session, payee_kind: str) -> set[dt.date]:
    return set(session.scalars(select(Installment.due_on).where(Installment.payee_kind == payee_kind)))


def after(session: Session, **passed: float) -> None:
    move_clock_to(session, market_now(session) + dt.timedelta(**passed))


def earn_elsewhere(session: Session, layer: Actor) -> None:
    """A job of another client, sold through that layer alone, of which an answer is accepted."""
    client = make_party(session)
    job, root = make_open_job(session, client, rows=text_rows(1), settlement_terms=TODAY)
    contract = accept_offer(session, layer, make_offer(session, client, root, layer, "0.855", 1).id)
    batch = open_tasks(
        session, layer, contract.id, "standard", items="all", items_per_task=1, pay=cny("0.35"), settlement_terms=None
    )
    chain = Chain(job, client, [(layer, contract)], batch, another(session, layer, "reviewer"))
    accept(session, chain, hand_in(session, chain))


def test_margins_wait_for_the_end_of_the_inspection_and_workers_do_not(session: Session) -> None:
    chain, _ = make_accepted(session, settlement_terms=HALVES)
    today = market_now(session).date()
    later = HALVES.parts[1].due_date(today)
    assert due_days(session, "worker") == {today, later}
    assert due_days(session, "layer") == {today + dt.timedelta(days=14), later}
    assert fall_due(session) == 1
    after(session, days=14)
    assert fall_due(session) == 2
    assert chain.job.inspection_days == 14


def test_parts_that_wait_for_the_same_day_are_one_installment(session: Session) -> None:
    chain, _ = make_accepted(session, settlement_terms=THIRDS, inspection_days=80, prices=["0.855"])
    today = market_now(session).date()
    assert due_days(session, "layer") == {today + dt.timedelta(days=80), THIRDS.parts[1].due_date(today)}
    assert owed(session, chain.layers[0][0], "scheduled") == 505_000


def test_a_job_can_do_without_an_inspection(session: Session) -> None:
    chain, handed = make_accepted(session, settlement_terms=TODAY, inspection_days=0)
    assert fall_due(session) == 3
    with pytest.raises(DomainError, match="until") as refused:
        open_claim(session, chain.client, answers(handed))
    assert refused.value.slug == "inspection_over"


def test_a_claim_the_layer_agrees_to_brings_its_margin_back_to_the_reserve_the_latest_first(session: Session) -> None:
    chain, handed = make_accepted(session)
    vouching, _ = chain.layers[-1]
    worker = handed[0].worker
    before = balance(session, job_reserve(chain.job.id, "CNY"))
    free, paid = reserve.free(session, chain.job), paid_to(session, worker)
    claim = open_claim(session, chain.client, answers(handed), "0.20")
    assert (claim.against_organization_id, claim.state) == (vouching.organization, "open")
    agree(session, vouching, claim.id)
    assert (claim.state, claim.awarded, claim.uncollected) == ("upheld", cny("0.20"), cny("0"))
    assert balance(session, job_reserve(chain.job.id, "CNY")) == before + cny("0.20")
    assert reserve.free(session, chain.job) == free + cny("0.20")
    rows = session.scalars(
        select(Installment).where(Installment.payee_id == vouching.organization).order_by(Installment.due_on)
    ).all()
    # 0.125 on each of two days: the later one gives all, the sooner one the rest.
    assert [(row.amount, row.state) for row in rows] == [(50_000, "scheduled"), (0, "cancelled")]
    assert paid_to(session, worker) == paid
    assert owed(session, chain.layers[0][0], "scheduled") == 255_000


def test_no_claim_brings_more_than_the_layer_earned_on_the_answers(session: Session) -> None:
    chain, handed = make_accepted(session, claims=2)
    vouching, _ = chain.layers[-1]
    claim = open_claim(session, chain.client, handed[0].answer_ids, "0.855")
    agree(session, vouching, claim.id)
    assert (claim.asked, claim.awarded) == (cny("0.855"), cny("0.25"))
    assert owed(session, vouching, "scheduled") == 250_000


def test_silence_decides_for_the_claimant(session: Session) -> None:
    chain, handed = make_accepted(session)
    claim = open_claim(session, chain.client, answers(handed))
    assert uphold_silent(session) == 0
    move_clock_to(session, market_now(session) + ANSWER_WITHIN)
    assert uphold_silent(session) == 1
    assert (claim.state, claim.decided_by_person_id, claim.collected) == ("upheld", None, cny("0.25"))
    assert uphold_silent(session) == 0


@pytest.mark.parametrize("decision", ["upheld", "dismissed"])
def test_operations_decide_what_is_contested(session: Session, decision: str) -> None:
    chain, handed = make_accepted(session)
    vouching, _ = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed))
    decider = operations(session)
    with pytest.raises(DomainError, match="cannot become dismissed"):
        quality_deciding.decide(session, decider, claim.id, decision, "Not yet.")
    contest(session, vouching, claim.id, "They are cars.")
    assert (claim.state, claim.response) == ("contested", "They are cars.")
    move_clock_to(session, market_now(session) + ANSWER_WITHIN)
    assert uphold_silent(session) == 0
    quality_deciding.decide(session, decider, claim.id, decision, "We looked at them.")
    expected = "0.25" if decision == "upheld" else "0"
    assert (claim.state, claim.collected, claim.decision) == (decision, cny(expected), "We looked at them.")
    assert owed(session, vouching, "scheduled") == (0 if decision == "upheld" else 250_000)
    again: tuple[Callable[[], object], ...] = (
        lambda: quality_deciding.decide(session, decider, claim.id, "upheld", "Again."),
        lambda: withdraw_claim(session, chain.client, claim.id),
        lambda: agree(session, vouching, claim.id),
        lambda: contest(session, vouching, claim.id, "Again."),
    )
    for verb in again:
        with pytest.raises(DomainError) as refused:
            verb()
        assert refused.value.slug == "state_conflict"


def test_nobody_of_a_side_decides(session: Session) -> None:
    chain, handed = make_accepted(session)
    vouching, _ = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed))
    contest(session, vouching, claim.id, "They are cars.")
    decider = operations(session)
    for insider in (handed[0].worker.person_id, chain.reviewer.person_id, chain.client.person_id, vouching.person_id):
        person = Actor(
            insider, decider.organization_id, "platform", decider.roles, decider.permissions, "session", "Wu"
        )
        with pytest.raises(DomainError) as refused:
            quality_deciding.decide(session, person, claim.id, "upheld", "Mine.")
        assert refused.value.slug == "quality_claim_party"
    with pytest.raises(DomainError) as refused:
        quality_deciding.decide(session, chain.client, claim.id, "upheld", "Mine.")
    assert refused.value.slug == "forbidden"


def test_a_layer_above_claims_and_the_clients_money_comes_back(session: Session) -> None:
    chain, handed = make_accepted(session)
    (above, _), (vouching, _) = chain.layers
    before = balance(session, job_reserve(chain.job.id, "CNY"))
    claim = open_claim(session, above, answers(handed), "0.1", rule=None)
    agree(session, vouching, claim.id)
    assert balance(session, job_reserve(chain.job.id, "CNY")) == before + cny("0.1")


def test_the_layer_whose_reviewer_accepted_vouches(session: Session) -> None:
    chain = make_chain(session, acceptance_by="parent")
    (above, contract), (lowest, _) = chain.layers
    handed = hand_in(session, chain)
    chain.reviewer = another(session, above, "reviewer")
    accept(session, chain, handed)
    claim = open_claim(session, chain.client, handed.answer_ids)
    assert (claim.against_organization_id, claim.contract_id) == (above.organization, contract.id)
    withdraw_claim(session, chain.client, claim.id)
    with pytest.raises(DomainError, match="Your own reviewers"):
        open_claim(session, above, handed.answer_ids, rule=None)
    with pytest.raises(DomainError, match="Only the client, or a layer above"):
        open_claim(session, lowest, handed.answer_ids, rule=None)


def test_where_the_timer_accepted_the_layer_that_opened_the_task_vouches(session: Session) -> None:
    chain = make_chain(session, acceptance_by="client", auto_accept_seconds=60)
    handed = hand_in(session, chain)
    after(session, minutes=2)
    assert auto_accept(inside(session)) == 1
    claim = open_claim(session, chain.client, handed.answer_ids)
    assert claim.against_organization_id == chain.layers[-1][0].organization


def test_what_the_clients_own_reviewer_accepted_is_not_claimed_by_the_client(session: Session) -> None:
    chain = make_chain(session, acceptance_by="client")
    handed = hand_in(session, chain)
    chain.reviewer = another(session, chain.client, "reviewer")
    accept(session, chain, handed)
    with pytest.raises(DomainError, match="Your own reviewers"):
        open_claim(session, chain.client, handed.answer_ids)
    # The layer above the one that opened the task can: nobody of its side looked.
    claim = open_claim(session, chain.layers[0][0], handed.answer_ids, rule=None)
    assert claim.against_organization_id == chain.layers[1][0].organization


def test_tasks_of_the_client_itself_have_nobody_to_claim_from(session: Session) -> None:
    chain = make_chain(session, prices=(), pay="0.855", auto_accept_seconds=60)
    handed = hand_in(session, chain)
    after(session, minutes=2)
    auto_accept(inside(session))
    with pytest.raises(DomainError, match="No layer vouched"):
        open_claim(session, chain.client, handed.answer_ids)


def test_what_is_wrong_with_a_claim_is_named(session: Session) -> None:
    chain, handed = make_accepted(session, claims=2)
    ids = answers(handed)
    client = chain.client
    for wrong, pointer in (
        ({"rule": None}, "/rule"),
        ({"rule": "G9"}, "/rule"),
        ({"category": "ugly"}, "/category"),
        ({"reason": " "}, "/reason"),
        ({"amount": "0"}, "/amount/amount"),
        ({"amount": "1.711"}, "/amount/amount"),
        ({"currency": "USD"}, "/amount/currency"),
    ):
        with pytest.raises(DomainError) as refused:
            open_claim(session, client, ids, **wrong)
        assert refused.value.slug == "invalid"
        assert [error.pointer for error in refused.value.errors] == [pointer]
    with pytest.raises(DomainError, match="1 to 1000"):
        open_claim(session, client, [])
    # A layer pays 0.35 below: its own price is its limit, and it need not cite.
    with pytest.raises(DomainError, match="at most what you pay"):
        open_claim(session, chain.layers[0][0], ids, "1.21", rule=None)


def test_what_was_not_accepted_or_is_nobodys_business_is_refused(session: Session) -> None:
    chain = make_chain(session, items=3)
    waiting, refused_work = hand_in(session, chain), hand_in(session, chain)
    decide_answers(session, chain.reviewer, refused_work.claim_id, [reject(refused_work.answer_ids[0])])
    done = hand_in(session, chain)
    decide_answers(
        session, chain.reviewer, done.claim_id, [Verdict(done.answer_ids[0], "pay_not_use", "other", "Not needed.")]
    )
    for answer_id in (*waiting.answer_ids, *refused_work.answer_ids, uuid.uuid4()):
        with pytest.raises(DomainError) as refused:
            open_claim(session, chain.client, [answer_id])
        assert refused.value.slug == "not_found"
    with pytest.raises(DomainError, match="Only what was accepted"):
        open_claim(session, chain.client, done.answer_ids)
    stranger = make_party(session, "subcontractor")
    with pytest.raises(DomainError) as refused:
        open_claim(session, stranger, done.answer_ids, rule=None)
    assert refused.value.slug == "not_found"


def test_a_claim_comes_before_the_inspection_ends_or_too_late(session: Session) -> None:
    chain, handed = make_accepted(session, claims=2, settlement_terms=TODAY)
    first = open_claim(session, chain.client, handed[0].answer_ids)
    end = market_now(session).date() + dt.timedelta(days=14)
    midnight = dt.datetime.combine(end, dt.time(), dt.UTC)
    move_clock_to(session, midnight - dt.timedelta(seconds=1))
    assert fall_due(session) == 1
    second = open_claim(session, chain.client, handed[1].answer_ids)
    withdraw_claim(session, chain.client, second.id)
    move_clock_to(session, midnight)
    with pytest.raises(DomainError) as refused:
        open_claim(session, chain.client, handed[1].answer_ids)
    assert refused.value.slug == "inspection_over"
    assert fall_due(session) == 2
    # What was claimed in time is taken from what fell due meanwhile.
    agree(session, chain.layers[-1][0], first.id)
    assert (first.collected, owed(session, chain.layers[-1][0], "due")) == (cny("0.25"), 250_000)


def test_one_claim_at_a_time_and_none_after_one_that_was_upheld_or_lost(session: Session) -> None:
    chain, handed = make_accepted(session, claims=3)
    (above, _), (vouching, _) = chain.layers
    standing, upheld, lost = (one.answer_ids for one in handed)
    claim = open_claim(session, chain.client, standing)
    agree(session, vouching, open_claim(session, chain.client, upheld).id)
    losing = open_claim(session, chain.client, lost)
    contest(session, vouching, losing.id, "No.")
    quality_deciding.decide(session, operations(session), losing.id, "dismissed", "They are right.")
    for actor, ids in ((above, standing), (above, upheld), (chain.client, lost), (chain.client, [*standing, *lost])):
        with pytest.raises(DomainError) as refused:
            open_claim(session, actor, ids, rule="G1")
        assert refused.value.slug == "quality_claim_exists"
    # Another may try what one lost, and after a withdrawal it is open to all.
    open_claim(session, above, lost, rule=None)
    withdraw_claim(session, chain.client, claim.id)
    open_claim(session, chain.client, standing)


def test_only_the_two_parties_and_the_staff_see_a_claim(session: Session) -> None:
    chain, handed = make_accepted(session)
    (above, _), (vouching, _) = chain.layers
    claim = open_claim(session, chain.client, answers(handed))
    for reader in (chain.client, vouching, operations(session), make_party(session, "platform", "auditor")):
        assert get_quality_claim(session, reader, claim.id) is claim
        assert [row.id for row in quality_claims(session, reader, job_id=chain.job.id, state="open").data] == [claim.id]
    for stranger in (above, make_party(session), make_party(session, "subcontractor")):
        assert not quality_claims(session, stranger).data
        for verb in (get_quality_claim, withdraw_claim):
            with pytest.raises(DomainError) as refused:
                verb(session, stranger, claim.id)
            assert refused.value.slug == "not_found"
    with pytest.raises(DomainError) as refused:
        agree(session, above, claim.id)
    assert refused.value.slug == "not_found"
    readers = session.scalar(select(AuditEvent.organization_ids).where(AuditEvent.kind == "quality_claim.opened"))
    assert set(readers or ()) == {chain.client.organization, vouching.organization}


def test_what_is_in_a_payout_is_out_of_reach_and_the_rest_is_taken_from_the_next_margins(session: Session) -> None:
    chain, handed = make_accepted(session, settlement_terms=TODAY, items=3)
    vouching, _ = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed))
    contest(session, vouching, claim.id, "No.")
    after(session, days=14)
    fall_due(session)
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    quality_deciding.decide(session, operations(session), claim.id, "upheld", "They are buses.")
    assert (claim.awarded, claim.uncollected) == (cny("0.25"), cny("0.25"))
    assert collect_open(session) == 0
    before = balance(session, job_reserve(chain.job.id, "CNY"))
    next_one = hand_in(session, chain)
    accept(session, chain, next_one)
    spent = cny("0.90")
    assert collect_open(session) == 1
    assert claim.uncollected == cny("0")
    assert balance(session, job_reserve(chain.job.id, "CNY")) == before - spent + cny("0.25")
    assert balance(session, recourse(vouching.organization, "CNY")) == cny("0")
    assert owed(session, vouching, "scheduled") == 0
    assert collect_open(session) == 0


def test_margins_of_another_contract_pay_what_is_owed_and_a_job_that_ended_gives_it_back(session: Session) -> None:
    chain, handed = make_accepted(session, settlement_terms=TODAY)
    vouching, _ = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed))
    after(session, days=14)
    fall_due(session)
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    uphold_silent(session)
    assert claim.uncollected == cny("0.25")
    cancel_job(session, chain.client, chain.job.id)
    session.commit()
    complete_jobs(inside(session))
    assert chain.job.state == "settled"
    deposit = balance(session, client_deposits(chain.client.organization, "CNY"))
    # The layer earns by another job, of another client.
    earn_elsewhere(session, vouching)
    assert collect_open(session) == 1
    assert claim.uncollected == cny("0")
    complete_jobs(inside(session))
    assert balance(session, job_reserve(chain.job.id, "CNY")) == cny("0")
    assert balance(session, client_deposits(chain.client.organization, "CNY")) == deposit + cny("0.25")


def test_what_a_layer_owes_to_workers_comes_first(session: Session) -> None:
    chain, handed = make_accepted(session, items=3)
    vouching, contract = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed))
    work = session.get_one(Claim, handed[0].claim_id)
    pay_from_layer(
        session,
        vouching,
        kind="wage_top_up",
        contract=contract,
        worker_id=handed[0].worker.person,
        claim=work,
        amount=cny("0.40"),
        key="top-up",
    )
    # 0.25 of margin is gone and 0.15 is still owed to the worker.
    agree(session, vouching, claim.id)
    assert claim.uncollected == cny("0.25")
    accept(session, chain, hand_in(session, chain))
    assert collect_open(session) == 0
    assert settle_open(session) == 1
    assert collect_open(session) == 1
    assert claim.uncollected == cny("0.15")


def test_a_layer_in_default_pays_out_of_what_is_held_and_is_not_released_before(session: Session) -> None:
    chain, handed = make_accepted(session)
    vouching, contract = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed), "0.2")
    default = declare_default(session, operations(session), contract.id, WHY)
    assert owed(session, vouching, "held") == 250_000
    agree(session, vouching, claim.id)
    assert (claim.collected, owed(session, vouching, "held")) == (cny("0.2"), 50_000)
    claim.uncollected_amount = 1
    session.flush()
    with pytest.raises(DomainError) as refused:
        release_margins(session, make_party(session, "platform", "finance"), default.id, "Nothing is owed.")
    assert refused.value.spec is RECOURSE_OPEN
    claim.uncollected_amount = 0


def test_the_successor_answers_for_nothing_that_was_vouched_before(session: Session) -> None:
    chain, handed = make_accepted(session)
    (above, _), (vouching, contract) = chain.layers
    declare_default(session, operations(session), contract.id, WHY)
    claim = open_claim(session, chain.client, answers(handed))
    assert claim.against_organization_id == vouching.organization
    with pytest.raises(DomainError) as refused:
        agree(session, above, claim.id)
    assert refused.value.slug == "not_found"
    assert mature(session) == 2
