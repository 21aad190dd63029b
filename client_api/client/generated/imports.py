"""Projects of Label Studio and batches of MTurk, taken over as draft jobs with their items.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.resource import Resource


class Imports(Resource):
    """Projects of Label Studio and batches of MTurk, taken over as draft jobs with their items."""

    def import_label_studio(
        self,
        body: t.LabelStudioInput,
        *,
        on_error: Literal["abort", "skip"] | None = None,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> t.Import:
        """Import tasks of Label Studio as a new draft job, or into one that asks the same.

        `RectangleLabels` on an `Image` become boxes on images, `Choices` on a `Text` classes of
        texts, predictions pre-labels. What cannot be mapped is refused with the element or the task
        that it stands in.

        `POST /v1/imports/label-studio`; needs `job.write`.
        """
        return cast(
            "t.Import",
            self._call(
                "POST",
                "/v1/imports/label-studio",
                query={"on_error": on_error, "dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def import_mturk(
        self,
        body: t.MturkInput,
        *,
        on_error: Literal["abort", "skip"] | None = None,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> t.Import:
        """Import a batch of MTurk as a new draft job, or into one that asks the same.

        `crowd-classifier`, radio buttons or a select become classes of texts, `crowd-bounding-box`
        boxes on images; the text of the template becomes the instructions. What cannot be mapped is
        refused by name.

        `POST /v1/imports/mturk`; needs `job.write`.
        """
        return cast(
            "t.Import",
            self._call(
                "POST",
                "/v1/imports/mturk",
                query={"on_error": on_error, "dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
