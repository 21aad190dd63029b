"""Opening tasks to workers, and what came of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.consensus import ItemConsensusView
from client_api.schemas.contracts import TASKS_EXAMPLE, BatchView, PriorityInput, SkipCountView, TasksInput
from client_api.schemas.work import ProgressView, ResultQuery, ResultView
from client_api.views import With, with_each
from marketplace.contracts.queries import get_contract, root_of
from marketplace.db.paging import Page
from marketplace.jobs.queries import own_job
from marketplace.kernel.errors import STATE_CONFLICT
from marketplace.work import consensus_queries, queries, results
from marketplace.work.consensus_queries import ConsensusLine
from marketplace.work.opening import open_tasks
from marketplace.work.pausing import pauses_of
from marketplace.work.queueing import set_priority
from marketplace.work.skipping import SkipCount, skip_counts
from marketplace.work.views import Progress, Result

tasks = Theme("tasks", "Items put into tasks for workers, the progress of a job, and its results.")


@tasks.operation(
    "POST",
    "/jobs/{job_id}/tasks",
    permission="task.open",
    body=TasksInput,
    example=TASKS_EXAMPLE,
    returns=BatchView,
    status=201,
    idempotent=True,
)
def open_tasks_of_job(body: dict[str, Any], job_id: UUID) -> With:
    """Open tasks yourself as the client, through the job's root contract, with no layer between."""
    job = own_job(session(), actor(), job_id)
    root = root_of(session(), job_id)
    if root is None:
        raise STATE_CONFLICT.error(f"The job is {job.state}; publish it first.", noun="job", current=job.state)
    return _open(root.id, body)


@tasks.operation(
    "POST",
    "/contracts/{contract_id}/tasks",
    permission="task.open",
    body=TasksInput,
    example=TASKS_EXAMPLE,
    returns=BatchView,
    status=201,
    idempotent=True,
)
def open_tasks_of_contract(body: dict[str, Any], contract_id: UUID) -> With:
    """Split free items of your contract into tasks and open them to workers at a pay per answer.

    Seats are given out as far as the job's money reaches, the rest as soon as it is funded further.
    """
    return _open(contract_id, body)


def _open(contract_id: UUID, body: dict[str, Any]) -> With:
    batch = open_tasks(
        session(),
        actor(),
        contract_id,
        body["rate"],
        items=body["items"] or "all",
        items_per_task=body["items_per_task"],
        pay=body["pay"],
        lease_seconds=body["lease_seconds"],
        settlement_terms=body.get("settlement_terms"),
        team_ids=body["team_ids"],
        priority=body["priority"],
    )
    return With(batch, pauses=[])


@tasks.operation(
    "GET", "/contracts/{contract_id}/tasks", permission="contract.read", query=ListQuery, returns=BatchView, page=True
)
def list_batches(query: dict[str, Any], contract_id: UUID) -> Page[With]:
    """List what was opened from a contract, in that order; what a seller below you opened is theirs to see."""
    get_contract(session(), actor(), contract_id)
    page = queries.batches(session(), actor(), contract_id=contract_id, **query)
    return with_each(page, "pauses", lambda ids: pauses_of(session(), ids))


@tasks.operation(
    "PATCH",
    "/batches/{batch_id}",
    permission="task.open",
    body=PriorityInput,
    example={"priority": 5},
    returns=BatchView,
)
def prioritize_batch(body: dict[str, Any], batch_id: UUID) -> With:
    """Let tasks you opened be offered before or after others; what workers hold already stays theirs."""
    batch = set_priority(session(), actor(), batch_id, body["priority"])
    return With(batch, pauses=pauses_of(session(), [batch.id]).get(batch.id, []))


@tasks.operation(
    "GET",
    "/contracts/{contract_id}/skips",
    permission="contract.read",
    query=ListQuery,
    returns=SkipCountView,
    page=True,
)
def list_skips(query: dict[str, Any], contract_id: UUID) -> Page[SkipCount]:
    """List what workers skipped of the tasks you opened from a contract, by reason and item.

    Broken items are among them. Who skipped is not told, and nothing of it is held against a worker.
    """
    get_contract(session(), actor(), contract_id)
    return skip_counts(session(), actor(), contract_id, **query)


@tasks.operation("GET", "/jobs/{job_id}/progress", permission="task.read", returns=ProgressView)
def read_progress(job_id: UUID) -> Progress:
    """Read how far a job is."""
    return results.progress(session(), actor(), job_id)


@tasks.operation(
    "GET", "/jobs/{job_id}/results", permission="result.read", query=ResultQuery, returns=ResultView, page=True
)
def list_results(query: dict[str, Any], job_id: UUID) -> Page[Result]:
    """List a job's answers in the order they came; content only of what is paid for."""
    states = [query.pop("state")] if "state" in query else []
    return results.results(session(), actor(), job_id, states=states, **query)


@tasks.operation(
    "GET", "/jobs/{job_id}/consensus", permission="result.read", query=ListQuery, returns=ItemConsensusView, page=True
)
def list_consensus(query: dict[str, Any], job_id: UUID) -> Page[ConsensusLine]:
    """List what the accepted answers to each item say together, with confidence and where it comes from.

    It is made a moment after an answer is accepted. What was finally rejected, or paid but not used, is no part of it.
    """
    return consensus_queries.job_consensus(session(), actor(), job_id, **query)


@tasks.operation("GET", "/items/{item_id}/consensus", permission="result.read", returns=ItemConsensusView)
def read_consensus(item_id: UUID) -> ConsensusLine:
    """Read what the accepted answers to an item say together."""
    return consensus_queries.item_consensus(session(), actor(), item_id)
