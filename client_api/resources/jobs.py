"""Jobs: what a client posts, from draft to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.jobs import (
    JOB_EXAMPLE,
    GuidelineInput,
    GuidelinesView,
    GuidelineView,
    JobChange,
    JobInput,
    JobQuery,
    JobView,
)
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.identity.skills import skill_names
from marketplace.jobs import authoring, guidelines, queries
from marketplace.jobs.drafts import GuidelineDraft, JobDraft, RateDraft
from marketplace.jobs.models import Guideline, Job, JobRate
from marketplace.jobs.screening import Screening
from marketplace.lifecycle import cancelling, pausing, publishing
from marketplace.web.context import get_context

jobs = Theme("jobs", "What a client posts: instructions, prices, caps, terms.")


@jobs.operation("GET", "/jobs", permission="job.read", query=JobQuery, returns=JobView, page=True)
def list_jobs(query: dict[str, Any]) -> Page[With]:
    """List the jobs you take part in, the newest first."""
    states = [query.pop("state")] if "state" in query else []
    page = queries.list_jobs(session(), actor(), states=states, **query)
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
    draft = JobDraft(**parts(body))
    return view(authoring.create_job(session(), actor(), draft, fee_ppm=get_context().settings.fee_ppm))


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
    """Change a job; after its publication only title and instructions."""
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


@jobs.operation(
    "POST", "/jobs/{job_id}/publish", permission="job.write", returns=JobView, versioned=True, refusals=[402, 409]
)
def publish_job(job_id: UUID) -> With:
    """Publish a funded job: fees are fixed, and its root contract comes to be."""
    return view(publishing.publish_job(session(), actor(), job_id))


@jobs.operation("POST", "/jobs/{job_id}/pause", permission="job.write", returns=JobView, versioned=True, refusals=[409])
def pause_job(job_id: UUID) -> With:
    """Pause a job: nothing more is given out; work under way goes on."""
    return view(pausing.pause_job(session(), actor(), job_id))


@jobs.operation(
    "POST", "/jobs/{job_id}/resume", permission="job.write", returns=JobView, versioned=True, refusals=[409]
)
def resume_job(job_id: UUID) -> With:
    """Let a paused job go on."""
    return view(pausing.resume_job(session(), actor(), job_id))


@jobs.operation("POST", "/jobs/{job_id}/close", permission="job.write", returns=JobView, versioned=True, refusals=[409])
def close_job(job_id: UUID) -> With:
    """Close a job: what is open is still done, nothing new is opened, then it completes."""
    return view(cancelling.close_job(session(), actor(), job_id))


@jobs.operation(
    "POST",
    "/jobs/{job_id}/cancel",
    permission="job.write",
    returns=JobView,
    versioned=True,
    idempotent=True,
    refusals=[409],
)
def cancel_job(job_id: UUID) -> With:
    """Cancel a job: free reserve comes back at once; live claims finish and are paid."""
    return view(cancelling.cancel_job(session(), actor(), job_id))


def view(job: Job) -> With:
    """A job with its rate card and the names of the skills it asks for."""
    return _views([job], {job.id: queries.rates_of(session(), job.id)})[0]


def _views(rows: Sequence[Job], rates: Mapping[UUID, list[JobRate]]) -> list[With]:
    names = skill_names(session(), {skill_id for job in rows for skill_id in job.screening_skills})
    return [With(job, rates=rates.get(job.id, []), screening=_screening(job.screening, names)) for job in rows]


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
        parts["screening"] = Screening(**{name: tuple(chosen) for name, chosen in parts["screening"].items()})
    if "guideline" in parts:
        parts["guideline"] = _guideline(parts["guideline"])
    return parts


def _guideline(body: dict[str, Any]) -> GuidelineDraft:
    return GuidelineDraft(body["text"], tuple((rule["id"], rule["text"]) for rule in body["rules"]))
