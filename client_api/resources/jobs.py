"""Jobs: what a client posts, from draft to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.guidelines import GuidelineInput, GuidelinesView, GuidelineView
from client_api.schemas.jobs import (
    JOB_EXAMPLE,
    DuplicateInput,
    JobChange,
    JobInput,
    JobQuery,
    JobView,
    PublishedJobView,
    RedundancyInput,
)
from client_api.views import With
from marketplace.contracts.floors import pay_floor
from marketplace.db.paging import Page
from marketplace.identity.skills import skill_names
from marketplace.jobs import authoring, duplicating, guidelines, queries, running
from marketplace.jobs.consensus import ConsensusPolicy
from marketplace.jobs.drafts import GuidelineDraft, JobDraft, RateDraft
from marketplace.jobs.gold import Gold
from marketplace.jobs.models import Guideline, Job, JobRate
from marketplace.jobs.overlap import Overlap
from marketplace.jobs.protection import Protection
from marketplace.jobs.review_policy import ReviewPolicy
from marketplace.jobs.screening import Screening
from marketplace.lifecycle import cancelling, pausing, publishing, raising
from marketplace.lifecycle.warnings import warnings_of
from marketplace.web.context import get_context

jobs = Theme("jobs", "What a client posts: instructions, prices, caps, terms.")


@jobs.operation("GET", "/jobs", permission="job.read", query=JobQuery, returns=JobView, page=True)
def list_jobs(query: dict[str, Any]) -> Page[With]:
    """List the jobs you take part in, the newest first, without archived ones unless you ask for them."""
    states = [query.pop("state")] if "state" in query else []
    archived = query.pop("include_archived")
    page = queries.list_jobs(session(), actor(), states=states, archived=archived, **query)
    return Page(_views(page.data, _rates([job.id for job in page.data])), page.next_cursor)


@jobs.operation(
    "POST",
    "/jobs",
    permission="job.write",
    body=JobInput,
    example=JOB_EXAMPLE,
    returns=JobView,
    status=201,
    idempotent=True,
    versioned=True,
    location="/jobs/{id}",
)
def create_job(body: dict[str, Any]) -> With:
    """Create a draft job with its rate card and, if you like, its first guideline."""
    settings = get_context().settings
    draft = JobDraft(**{"inspection_days": settings.inspection_days, **parts(body)})
    return view(authoring.create_job(session(), actor(), draft, fee_ppm=settings.fee_ppm))


@jobs.operation("GET", "/jobs/{job_id}", permission="job.read", returns=JobView, versioned=True)
def read_job(job_id: UUID) -> With:
    """Read a job; its ETag is what a change sends back."""
    return view(queries.get_job(session(), actor(), job_id))


@jobs.operation(
    "PATCH",
    "/jobs/{job_id}",
    permission="job.write",
    body=JobChange,
    example={"title": "Street scenes, winter"},
    returns=JobView,
    versioned=True,
    if_match=True,
    refusals=[409],
)
def change_job(body: dict[str, Any], job_id: UUID, version: int) -> With:
    """Change a job; after its publication only title and instructions, and that its media is kept longer."""
    return view(authoring.change_job(session(), actor(), job_id, version, parts(body)))


@jobs.operation("GET", "/jobs/{job_id}/guidelines", permission="job.read", returns=GuidelinesView, versioned=True)
def list_guidelines(job_id: UUID) -> dict[str, Any]:
    """Read all versions of a job's guideline; the ETag names the newest."""
    job = queries.get_job(session(), actor(), job_id)
    wanted = select(Guideline).where(Guideline.job_id == job.id).order_by(Guideline.version.desc())
    return {"version": job.guideline_version, "data": session().scalars(wanted).all()}


@jobs.operation(
    "POST",
    "/jobs/{job_id}/guidelines",
    permission="job.write",
    body=GuidelineInput,
    returns=GuidelineView,
    status=201,
    idempotent=True,
    versioned=True,
    if_match=True,
)
def add_guideline(body: dict[str, Any], job_id: UUID, version: int) -> Guideline:
    """Add a version of the guideline; claims made before keep the one they were made under.

    `If-Match` is the ETag of the list of versions: `"0"` before the first.
    """
    return guidelines.add_version(session(), actor(), job_id, _guideline(body), version=version)


def _moves(verb: str, *refusals: int, returns: type[JobView] = JobView) -> Callable[[Any], Any]:
    """A verb that moves a job to another state. No If-Match: a move is allowed from some states only, under a lock."""
    return jobs.operation(
        "POST",
        f"/jobs/{{job_id}}/{verb}",
        permission="job.write",
        returns=returns,
        versioned=True,
        idempotent=True,
        refusals=refusals,
    )


@_moves("publish", 402, returns=PublishedJobView)
def publish_job(job_id: UUID) -> With:
    """Publish a funded job: fees are fixed, and its root contract comes to be; told what may not be meant so."""
    job = publishing.publish_job(session(), actor(), job_id)
    return With(view(job), warnings=warnings_of(session(), job))


@_moves("pause")
def pause_job(job_id: UUID) -> With:
    """Pause a job: nothing more is given out; work under way goes on."""
    return view(pausing.pause_job(session(), actor(), job_id))


