"""A job made of somebody's photographs, posted by the demo's client and opened to workers."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from uuid import UUID

from marketplace.entrypoints.context import Context
from marketplace.entrypoints.demo import posting
from marketplace.jobs.errors import MEDIA_REFUSED
from marketplace.kernel.errors import DomainError

ENDINGS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})
CLASSES: Final = ("person", "animal", "vehicle", "thing", "light")
ITEMS_PER_TASK: Final = 2


class PhotosError(Exception):
    """The folder gives no job; the text is one sentence."""


def post(context: Context, folder: Path) -> tuple[UUID, int, list[str]]:
    """Post the photographs of a folder; returns the job, how many items it has, and what was left out and why.

    Raises PhotosError when there is no folder or no image in it.
    """
    if not folder.is_dir():
        raise PhotosError(f"There is no folder {folder}.")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file())
    rows, left_out = [], []
    for path in found:
        picture = posting.Picture(path.name, "standard", path.read_bytes())
        try:
            rows += posting.keep_pictures(context, [picture])
        except DomainError as refusal:
            if refusal.spec is not MEDIA_REFUSED:
                raise
            left_out.append(f"{path.name}: {refusal.detail}")
    if not rows:
        raise PhotosError(f"There is no JPEG, PNG or WebP image in {folder}.")
    amount = posting.cny(posting.PRICES["standard"][0]) * len(rows)
    posting.pay_in(context, amount)
    draft = posting.boxes_draft(
        f"Photographs from {folder.resolve().name}",
        "Draw a box around every person, animal, vehicle, thing and light that stands out.",
        CLASSES,
        {"standard": posting.PRICES["standard"][0]},
    )
    job_id = posting.post_job(context, draft, rows, amount)
    contract_id = posting.pass_down(context, job_id, {"standard": len(rows)})
    posting.open_to_workers(
        context, contract_id, "standard", posting.cny(posting.PRICES["standard"][2]), ITEMS_PER_TASK
    )
    return job_id, len(rows), left_out
