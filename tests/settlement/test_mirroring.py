"""Acceptances by mistake (J10a): what is mirrored, who bears the workers' pay, by whom, and when no more."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs import reserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.checks import reversals_are_mirrors
from marketplace.ledger.models import Journal
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.accounts import bank_operating, bank_wages, job_reserve, platform_fee
from marketplace.ledger.recipes.funding import j17_fees_taken
from marketplace.ledger.treasury import put_in_capital
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.advancing import take_advance
from marketplace.settlement.extras import pay_from_layer
from marketplace.settlement.mirroring import decide_mirror, propose_mirror, refunded
from marketplace.settlement.models import Installment
from marketplace.settlement.queries import owed_to
from marketplace.work.models import Answer, Claim
from marketplace.work.verdicts import Verdict
from tests.builders.defaults import operations, owed
from tests.builders.payouts import mature
from tests.builders.quality_claims import make_accepted, open_claim
from tests.builders.settlement import Chain, accept, hand_in, make_chain, payable_worker

WHY = "The wrong batch was selected."
PLATFORM = Actor(None, None, None, frozenset(), frozenset(["*"]), "command_line", "the operator")


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def accepted_together(session: Session, *, capital: str = "10", **overrides: object) -> tuple[Chain, list[Answer]]:
    """Three answers of one claim, accepted in one journal, another's accepted before, and money of the platform's."""
    chain = make_chain(session, items_per_task=3, items=6, **overrides)  # type: ignore[arg-type]
    worker = payable_worker(session)
    accept(session, chain, hand_in(session, chain, payable_worker(session)))
    handed = hand_in(session, chain, worker)
    accept(session, chain, handed)
    if capital != "0":
        put_in_capital(session, PLATFORM, cny(capital))
    return chain, [session.get_one(Answer, answer_id) for answer_id in handed.answer_ids]


def confirmed(session: Session, answer: Answer) -> None:
    mirror = propose_mirror(session, operations(session), answer.id, WHY)
    decide_mirror(session, operations(session), mirror.id, confirm=True)


def test_a_mirror_takes_fee_and_margins_back_and_the_platform_bears_the_workers_pay(session: Session) -> None:
    chain, answers = accepted_together(session)
    worker = session.get_one(Claim, answers[0].claim_id).worker_id
    before, free = balance(session, job_reserve(chain.job.id, "CNY")), reserve.free(session, chain.job)
    own, fee = balance(session, bank_operating("CNY")), balance(session, platform_fee("CNY"))
    mirror = propose_mirror(session, operations(session), answers[0].id, WHY)
    assert refunded(session, mirror) == cny("2.70")
    assert balance(session, job_reserve(chain.job.id, "CNY")) == before
    decide_mirror(session, operations(session), mirror.id, confirm=True)
    assert balance(session, job_reserve(chain.job.id, "CNY")) == before + cny("2.70")
    assert reserve.free(session, chain.job) == free + cny("2.70")
    assert balance(session, platform_fee("CNY")) == fee - cny("0.135")
    assert balance(session, bank_operating("CNY")) == own - cny("1.05")
    assert balance(session, AccountRef(Code.CORRECTION_BORNE, "CNY")) == cny("1.05")
    # Of the layers only what the other claim earned is left; both workers keep all.
    assert [owed(session, layer, "scheduled") for layer, _ in chain.layers] == [765_000, 750_000]
    paid = session.scalars(select(Installment.amount).where(Installment.payee_id == worker)).all()
    assert sum(paid) == 1_050_000
    assert {answer.state for answer in answers} == {"accepted_in_error"}
    (earned,) = owed_to(session, "layer", chain.layers[0][0].organization)
    assert (earned.answers, earned.earned) == (3, cny("0.765"))
    (kept,) = owed_to(session, "worker", worker)
    assert (kept.answers, kept.earned) == (3, cny("1.05"))
    # What stays falls due as if nothing had happened.
    assert mature(session) == 4


def test_two_people_decide_and_neither_has_a_part_in_it(session: Session) -> None:
    chain, answers = accepted_together(session)
    first = operations(session)
    mirror = propose_mirror(session, first, answers[0].id, WHY)
    with pytest.raises(DomainError) as refused:
        decide_mirror(session, first, mirror.id, confirm=True)
    assert refused.value.slug == "mirror_by_another"
    for insider in (session.get_one(Claim, answers[0].claim_id).worker_id, chain.reviewer.person_id):
        person = Actor(insider, first.organization_id, "platform", first.roles, first.permissions, "session", "Wu")
        with pytest.raises(DomainError) as refused:
            decide_mirror(session, person, mirror.id, confirm=True)
        assert refused.value.slug == "mirror_by_another"
    with pytest.raises(DomainError) as refused:
        propose_mirror(session, operations(session), answers[1].id, WHY)
    assert refused.value.slug == "state_conflict"
    decide_mirror(session, operations(session), mirror.id, confirm=False)
    assert {answer.state for answer in answers} == {"accepted"}
    # What was rejected can be proposed again, what is decided is not decided again.
    with pytest.raises(DomainError, match="rejected"):
        decide_mirror(session, operations(session), mirror.id, confirm=True)
    confirmed(session, answers[1])
    with pytest.raises(DomainError) as refused:
        propose_mirror(session, operations(session), answers[2].id, WHY)
    assert refused.value.slug == "state_conflict"
    with pytest.raises(DomainError) as refused:
        propose_mirror(session, chain.client, answers[0].id, WHY)
    assert refused.value.slug == "forbidden"


def test_once_any_of_it_is_due_it_is_too_late(session: Session) -> None:
    _, answers = accepted_together(session)
    mirror = propose_mirror(session, operations(session), answers[0].id, WHY)
    mature(session)
    with pytest.raises(DomainError) as refused:
        decide_mirror(session, operations(session), mirror.id, confirm=True)
    assert refused.value.slug == "mirror_impossible"
    assert {answer.state for answer in answers} == {"accepted"}


def test_what_a_worker_took_early_is_due(session: Session) -> None:
    _, answers = accepted_together(session)
    claim = session.get_one(Claim, answers[0].claim_id)
    actor = Actor(
        claim.worker_id,
        None,
        None,
        frozenset(["worker"]),
        frozenset(["advance.take", "installment.read.own"]),
        "session",
        "Wu",
    )
    row = session.scalars(select(Installment).where(Installment.payee_id == claim.worker_id)).first()
    assert row is not None
    take_advance(session, actor, row.id, fee=Money.zero("CNY"), fee_ppm=0)
    with pytest.raises(DomainError) as refused:
        propose_mirror(session, operations(session), answers[0].id, WHY)
    assert refused.value.slug == "mirror_impossible"


def test_margins_that_paid_a_worker_and_answers_that_are_claimed_stand_in_the_way(session: Session) -> None:
    chain, handed = make_accepted(session)
    vouching, contract = chain.layers[-1]
    put_in_capital(session, PLATFORM, cny("10"))
    claim = open_claim(session, chain.client, handed[0].answer_ids)
    with pytest.raises(DomainError, match="quality"):
        propose_mirror(session, operations(session), handed[0].answer_ids[0], WHY)
    assert claim.state == "open"
    other = hand_in(session, chain)
    accept(session, chain, other)
    pay_from_layer(
        session,
        vouching,
        kind="redo_fee",
        contract=contract,
        worker_id=other.worker.person,
        claim=session.get_one(Claim, other.claim_id),
        amount=cny("0.30"),
        key="redo",
    )
    with pytest.raises(DomainError, match="taken"):
        propose_mirror(session, operations(session), other.answer_ids[0], WHY)


def test_only_what_was_simply_accepted_is_mirrored(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    verdict = Verdict(handed.answer_ids[0], "pay_not_use", "other", "Not needed.")
    decide_answers(session, chain.reviewer, handed.claim_id, [verdict])
    with pytest.raises(DomainError, match="simply accepted"):
        propose_mirror(session, operations(session), handed.answer_ids[0], WHY)
    waiting = hand_in(session, chain)
    with pytest.raises(DomainError) as refused:
        propose_mirror(session, operations(session), waiting.answer_ids[0], WHY)
    assert refused.value.slug == "not_found"


def test_the_platform_must_have_the_money_and_not_have_taken_the_fee(session: Session) -> None:
    _, answers = accepted_together(session, capital="0")
    mirror = propose_mirror(session, operations(session), answers[0].id, WHY)
    with pytest.raises(DomainError) as refused, session.begin_nested():
        decide_mirror(session, operations(session), mirror.id, confirm=True)
    assert refused.value.slug == "coverage_short"
    taken = j17_fees_taken(balance(session, platform_fee("CNY")))
    post(session, PLATFORM, kind="J17", key="fees", pairs=taken, subject=("journal", mirror.journal_id))
    put_in_capital(session, PLATFORM, cny("10"))
    with pytest.raises(DomainError, match="fee was taken"), session.begin_nested():
        decide_mirror(session, operations(session), mirror.id, confirm=True)


def test_the_check_knows_a_mirror_from_what_is_none(session: Session) -> None:
    _, answers = accepted_together(session)
    confirmed(session, answers[0])
    assert not list(reversals_are_mirrors(session))
    mirror = session.scalars(select(Journal).where(Journal.kind == "J10a")).one()
    extra = [Pair(bank_wages("CNY"), bank_operating("CNY"), cny("1"))]
    with pytest.raises(ValueError, match="only its mirror"):
        post(session, PLATFORM, kind="J10a", key="k", pairs=extra, subject=("job", mirror.id), reverses=mirror.id)


def test_a_quality_claim_is_refused_once_it_is_mirrored(session: Session) -> None:
    chain, answers = accepted_together(session)
    confirmed(session, answers[0])
    with pytest.raises(DomainError, match="Only what was accepted"):
        open_claim(session, chain.client, [answers[0].id])
