"""Finding, claiming, saving, submitting, giving back, contesting."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

from flask import request

from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.protection.clients import client_records
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.work import claiming, finding, holding, late, late_keeping, pace, queries, skipping, submitting
from marketplace.work.going_on import WentOn, submit_and_claim
from marketplace.work.pay_figures import expected_pay
from marketplace.work.refusing import ShownTerms
from workers_portal.api import body, offered, wire
from workers_portal.api.paging import page_arguments, page_of
from workers_portal.api.schemas.offered import OpenBatchWire
from workers_portal.api.schemas.protection import TimeFactorInput, TimeFactorWire
from workers_portal.api.schemas.values import Page
from workers_portal.api.schemas.work import (
    ClaimInput,
    ClaimLineWire,
    ClaimsQuery,
    ClaimWire,
    DraftInput,
    LateInput,
    NewClaimsWire,
    NewClaimWire,
    SeveralInput,
    SkipInput,
    SubmissionInput,
    SubmittedWire,
    TasksQuery,
    WholeClaimWire,
)
from workers_portal.api.themes import claims, tasks
from workers_portal.filters import FILTERS, read_wanted

_DIGEST: Final = re.compile("[0-9a-f]{64}")


@tasks.operation("GET", "/tasks", permission="work.find", query=TasksQuery)
def list_tasks() -> Page[OpenBatchWire]:
    """List batches of tasks that are open to one now, by what one looks for.

    `order=fit` puts first where one's last answers of the kind were accepted most (0 to 100, 50 while nobody knows),
    with 20 more for each skill and 10 for each language that the job asks for.
    """
    session = request_session()
    arguments = page_arguments(*FILTERS)
    page = finding.open_batches(session, current_actor(), read_wanted(request.args), **arguments)
    paydays = finding.paydays(session, current_actor(), page.data)
    hourly = expected_pay(session, page.data)
    clients = client_records(session, page.data)
    return page_of(
        page, lambda batch: offered.open_batch(batch, paydays[batch.id], hourly.get(batch.id), clients[batch.id])
    )


@claims.operation(
    "POST", "/claims", permission="work.claim", body=ClaimInput, status=201, refusals=[404, 409, 412, 423]
)
def claim_next(given: dict[str, Any]) -> NewClaimWire:
    """Claim the task named, or the next open one of the batch named, or of the first batch in line that has one.

    With `terms` as they were shown in the list of tasks, what is claimed is what was seen, or nothing is: 412.
    """
    session, actor, held_max = request_session(), current_actor(), get_context().settings.claims_held_max
    batch_id, shown = _batch_id(given), _shown(given)
    if "task_id" in given:
        if batch_id is not None:
            raise body.wrong("/task_id", "one_of_two", "Name a task or a batch, not both.")
        task_id = body.identifier(given, "task_id", "task")
        return wire.claimed(claiming.claim_task(session, actor, task_id, shown=shown, held_max=held_max), actor)
    return wire.claimed(claiming.claim_next(session, actor, batch_id, shown=shown, held_max=held_max), actor)


@claims.operation(
    "POST", "/claims/several", permission="work.claim", body=SeveralInput, status=201, refusals=[404, 409, 412, 423]
)
def claim_several(given: dict[str, Any]) -> NewClaimsWire:
    """Claim up to `count` tasks together, each a claim of its own: as many as there are and as one may hold.

    They are reserved from now on; the k-th has k times the time of its batch, so that one can be done after another.
    """
    actor = current_actor()
    taken = claiming.claim_several(
        request_session(),
        actor,
        body.whole(given, "count"),
        _batch_id(given),
        shown=_shown(given),
        held_max=get_context().settings.claims_held_max,
    )
    return {"data": [wire.claimed(claimed, actor) for claimed in taken]}


def _batch_id(given: dict[str, Any]) -> UUID | None:
    return body.identifier(given, "batch_id", "batch") if "batch_id" in given else None


def _shown(given: dict[str, Any]) -> ShownTerms | None:
    """The terms that a claim names, if it does. Raises invalid with a pointer."""
    terms = given.get("terms")
    if terms is None:
        return None
    if not isinstance(terms, dict) or set(terms) - {"pay_per_answer", "terms_hash", "guideline_version"}:
        raise body.wrong("/terms", "terms", "An object as the list of tasks shows it.")
    try:
        pay = Money.from_wire(terms["pay_per_answer"]) if "pay_per_answer" in terms else None
    except DomainError as error:
        raise body.wrong("/terms/pay_per_answer", "money", "An amount and its currency.") from error
    digest, version = terms.get("terms_hash"), terms.get("guideline_version")
    if digest is not None and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        raise body.wrong("/terms/terms_hash", "terms", "64 hexadecimal digits.")
    if version is not None and type(version) is not int:
        raise body.wrong("/terms/guideline_version", "out_of_range", "This must be a whole number.")
    return ShownTerms(pay, None if digest is None else bytes.fromhex(digest), version)


@claims.operation("GET", "/claims", permission="work.read", query=ClaimsQuery)
def list_claims() -> Page[ClaimLineWire]:
    """List one's claims, newest first; `state` narrows them."""
    states = request.args.getlist("state")
    page = queries.my_claims(request_session(), current_actor(), states=states, **page_arguments("state"))
    return page_of(page, wire.claim_line)


