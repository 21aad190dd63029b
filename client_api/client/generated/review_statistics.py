"""How reviewers decide, how quickly, and what of it was overturned.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import cast

from client_api.client.generated import types as t
from client_api.client.resource import Resource


class ReviewStatistics(Resource):
    """How reviewers decide, how quickly, and what of it was overturned."""

    def read_review_statistics(self, *, days: int | None = None) -> t.Statistics:
        """Read how each of your organization's reviewers decided, for its managers.

        `GET /v1/review-statistics`; needs `review_statistics.read`.
        """
        return cast("t.Statistics", self._call("GET", "/v1/review-statistics", query={"days": days}))

    def read_own_review_statistics(self, *, days: int | None = None) -> t.Statistics:
        """Read how you decided yourself.

        `GET /v1/review-statistics/own`; needs `review.decide`.
        """
        return cast("t.Statistics", self._call("GET", "/v1/review-statistics/own", query={"days": days}))
