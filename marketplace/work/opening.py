"""Opening tasks: a contract puts items of one rate before the workers, at a pay per answer."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any, Final, Literal

from sqlalchemy.dialects.postgresql.ranges import Range
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.contracts import allotting, chains
from marketplace.contracts.fee_reports import refuse_frozen_offers
from marketplace.contracts.models import Contract, ContractRate, PriceChain
from marketplace.contracts.paths import lock_contract, path, refuse_halted
from marketplace.contracts.states import LIVE
from marketplace.db.sql import load
from marketplace.identity.team_queries import open_teams_of
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.paydays import calendar_errors
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import NOT_FOUND, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.terms import SettlementTerms
from marketplace.work import events
from marketplace.work.errors import JOB_NOT_OPEN, TASKS_INVALID, TERMS_TOO_LATE
from marketplace.work.models import Batch
from marketplace.work.noticing import refuse_without_notice
from marketplace.work.pausing import pay_found_too_low
from marketplace.work.queueing import prioritize, priority_errors
from marketplace.work.releasing import release

ITEMS_PER_TASK_MAX: Final = 500
TEAMS_MAX: Final = 20
LEASE_SECONDS_MIN: Final = 60
LEASE_SECONDS_MAX: Final = 7 * 24 * 3600
_RANGES_IN_EVENT: Final = 100
_TAKING: Final = frozenset({"open", "paused"})
_STATEMENTS = load(__file__, "opening.sql")


def open_tasks(
    session: Session,
    actor: Actor,
    contract_id: uuid.UUID,
    rate_code: str,
    *,
    items: int | Literal["all"],
    items_per_task: int,
    pay: Money,
    lease_seconds: int | None = None,
    settlement_terms: SettlementTerms | None = None,
    team_ids: Sequence[uuid.UUID] = (),
    priority: int = 0,
) -> Batch:
    """Put `items` of the contract's free items of a rate into tasks and release what the reserve covers.

    `pay` is per accepted answer; `lease_seconds` and the worker's terms are the job's unless given. The seats of
    what the reserve does not cover yet are released when the job is funded further. `team_ids` are open teams of the
    seller, whose members alone find and claim the tasks; without any, all workers do. Of `priority` see `queueing`.
    Raises not_found, forbidden, contract_halted, offers_frozen, job_not_open, tasks_invalid, allotment_short,
    terms_too_late, and what the prices above refuse (price_above_parent, price_below_floor).
    """
    actor.require("task.open")
    contract = session.get(Contract, contract_id)
    if contract is None or contract.seller_organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no contract with this id.", noun="contract")
    # Funding, releasing and cancelling take the job's lock first, too; the contract's row comes after it.
    job = lock_job(session, contract.job_id)
    contract = lock_contract(session, contract_id)
    refuse_halted(session, contract_id)
    refuse_frozen_offers(session, contract.seller_organization_id)
    if job.state not in _TAKING or contract.state not in LIVE:
        raise JOB_NOT_OPEN.error(
            f"The job is {job.state} and the contract {contract.state}.", job=job.state, contract=contract.state
        )
    free = _count(_rate(session, contract_id, rate_code).free)
    lease = job.lease_seconds if lease_seconds is None else lease_seconds
    count = free if items == "all" else items
    others = [*_team_errors(session, contract, team_ids), *priority_errors(priority)]
    _check(job, count, items_per_task, pay, lease, others)
    _refuse_pay_below_floor(session, contract_id, rate_code, pay)
    terms = job.terms if settlement_terms is None else settlement_terms
    _check_terms(session, job, contract, terms)
    chain = chains.freeze_chain(session, actor, contract, rate_code, pay)
    runs = bounds(allotting.take(session, contract_id, rate_code, count))
    refuse_without_notice(session, contract, rate_code, pay, runs)
    batch = _write_batch(session, job, contract, chain, count, items_per_task, lease, terms, team_ids)
    session.execute(_STATEMENTS.prepare_for_many)
    session.execute(
        _STATEMENTS.split_into_tasks,
        {
            "ordinals": multirange(runs),
            "size": items_per_task,
            "batch_id": batch.id,
            "job_id": job.id,
            "to_judge": job.overlap is not None,
        },
    )
    record_opened(session, actor, batch, runs)
    if priority:
        prioritize(session, actor, contract, batch, priority)
    release(session, job, actor)
    session.refresh(batch)
    return batch


def _rate(session: Session, contract_id: uuid.UUID, rate_code: str) -> ContractRate:
    rate = session.get(ContractRate, (contract_id, rate_code), populate_existing=True)
    if rate is None:
        raise NOT_FOUND.error("The contract has no rate with this code.", noun="rate")
    return rate


def bounds(ordinals: Sequence[Range[int]]) -> list[tuple[int, int]]:
    """The runs as (first, beyond): multiranges of ordinals are always bounded and written half open."""
    return [(run.lower or 0, run.upper or 0) for run in ordinals]


def _count(ordinals: Sequence[Range[int]]) -> int:
    return sum(beyond - first for first, beyond in bounds(ordinals))


def _team_errors(session: Session, contract: Contract, team_ids: Sequence[uuid.UUID]) -> list[FieldError]:
    if len(team_ids) > TEAMS_MAX:
        return [FieldError("/team_ids", "too_long", f"At most {TEAMS_MAX}.")]
    own = open_teams_of(session, contract.seller_organization_id, team_ids)
    errors = []
    for index, team_id in enumerate(team_ids):
        if team_id not in own:
            errors.append(
                FieldError(f"/team_ids/{index}", "team_unknown", "There is no open team of yours with this id.")
            )
        elif team_id in team_ids[:index]:
            errors.append(FieldError(f"/team_ids/{index}", "duplicate", "This is there twice."))
    return errors


def _check(
    job: Job, count: int, items_per_task: int, pay: Money, lease_seconds: int, others: Sequence[FieldError]
) -> None:
    errors = [*others]
    if count < 1:
        errors.append(FieldError("/items", "no_items", "There is no free item of this rate to open."))
    if not 1 <= items_per_task <= ITEMS_PER_TASK_MAX:
        message = f"A task holds 1 to {ITEMS_PER_TASK_MAX} items."
        errors.append(FieldError("/items_per_task", "items_per_task_range", message))
    if pay.currency != job.currency:
        errors.append(FieldError("/pay/currency", "currency_differs", f"The job is in {job.currency}."))
    elif pay.amount <= 0:
        errors.append(FieldError("/pay/amount", "pay_not_positive", "The pay must be more than nothing."))
    if not LEASE_SECONDS_MIN <= lease_seconds <= LEASE_SECONDS_MAX:
        message = f"A lease lasts {LEASE_SECONDS_MIN} to {LEASE_SECONDS_MAX} seconds."
        errors.append(FieldError("/lease_seconds", "lease_range", message))
    if errors:
        raise TASKS_INVALID.error("The tasks cannot be opened like this.", errors=errors)


def _refuse_pay_below_floor(session: Session, contract_id: uuid.UUID, rate_code: str, pay: Money) -> None:
    """What was found to pay too little an hour is not opened anew at the same pay or less."""
    pause = pay_found_too_low(session, contract_id, rate_code, pay)
    if pause is not None:
        errors = [FieldError("/pay/amount", "below_wage_floor", pause.words)]
        raise TASKS_INVALID.error("At this pay workers were found to earn less than a wage floor.", errors=errors)


def _check_terms(session: Session, job: Job, contract: Contract, terms: SettlementTerms) -> None:
    """Never deferred beyond the job's cap (rule 1), never later than the job says or any margin on the way (rule 8)."""
    if errors := calendar_errors(session, terms):
        raise TASKS_INVALID.error("The tasks cannot be opened like this.", errors=errors)
    problem = None
    if job.deferral_months_max is not None and terms.months_max > job.deferral_months_max:
        problem = f"These terms defer by {terms.months_max} months; the job allows {job.deferral_months_max}."
    elif not all(terms.not_later_than(layer.terms) for layer in path(session, contract.id)):
        problem = "On some day a worker would have had a smaller part than a layer above; choose earlier dates."
    if problem is not None:
        errors = [FieldError("/settlement_terms", TERMS_TOO_LATE.slug, problem)]
        raise TERMS_TOO_LATE.error(problem, errors=errors)


