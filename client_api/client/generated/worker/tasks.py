"""Work that is open to one now.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated.worker import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Tasks(Resource):
    """Work that is open to one now."""

    def list_tasks(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        kind: list[
            Literal[
                "audio_segments",
                "audio_transcript",
                "cuboids",
                "external",
                "free_text",
                "image_boxes",
                "image_points",
                "image_polygons",
                "preference",
                "ranking",
                "text_classification",
                "text_spans",
            ]
        ]
        | None = None,
        language: str | None = None,
        skill: str | None = None,
        hourly_min: str | None = None,
        currency: str | None = None,
        severity_max: int | None = None,
        phone: bool | None = None,
        keyboard: bool | None = None,
        without_hearing: bool | None = None,
        without_sight: bool | None = None,
        order: Literal["oldest", "pay", "fit"] | None = None,
    ) -> t.OpenBatchPage:
        """List batches of tasks that are open to one now, by what one looks for.

        `order=fit` puts first where one's last answers of the kind were accepted most (0 to 100, 50
        while nobody knows), with 20 more for each skill and 10 for each language that the job asks
        for.

        `GET /worker/v1/tasks`; needs `work.find`.
        """
        return cast(
            "t.OpenBatchPage",
            self._call(
                "GET",
                "/worker/v1/tasks",
                query={
                    "cursor": cursor,
                    "limit": limit,
                    "kind": kind,
                    "language": language,
                    "skill": skill,
                    "hourly_min": hourly_min,
                    "currency": currency,
                    "severity_max": severity_max,
                    "phone": phone,
                    "keyboard": keyboard,
                    "without_hearing": without_hearing,
                    "without_sight": without_sight,
                    "order": order,
                },
            ),
        )

    def iter_tasks(
        self,
        *,
        limit: int | None = None,
        kind: list[
            Literal[
                "audio_segments",
                "audio_transcript",
                "cuboids",
                "external",
                "free_text",
                "image_boxes",
                "image_points",
                "image_polygons",
                "preference",
                "ranking",
                "text_classification",
                "text_spans",
            ]
        ]
        | None = None,
        language: str | None = None,
        skill: str | None = None,
        hourly_min: str | None = None,
        currency: str | None = None,
        severity_max: int | None = None,
        phone: bool | None = None,
        keyboard: bool | None = None,
        without_hearing: bool | None = None,
        without_sight: bool | None = None,
        order: Literal["oldest", "pay", "fit"] | None = None,
    ) -> Iterator[t.OpenBatch]:
        """Walk the rows of all pages of `list_tasks`, which are fetched as they are needed; `limit` is
        rows a page.
        """
        return iterate(
            lambda cursor: self.list_tasks(
                limit=limit,
                kind=kind,
                language=language,
                skill=skill,
                hourly_min=hourly_min,
                currency=currency,
                severity_max=severity_max,
                phone=phone,
                keyboard=keyboard,
                without_hearing=without_hearing,
                without_sight=without_sight,
                order=order,
                cursor=cursor,
            )
        )
