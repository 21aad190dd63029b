"""What protects workers, each at work once: the breaker, a dispute, the exposure limit."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from sqlalchemy import select

from marketplace.jobs.protection import Protection
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.protection import wages
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.appeals import decide_dispute
from marketplace.settlement.bulk_accepting import accept_claims
from marketplace.settlement.extra_models import Extra
from marketplace.work import breaker
from marketplace.work.claiming import claim_next
from marketplace.work.disputing import open_dispute
from marketplace.work.exposure import set_consent, set_limits
from marketplace.work.models import Answer
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.jobs import make_party
from tests.builders.settlement import another, hand_in, make_chain, payable_worker, reject
from tests.builders.work import make_organization
from tests.soak.crowd.place import Place

REJECTED = 60
A_DAY = dt.timedelta(days=1)


def mass_rejection(place: Place) -> dict[str, int]:
    """A layer rejects everything it gets; what came of it by state, before and after others had their say."""
    with place.transaction() as session:
        chain = make_chain(session, items=REJECTED, items_per_task=REJECTED, auto_accept_seconds=30 * 86_400)
        handed = hand_in(session, chain)
    with place.transaction() as session:
        for answer_id in handed.answer_ids:
            decide_answers(session, chain.reviewer, handed.claim_id, [reject(answer_id)])
    with place.transaction() as session:
        tripped = breaker.open_breaker(session, chain.batch.contract_id)
        assert tripped is not None, "nobody stopped it"
        states = Counter(session.scalars(select(Answer.state).where(Answer.claim_id == handed.claim_id)))
        of_claim = select(Answer.id).where(Answer.claim_id == handed.claim_id).order_by(Answer.id)
        held = session.scalars(of_claim.where(Answer.state == "held")).all()
        above = another(session, chain.layers[0][0], "reviewer")
        decide_answers(session, above, handed.claim_id, [Verdict(answer_id, "accept") for answer_id in held])
        rejected = session.scalars(of_claim.where(Answer.state == "rejected")).all()
        (decider,) = make_organization(session, "platform", "dispute_decider")
        disputes = [open_dispute(session, handed.worker, answer_id, "It is right.") for answer_id in rejected[:-1]]
        first = disputes[0].id
    with place.transaction() as session:
        decide_dispute(session, decider, first, "overturned", "The guideline says so.")
    place.wait(8 * A_DAY)
    place.sweep("overturn_silent_disputes", "finalize_rejections")
    place.wait(8 * A_DAY)
    place.sweep("overturn_silent_disputes", "finalize_rejections")
    with place.transaction() as session:
        after = Counter(session.scalars(select(Answer.state).where(Answer.claim_id == handed.claim_id)))
    return {
        "rejected": states["rejected"],
        "held": states["held"],
        "held, accepted by the layer above": after["accepted"],
        "disputed": len(disputes),
        "overturned (one by a decider, the rest by silence)": after["accepted_on_appeal"],
        "never contested, final": after["rejection_final"],
    }


def exposure(place: Place) -> dict[str, object]:
    """Hard content: refused without consent, up to the worker's own limit a day, with paid recovery."""
    items, limit = 40, 12
    with place.transaction() as session:
        chain = make_chain(
            session,
            items=items,
            items_per_task=4,
            severity=4,
            allowance=Money.parse("50.00", "CNY"),
            protection=Protection(
                recovery_minutes=10, recovery_rate=Money.parse("30.00", "CNY"), recovery_after_items=6
            ),
        )
        worker = payable_worker(session)
    done = 0
    refusals: list[str] = []
    for _ in range(2):
        for _ in range(items):
            try:
                with place.transaction() as session:
                    done += len(hand_in(session, chain, worker).answer_ids)
            except DomainError as refused:
                refusals.append(refused.slug)
                break
        with place.transaction() as session:
            set_consent(session, worker, 4, given=True)
            set_limits(session, worker, items_max=limit, minutes_max=None, time_zone=None)
    with place.transaction() as session:
        assert done <= limit, f"{done} items of severity 4 in a day whose limit is {limit}"
    place.sweep("pay_recovery")
    place.wait(A_DAY)
    with place.transaction() as session:
        done_next_day = len(hand_in(session, chain, worker).answer_ids)
        paid = [extra.money for extra in session.scalars(select(Extra).where(Extra.worker_id == worker.person))]
    return {
        "refused": ", then ".join(refusals),
        "items on the day of the limit": done,
        "items on the next day": done_next_day,
        "recovery paid": " + ".join(str(amount) for amount in paid),
    }


def wage_floor(place: Place) -> dict[str, object]:
    """Work that pays less an hour than the workers' country asks for: paused, and topped up from the layer's margin."""
    floor = Money.parse("10.00", "CNY")
    with place.transaction() as session:
        operations = make_party(session, "platform", "operations")
        wages.set_floor(session, operations, "KE", floor, 30)
        chain = make_chain(session, items=20, items_per_task=4, auto_accept_seconds=30 * 86_400)
        workers = [payable_worker(session) for _ in range(3)]
    for worker in workers:
        with place.transaction() as session:
            claimed = claim_next(session, worker, chain.batch.id)
        place.wait(dt.timedelta(minutes=20))
        with place.transaction() as session:
            submit(session, worker, claimed.id, {item.id: {"label": "car"} for item in claimed.items}, 1)
            accept_claims(session, chain.reviewer, [claimed.id])
    place.sweep("measure_pay", "guard_wages")
    try:
        with place.transaction() as session:
            claim_next(session, payable_worker(session), chain.batch.id)
        raise AssertionError("the work goes on below the floor")
    except DomainError as refused:
        refusal = refused.slug
    with place.transaction() as session:
        contract_id = chain.batch.contract_id
        topped = session.scalars(select(Extra).where(Extra.contract_id == contract_id).order_by(Extra.id)).all()
        sums = [extra.money for extra in topped]
        unpaid = sum(extra.unpaid_amount for extra in topped)
    return {
        "floor, paid for 4 answers in 20 minutes": f"{floor} an hour, {Money.parse('0.35', 'CNY') * 4}",
        "a further claim": refusal,
        "topped up, by worker": ", ".join(str(amount) for amount in sums),
        "of that open until the layer earns again": str(Money(unpaid, "CNY")),
    }
