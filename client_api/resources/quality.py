"""How good the answers of a job are."""

from __future__ import annotations

from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.quality import QualityView
from client_api.views import With
from marketplace.identity.pseudonyms import pseudonym
from marketplace.web.context import get_context
from marketplace.work.quality_queries import job_quality

quality = Theme("quality", "How good a job's answers are: by contract, label and worker.")


@quality.operation("GET", "/jobs/{job_id}/quality", permission="task.read", returns=QualityView)
def read_quality(job_id: UUID) -> With:
    """Read how a job's answers fared in review and how far they agree, made anew every few minutes.

    The client sees the whole job, a layer what came of its own contracts; workers have pseudonyms.
    """
    found = job_quality(session(), actor(), job_id)
    secret = get_context().secret_key.encode()
    workers = [With(line, worker=pseudonym(secret, job_id, line.worker_id)) for line in found.workers if line.worker_id]
    return With(found, workers=workers)