@claims.operation("GET", "/claims/{claim_id}", permission="work.read")
def read_claim(claim_id: UUID) -> WholeClaimWire:
    """Read one claim whole."""
    actor = current_actor()
    return wire.claim_view(queries.claim_view(request_session(), actor, claim_id), actor)


@claims.operation(
    "PUT", "/claims/{claim_id}/draft", permission="work.submit", body=DraftInput, repeatable=True, refusals=[409]
)
def save_draft(given: dict[str, Any], claim_id: UUID) -> ClaimWire:
    """Keep what one has so far, by item id; it is not checked."""
    draft = {public("item", item_id): content for item_id, content in body.answers(given).items()}
    return wire.claim(holding.save_draft(request_session(), current_actor(), claim_id, draft))


@claims.operation(
    "POST",
    "/claims/{claim_id}/submit",
    permission="work.submit",
    body=SubmissionInput,
    repeatable=True,
    refusals=[409],
)
def submit_claim(given: dict[str, Any], claim_id: UUID) -> SubmittedWire:
    """Submit the answers of an attempt; the same again changes nothing. With `claim_next` go on to the next task."""
    session, actor = request_session(), current_actor()
    answers, attempt = body.answers(given), body.whole(given, "attempt")
    if not body.flag(given, "claim_next"):
        return wire.submitted(WentOn(submitting.submit(session, actor, claim_id, answers, attempt)), actor)
    held_max = get_context().settings.claims_held_max
    return wire.submitted(submit_and_claim(session, actor, claim_id, answers, attempt, held_max=held_max), actor)


@claims.operation("POST", "/claims/{claim_id}/extend", permission="work.claim", refusals=[409])
def extend_claim(claim_id: UUID) -> ClaimWire:
    """Start the lease anew."""
    return wire.claim(holding.extend(request_session(), current_actor(), claim_id))


@claims.operation("POST", "/claims/{claim_id}/take-up", permission="work.claim", refusals=[409])
def take_up_claim(claim_id: UUID) -> ClaimWire:
    """Hold a claim again whose lease ended, for half an hour, within a day and while nobody else has its task.

    Where others have it, it gets a seat of its own if the job pays for that. What was kept on a device without a
    network is submitted after that as ever.
    """
    held_max = get_context().settings.claims_held_max
    return wire.claim(late.take_up(request_session(), current_actor(), claim_id, held_max=held_max))


@claims.operation(
    "POST",
    "/claims/{claim_id}/late-answers",
    permission="work.submit",
    body=LateInput,
    repeatable=True,
    refusals=[409],
)
def submit_late(given: dict[str, Any], claim_id: UUID) -> ClaimWire:
    """Submit answers within a day after the lease ended; where no seat is to be had for them they are kept.

    What is kept is `expired` still. Where the job pays for some late answers it can be contested as a whole until
    `contest_until`, with `POST /claims/{claim_id}/disputes`. The same again changes nothing.
    """
    session, actor, held_max = request_session(), current_actor(), get_context().settings.claims_held_max
    answers, attempt = body.answers(given), body.whole(given, "attempt")
    return wire.claim(late_keeping.submit_late(session, actor, claim_id, answers, attempt, held_max=held_max))


@claims.operation("POST", "/claims/{claim_id}/return", permission="work.claim", refusals=[409])
def return_claim(claim_id: UUID) -> ClaimWire:
    """Give the claim back."""
    return wire.claim(holding.give_back(request_session(), current_actor(), claim_id))


@claims.operation("POST", "/claims/{claim_id}/skip", permission="work.claim", body=SkipInput, refusals=[409])
def skip_claim(given: dict[str, Any], claim_id: UUID) -> ClaimWire:
    """Give a task back for a reason and never be offered it again; nothing is held against you.

    Who opened the task reads how often which item was skipped and why, and not by whom.
    """
    item_id = body.identifier(given, "item_id", "item") if given.get("item_id") is not None else None
    return wire.claim(skipping.skip(request_session(), current_actor(), claim_id, body.text(given, "reason"), item_id))


@claims.operation("GET", "/time-factor", permission="work.read")
def read_time_factor() -> TimeFactorWire:
    """Read how much time one's tasks give, in percent of what everybody gets."""
    return {"time_factor_percent": pace.time_factor(request_session(), current_actor())}


@claims.operation("PUT", "/time-factor", permission="work.claim", body=TimeFactorInput)
def set_time_factor(given: dict[str, Any]) -> TimeFactorWire:
    """Have more time for tasks, up to three times, from the next claim or prolongation on.

    No reason is asked, and nobody else is told: no organization can see it, nor what follows from it.
    """
    percent = body.whole(given, "time_factor_percent")
    return {"time_factor_percent": pace.set_time_factor(request_session(), current_actor(), percent)}