@_moves("resume")
def resume_job(job_id: UUID) -> With:
    """Let a paused job go on."""
    return view(pausing.resume_job(session(), actor(), job_id))


@_moves("close")
def close_job(job_id: UUID) -> With:
    """Close a job, which lets it drain: seats that nobody holds are taken back, what is held or waits for review is
    still finished and paid; then it completes by itself, and the rest of its reserve returns.
    """
    return view(cancelling.close_job(session(), actor(), job_id))


@_moves("cancel")
def cancel_job(job_id: UUID) -> With:
    """Cancel a job: free reserve comes back at once; live claims finish and are paid."""
    return view(cancelling.cancel_job(session(), actor(), job_id))


@_moves("archive")
def archive_job(job_id: UUID) -> With:
    """Archive a settled job: lists leave it out from now on unless they are asked for it. Nothing is removed."""
    return view(running.archive_job(session(), actor(), job_id))


@jobs.operation(
    "POST",
    "/jobs/{job_id}/raise-redundancy",
    permission="job.write",
    body=RedundancyInput,
    returns=JobView,
    idempotent=True,
    versioned=True,
    if_match=True,
)
def raise_redundancy_of_job(body: dict[str, Any], job_id: UUID, version: int) -> With:
    """Have the items of an open or paused job answered by more workers; never by fewer.

    Open tasks get further seats as far as the money reaches, for workers who had none of them; tasks that are done
    stay as they are. The cost preview counts it.
    """
    return view(raising.raise_redundancy(session(), actor(), job_id, version, **body))


@jobs.operation(
    "POST",
    "/jobs/{job_id}/duplicate",
    permission="job.write",
    body=DuplicateInput,
    example={"title": "Street scenes, second batch", "items": True},
    returns=JobView,
    status=201,
    idempotent=True,
    versioned=True,
    location="/jobs/{id}",
)
def duplicate_job_as_draft(body: dict[str, Any], job_id: UUID) -> With:
    """Make a new draft like a job of yours, whatever its state: without its money, contracts, tasks and answers.

    Its items come along if wanted, unless their images were purged: hand those in again first. Examples and practice
    items do not: add them to the draft.
    """
    fee_ppm = get_context().settings.fee_ppm
    return view(duplicating.duplicate_job(session(), actor(), job_id, fee_ppm=fee_ppm, **body))


def view(job: Job) -> With:
    """A job with its rate card and the names of the skills it asks for."""
    return _views([job], {job.id: queries.rates_of(session(), job.id)})[0]


def _views(rows: Sequence[Job], rates: Mapping[UUID, list[JobRate]]) -> list[With]:
    names = skill_names(session(), {skill_id for job in rows for skill_id in job.screening_skills})
    return [With(job, **_caps(job, rates.get(job.id, [])), screening=_screening(job.screening, names)) for job in rows]


def _caps(job: Job, rates: Sequence[JobRate]) -> dict[str, Any]:
    """The rate card with its pay floors; the caps behind these are for the client and the platform (rule 1)."""
    if queries.sees_caps(actor(), job):
        return {"rates": [With(rate, pay_floor=pay_floor(job, rate)) for rate in rates]}
    shown = [With(rate, pay_floor=pay_floor(job, rate), worker_pay_min=None) for rate in rates]
    return {"rates": shown, "worker_share_min_ppm": None}


def _screening(screening: Screening, names: Mapping[UUID, str]) -> With:
    return With(screening, skill_names=[names[skill_id] for skill_id in screening.skills])


def _rates(job_ids: Sequence[UUID]) -> dict[UUID, list[JobRate]]:
    found: dict[UUID, list[JobRate]] = {}
    wanted = select(JobRate).where(JobRate.job_id.in_(job_ids)).order_by(JobRate.job_id, JobRate.position)
    for rate in session().scalars(wanted):
        found.setdefault(rate.job_id, []).append(rate)
    return found


def parts(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its lists and objects as the values that a draft is made of."""
    parts = dict(body)
    if "rates" in parts:
        parts["rates"] = tuple(RateDraft(**rate) for rate in parts["rates"])
    if "screening" in parts:
        lists = {name: tuple(chosen) for name, chosen in parts["screening"].items() if isinstance(chosen, list)}
        parts["screening"] = Screening(**(parts["screening"] | lists))
    if "review" in parts:
        parts["review"] = ReviewPolicy(**parts["review"])
    if "consensus" in parts:
        parts["consensus"] = ConsensusPolicy(**parts["consensus"])
    if parts.get("gold") is not None:
        parts["gold"] = Gold(**parts["gold"])
    if parts.get("overlap") is not None:
        parts["overlap"] = Overlap(**parts["overlap"])
    if parts.get("protection") is not None:
        parts["protection"] = Protection(**parts["protection"])
    if "guideline" in parts:
        parts["guideline"] = _guideline(parts["guideline"])
    return parts


def _guideline(body: dict[str, Any]) -> GuidelineDraft:
    return GuidelineDraft(body["text"], tuple((rule["id"], rule["text"]) for rule in body["rules"]))
