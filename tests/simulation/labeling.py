"""Steps of workers, reviewers and the decider of disputes, and extras for workers."""

import uuid

from sqlalchemy import exists, select

from marketplace.contracts.models import Contract
from marketplace.jobs.models import Job
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.rails.methods import set_destination
from marketplace.settlement import advancing
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.appeals import decide_appeal, decide_dispute
from marketplace.settlement.extras import pay_from_allowance, pay_from_layer
from marketplace.settlement.models import Installment
from marketplace.work import disputing, holding
from marketplace.work.appealing import open_appeal
from marketplace.work.claiming import claim_next
from marketplace.work.dispute_models import Dispute
from marketplace.work.models import Answer, Batch, Claim, Seat
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.identity import signed_in
from tests.builders.payees import NOTICE
from tests.builders.work import make_worker
from tests.simulation.world import World

REASON = "It is a bus, not a car."


def join(world: World) -> str:
    with world.transactions() as session:
        worker = make_worker(session)
    world.workers.append(worker)
    world.actors[worker.person] = worker
    if world.chance.random() < 0.8:
        with world.transactions() as session:
            set_destination(session, worker, world.rails, "sandbox", f"acct_{worker.person.hex}", NOTICE)
        return "payable"
    return "without a payout method"


def set_method(world: World) -> str | None:
    payee = world.person([*world.workers, *world.layers])
    with world.transactions() as session:
        fresh = signed_in(session, payee)
        set_destination(session, fresh, world.rails, "sandbox", f"acct_{new_id().hex}", NOTICE)
    return "worker" if payee.organization_id is None else "layer"


def claim(world: World) -> str | None:
    """Some workers take the next task of a batch, and most of them do it at once."""
    free = exists().where(Seat.batch_id == Batch.id, Seat.state == "open")
    batch_id = world.one(select(Batch.id).where(Batch.state == "open", free).order_by(Batch.id))
    if batch_id is None or not world.workers:
        return None
    done = 0
    for worker in world.chance.sample(world.workers, min(len(world.workers), world.chance.randint(1, 4))):
        try:
            with world.transactions() as session:
                claimed = claim_next(session, worker, batch_id)
        except DomainError as refusal:
            return f"{done} items, then {refusal.slug}"
        world.items[claimed.id] = [item.id for item in claimed.items]
        done += len(claimed.items)
        if world.chance.random() < 0.8:
            with world.transactions() as session:
                submit(session, worker, claimed.id, {item.id: {"label": "car"} for item in claimed.items}, 1)
    return f"{done} items"


def answer(world: World) -> str | None:
    found = world.one(select(Claim).where(Claim.state == "claimed").order_by(Claim.id))
    if found is None or found.id not in world.items:
        return None
    worker = world.actors[found.worker_id]
    with world.transactions() as session:
        again = select(Answer.item_id).where(Answer.claim_id == found.id, Answer.state == "redo_requested")
        wanted = list(session.scalars(again)) if found.attempt > 1 else world.items[found.id]
        if world.chance.random() < 0.08:
            holding.give_back(session, worker, found.id)
            return "given back"
        submit(session, worker, found.id, {item_id: {"label": "car"} for item_id in wanted}, found.attempt)
    return f"attempt {found.attempt}, {len(wanted)} answers"


VERDICTS = (*["accept"] * 8, "redo", "reject", "pay_not_use")


def review(world: World) -> str | None:
    """Up to three claims are decided."""
    said = [_review_one(world) for _ in range(world.chance.randint(1, 3))]
    return "; ".join(one for one in said if one) or None


def _review_one(world: World) -> str | None:
    found = world.one(select(Claim).where(Claim.state == "submitted").order_by(Claim.id))
    if found is None:
        return None
    with world.transactions() as session:
        contract = session.get_one(Contract, session.get_one(Batch, found.batch_id).contract_id)
        job = session.get_one(Job, found.job_id)
        by = job.organization_id if job.acceptance_by == "client" else contract.seller_organization_id
        waiting = select(Answer.id).where(Answer.claim_id == found.id, Answer.state == "submitted")
        verdicts = [_verdict(world, answer_id) for answer_id in session.scalars(waiting.order_by(Answer.ordinal))]
        if world.chance.random() < 0.15:
            verdicts = verdicts[:1]
        decide_answers(session, world.reviewers[by], found.id, verdicts)
    return ", ".join(verdict.verdict for verdict in verdicts)


