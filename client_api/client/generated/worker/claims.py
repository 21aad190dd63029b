"""What one holds: claim, save, submit, give back.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated.worker import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Claims(Resource):
    """What one holds: claim, save, submit, give back."""

    def list_claims(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: list[Literal["claimed", "decided", "expired", "released", "returned", "submitted"]] | None = None,
    ) -> t.ClaimLinePage:
        """List one's claims, newest first; `state` narrows them.

        `GET /worker/v1/claims`; needs `work.read`.
        """
        return cast(
            "t.ClaimLinePage",
            self._call("GET", "/worker/v1/claims", query={"cursor": cursor, "limit": limit, "state": state}),
        )

    def iter_claims(
        self,
        *,
        limit: int | None = None,
        state: list[Literal["claimed", "decided", "expired", "released", "returned", "submitted"]] | None = None,
    ) -> Iterator[t.ClaimLine]:
        """Walk the rows of all pages of `list_claims`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_claims(limit=limit, state=state, cursor=cursor))

    def claim_next(self, body: t.ClaimInput | None = None) -> t.NewClaim:
        """Claim the task named, or the next open one of the batch named, or of the first batch in line
        that has one.

        With `terms` as they were shown in the list of tasks, what is claimed is what was seen, or
        nothing is: 412.

        `POST /worker/v1/claims`; needs `work.claim`.
        """
        return cast("t.NewClaim", self._call("POST", "/worker/v1/claims", body=body))

    def claim_several(self, body: t.SeveralInput) -> t.NewClaims:
        """Claim up to `count` tasks together, each a claim of its own: as many as there are and as one
        may hold.

        They are reserved from now on; the k-th has k times the time of its batch, so that one can
        be done after another.

        `POST /worker/v1/claims/several`; needs `work.claim`.
        """
        return cast("t.NewClaims", self._call("POST", "/worker/v1/claims/several", body=body))

    def read_claim(self, claim_id: str) -> t.WholeClaim:
        """Read one claim whole.

        `GET /worker/v1/claims/{claim_id}`; needs `work.read`.
        """
        return cast(
            "t.WholeClaim", self._call("GET", self._path("/worker/v1/claims/{claim_id}", {"claim_id": claim_id}))
        )

    def save_draft(self, claim_id: str, body: t.DraftInput) -> t.Claim:
        """Keep what one has so far, by item id; it is not checked.

        `PUT /worker/v1/claims/{claim_id}/draft`; needs `work.submit`.
        """
        return cast(
            "t.Claim",
            self._call(
                "PUT",
                self._path("/worker/v1/claims/{claim_id}/draft", {"claim_id": claim_id}),
                body=body,
                repeatable=True,
            ),
        )

    def extend_claim(self, claim_id: str) -> t.Claim:
        """Start the lease anew.

        `POST /worker/v1/claims/{claim_id}/extend`; needs `work.claim`.
        """
        return cast(
            "t.Claim", self._call("POST", self._path("/worker/v1/claims/{claim_id}/extend", {"claim_id": claim_id}))
        )

    def beat(self, claim_id: str) -> t.Beat:
        """Say that one is at work on a claim one holds, about every 20 seconds while one is.

        The time between two beats counts if it is no longer than a minute. It measures pay by the
        hour for oneself and for those who look for work, and the wage floor; no organization sees
        one's time.

        `POST /worker/v1/claims/{claim_id}/heartbeat`; needs `work.submit`.
        """
        return cast(
            "t.Beat", self._call("POST", self._path("/worker/v1/claims/{claim_id}/heartbeat", {"claim_id": claim_id}))
        )

    def submit_late(self, claim_id: str, body: t.LateInput) -> t.Claim:
        """Submit answers within a day after the lease ended; where no seat is to be had for them they
        are kept.

        What is kept is `expired` still. Where the job pays for some late answers it can be
        contested as a whole until `contest_until`, with `POST /claims/{claim_id}/disputes`. The
        same again changes nothing.

        `POST /worker/v1/claims/{claim_id}/late-answers`; needs `work.submit`.
        """
        return cast(
            "t.Claim",
            self._call(
                "POST",
                self._path("/worker/v1/claims/{claim_id}/late-answers", {"claim_id": claim_id}),
                body=body,
                repeatable=True,
            ),
        )

    def return_claim(self, claim_id: str) -> t.Claim:
        """Give the claim back.

        `POST /worker/v1/claims/{claim_id}/return`; needs `work.claim`.
        """
        return cast(
            "t.Claim", self._call("POST", self._path("/worker/v1/claims/{claim_id}/return", {"claim_id": claim_id}))
        )

    def skip_claim(self, claim_id: str, body: t.SkipInput) -> t.Claim:
        """Give a task back for a reason and never be offered it again; nothing is held against you.

        Who opened the task reads how often which item was skipped and why, and not by whom.

        `POST /worker/v1/claims/{claim_id}/skip`; needs `work.claim`.
        """
        return cast(
            "t.Claim",
            self._call("POST", self._path("/worker/v1/claims/{claim_id}/skip", {"claim_id": claim_id}), body=body),
        )

    def submit_claim(self, claim_id: str, body: t.SubmissionInput) -> t.Submitted:
        """Submit the answers of an attempt; the same again changes nothing. With `claim_next` go on to
        the next task.

        `POST /worker/v1/claims/{claim_id}/submit`; needs `work.submit`.
        """
        return cast(
            "t.Submitted",
            self._call(
                "POST",
                self._path("/worker/v1/claims/{claim_id}/submit", {"claim_id": claim_id}),
                body=body,
                repeatable=True,
            ),
        )

    def take_up_claim(self, claim_id: str) -> t.Claim:
        """Hold a claim again whose lease ended, for half an hour, within a day and while nobody else
        has its task.

        Where others have it, it gets a seat of its own if the job pays for that. What was kept on a
        device without a network is submitted after that as ever.

        `POST /worker/v1/claims/{claim_id}/take-up`; needs `work.claim`.
        """
        return cast(
            "t.Claim", self._call("POST", self._path("/worker/v1/claims/{claim_id}/take-up", {"claim_id": claim_id}))
        )

    def read_time_factor(self) -> t.TimeFactor:
        """Read how much time one's tasks give, in percent of what everybody gets.

        `GET /worker/v1/time-factor`; needs `work.read`.
        """
        return cast("t.TimeFactor", self._call("GET", "/worker/v1/time-factor"))

    def set_time_factor(self, body: t.TimeFactorInput) -> t.TimeFactor:
        """Have more time for tasks, up to three times, from the next claim or prolongation on.

        No reason is asked, and nobody else is told: no organization can see it, nor what follows
        from it.

        `PUT /worker/v1/time-factor`; needs `work.claim`.
        """
        return cast("t.TimeFactor", self._call("PUT", "/worker/v1/time-factor", body=body))
