"""What your organization says workers can do; a job may ask for skills of its client.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Skills(Resource):
    """What your organization says workers can do; a job may ask for skills of its client."""

    def revoke_skill_grant(self, skill_grant_id: str, body: t.ReasonInput) -> t.SkillGrant:
        """Take a skill back before its end; claims that the worker holds stay theirs.

        `POST /v1/skill-grants/{skill_grant_id}/revoke`; needs `skill.manage`.
        """
        return cast(
            "t.SkillGrant",
            self._call(
                "POST",
                self._path("/v1/skill-grants/{skill_grant_id}/revoke", {"skill_grant_id": skill_grant_id}),
                body=body,
            ),
        )

    def list_skills(self, *, cursor: str | None = None, limit: int | None = None) -> t.SkillPage:
        """List your organization's skills, the newest first.

        `GET /v1/skills`; needs `skill.read`.
        """
        return cast("t.SkillPage", self._call("GET", "/v1/skills", query={"cursor": cursor, "limit": limit}))

    def iter_skills(self, *, limit: int | None = None) -> Iterator[t.Skill]:
        """Walk the rows of all pages of `list_skills`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_skills(limit=limit, cursor=cursor))

    def define_skill(self, body: t.SkillInput, *, idempotency_key: str | None = None) -> t.Skill:
        """Define a skill, to be granted to workers and asked for by jobs.

        `POST /v1/skills`; needs `skill.manage`.
        """
        return cast("t.Skill", self._call("POST", "/v1/skills", body=body, idempotency_key=idempotency_key, keyed=True))

    def read_skill(self, skill_id: str) -> t.Skill:
        """Read a skill.

        `GET /v1/skills/{skill_id}`; needs `skill.read`.
        """
        return cast("t.Skill", self._call("GET", self._path("/v1/skills/{skill_id}", {"skill_id": skill_id})))

    def list_skill_grants(
        self, skill_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> t.SkillGrantPage:
        """List everybody who was ever granted the skill, the newest first, with what became of it.

        `GET /v1/skills/{skill_id}/grants`; needs `skill.read`.
        """
        return cast(
            "t.SkillGrantPage",
            self._call(
                "GET",
                self._path("/v1/skills/{skill_id}/grants", {"skill_id": skill_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_skill_grants(self, skill_id: str, *, limit: int | None = None) -> Iterator[t.SkillGrant]:
        """Walk the rows of all pages of `list_skill_grants`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_skill_grants(skill_id, limit=limit, cursor=cursor))

    def grant_skill(
        self, skill_id: str, body: t.SkillGrantInput, *, idempotency_key: str | None = None
    ) -> t.SkillGrant:
        """Grant a skill to a worker, who reads the reason and when it ends.

        One grant of a skill to a worker is live at a time; revoke it first to grant it with another
        end.

        `POST /v1/skills/{skill_id}/grants`; needs `skill.manage`.
        """
        return cast(
            "t.SkillGrant",
            self._call(
                "POST",
                self._path("/v1/skills/{skill_id}/grants", {"skill_id": skill_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