def _verdict(world: World, answer_id: uuid.UUID) -> Verdict:
    verdict = world.chance.choice(VERDICTS)
    if verdict == "accept":
        return Verdict(answer_id, verdict)
    return Verdict(answer_id, verdict, "wrong_label", REASON, "G1" if verdict == "reject" else None)


def contest(world: World) -> str | None:
    contestable = Answer.state.in_(["rejected", "lapsed"])
    found = world.one(select(Answer).where(contestable).order_by(Answer.id))
    if found is None:
        return None
    with world.transactions() as session:
        worker = world.actors[session.get_one(Claim, found.claim_id).worker_id]
        disputing.open_dispute(session, worker, found.id, "It is a car, look at the wheels.")
    return found.state


def decide(world: World) -> str | None:
    found = world.one(select(Dispute.id).where(Dispute.state.in_(["open", "answered"])).order_by(Dispute.id))
    if found is None:
        return None
    decision = world.chance.choice(("upheld", "overturned"))
    with world.transactions() as session:
        decide_dispute(session, world.decider, found, decision, REASON)
    return decision


def appeal(world: World) -> str | None:
    """The side that lost a dispute appeals, and mostly that is decided too."""
    found = world.one(select(Dispute).where(Dispute.state.in_(["upheld", "overturned"])).order_by(Dispute.id))
    if found is None:
        return None
    with world.transactions() as session:
        losing = world.actors[session.get_one(Claim, session.get_one(Answer, found.answer_id).claim_id).worker_id]
        open_appeal(session, losing, found.id, "Look at the wheels again.")
    if world.chance.random() < 0.3:
        return "open"
    decision = world.chance.choice(("granted", "dismissed"))
    with world.transactions() as session:
        decide_appeal(session, world.second_decider, found.id, decision, REASON)
    return decision


def extra(world: World) -> str | None:
    """A bonus of the client's, or a top-up that a layer or the guarantee fund pays."""
    found = world.one(select(Claim).where(Claim.state == "decided").order_by(Claim.id))
    if found is None:
        return None
    with world.transactions() as session:
        job = session.get_one(Job, found.job_id)
        contract = session.get_one(Contract, session.get_one(Batch, found.batch_id).contract_id)
        claim_of, worker_id = session.get_one(Claim, found.id), found.worker_id
        amount = world.money(job.currency, 1, 120)
        key = f"simulated:{world.chance.random()}"
        if world.chance.random() < 0.5 or contract.layer == 0:
            given = pay_from_allowance(
                session,
                world.operations,
                kind="bonus",
                job=job,
                claim=claim_of,
                worker_id=worker_id,
                contract_id=contract.id,
                amount=amount,
                key=key,
            )
            return f"bonus of {amount}" if given else f"no allowance for a bonus of {amount}"
        pay_from_layer(
            session,
            world.operations,
            kind="wage_top_up",
            contract=contract,
            worker_id=worker_id,
            claim=claim_of,
            amount=amount,
            key=key,
        )
    return f"top-up of {amount}"


def take_early(world: World) -> str | None:
    """A worker takes accrued pay before its day; sometimes the fee has changed since they read the offer."""
    waits = select(Installment).where(Installment.payee_kind == "worker", Installment.state == "scheduled")
    row = world.one(waits.order_by(Installment.id))
    if row is None:
        return None
    worker, fee_ppm = world.actors[row.payee_id], world.chance.choice((0, 10_000, 33_333))
    with world.transactions() as session:
        quoted = advancing.offer(session, worker, row.id, fee_ppm)
    if world.chance.random() < 0.1:
        fee_ppm += 1_000
    with world.transactions() as session:
        advancing.take_advance(session, worker, row.id, fee=quoted.fee, fee_ppm=fee_ppm)
    return f"{quoted.arrives} for {quoted.fee}"