def _write_batch(
    session: Session,
    job: Job,
    contract: Contract,
    chain: PriceChain,
    count: int,
    items_per_task: int,
    lease_seconds: int,
    terms: SettlementTerms,
    team_ids: Sequence[uuid.UUID],
) -> Batch:
    batch = Batch(
        job_id=job.id,
        contract_id=contract.id,
        rate_code=chain.rate_code,
        price_chain_id=chain.id,
        price_amount=chain.client_price_amount,
        pay_amount=chain.pay_amount,
        currency=chain.currency,
        items_per_task=items_per_task,
        item_count=count,
        task_count=-(-count // items_per_task),
        seats_per_task=job.redundancy,
        answers_max=None if job.overlap is None else job.overlap.answers_max,
        lease_seconds=lease_seconds,
        team_ids=list(team_ids),
        settlement_terms=terms.to_wire(),
        terms_hash=hashlib.sha256(canonical_bytes(terms.to_wire())).digest(),
        claimable=job.state == "open",
    )
    session.add(batch)
    session.flush()
    return batch


def multirange(runs: Sequence[tuple[int, int]]) -> str:
    """Runs of ordinals as the database's text for them."""
    return "{" + ",".join(f"[{first},{beyond})" for first, beyond in runs) + "}"


def opened_body(batch: Batch, runs: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """What the audit log says of a batch; `runs` are its ordinals as (first, beyond), ascending."""
    return {
        "job": public("job", batch.job_id),
        "contract": public("contract", batch.contract_id),
        "rate": batch.rate_code,
        "price_chain": str(batch.price_chain_id),
        "pay": batch.pay.to_wire(),
        "item_count": batch.item_count,
        "items_per_task": batch.items_per_task,
        "task_count": batch.task_count,
        "seats_per_task": batch.seats_per_task,
        "lease_seconds": batch.lease_seconds,
        "settlement_terms": batch.settlement_terms,
        "terms_hash": batch.terms_hash.hex(),
        "ordinals_digest": hashlib.sha256(multirange(runs).encode()).hexdigest(),
        "ranges": [[first, beyond - 1] for first, beyond in runs[:_RANGES_IN_EVENT]],
    }


def restricted_body(batch: Batch) -> dict[str, Any]:
    """What the audit log says of a batch for teams only."""
    return {"job": public("job", batch.job_id), "teams": [public("team", team_id) for team_id in batch.team_ids]}


def record_opened(session: Session, actor: Actor, batch: Batch, runs: Sequence[tuple[int, int]]) -> None:
    """Write down that a batch came to be, and for whom."""
    seller = session.get_one(Contract, batch.contract_id).seller_organization_id
    said = [(events.TASKS_OPENED, opened_body(batch, runs))]
    if batch.team_ids:
        said.append((events.TASKS_RESTRICTED, restricted_body(batch)))
    for kind, body in said:
        audit.record(
            session,
            kind,
            actor,
            subject=("batch", batch.id),
            organizations=[seller],
            body=body,
        )
