"""What organizations say of one: the skills they granted, the blocks they made.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated.worker import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Standing(Resource):
    """What organizations say of one: the skills they granted, the blocks they made."""

    def list_blocks(self, *, cursor: str | None = None, limit: int | None = None) -> t.BlockPage:
        """List the blocks that keep one from work now, newest first, with who made them, where, why,
        until when.

        `GET /worker/v1/access-rules`; needs `access.read.own`.
        """
        return cast(
            "t.BlockPage", self._call("GET", "/worker/v1/access-rules", query={"cursor": cursor, "limit": limit})
        )

    def iter_blocks(self, *, limit: int | None = None) -> Iterator[t.Block]:
        """Walk the rows of all pages of `list_blocks`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_blocks(limit=limit, cursor=cursor))

    def contest_block(self, access_rule_id: str, body: t.ContestInput) -> t.Block:
        """Say once what speaks against a block; who made it and the platform's operations read it.

        `POST /worker/v1/access-rules/{access_rule_id}/contest`; needs `access.contest`.
        """
        return cast(
            "t.Block",
            self._call(
                "POST",
                self._path("/worker/v1/access-rules/{access_rule_id}/contest", {"access_rule_id": access_rule_id}),
                body=body,
            ),
        )

    def list_scores(self) -> t.Scores:
        """List one's scores by kind of labeling: how well one's answers agree with what is known of
        the items.

        They are reckoned once a day from the answers of the last 180 days, from 20 of them on; jobs
        may ask for one.

        `GET /worker/v1/scores`; needs `skill.read.own`.
        """
        return cast("t.Scores", self._call("GET", "/worker/v1/scores"))

    def list_skills(self, *, cursor: str | None = None, limit: int | None = None) -> t.SkillPage:
        """List the skills one was granted, newest first, with reason, end, and what became of them.

        `GET /worker/v1/skills`; needs `skill.read.own`.
        """
        return cast("t.SkillPage", self._call("GET", "/worker/v1/skills", query={"cursor": cursor, "limit": limit}))

    def iter_skills(self, *, limit: int | None = None) -> Iterator[t.Skill]:
        """Walk the rows of all pages of `list_skills`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_skills(limit=limit, cursor=cursor))
