"""How good a job's answers are: by contract, label and worker.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import cast

from client_api.client.generated import types as t
from client_api.client.resource import Resource


class Quality(Resource):
    """How good a job's answers are: by contract, label and worker."""

    def read_quality(self, job_id: str) -> t.Quality:
        """Read how a job's answers fared in review and how far they agree, made anew every few
        minutes.

        The client sees the whole job, a layer what came of its own contracts; workers have
        pseudonyms.

        `GET /v1/jobs/{job_id}/quality`; needs `task.read`.
        """
        return cast("t.Quality", self._call("GET", self._path("/v1/jobs/{job_id}/quality", {"job_id": job_id})))
