"""The formats there are: what each needs, and who may ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.exports.coco import write_coco
from marketplace.exports.consensus import write_consensus
from marketplace.exports.label_studio import write_label_studio
from marketplace.exports.money import write_payables, write_price_chains
from marketplace.exports.reading import Subject
from marketplace.exports.results import write_lines, write_table
from marketplace.exports.sink import Sink
from marketplace.jobs.labels import KINDS

JSON: Final = "application/json"
CSV: Final = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Format:
    """One format; its name is the file's.

    `of_job` says whose job it takes: "own" one's own, "party" any that one takes part in, None none at all.
    `kinds` are the kinds of labeling it exists for, None all. `not_used` says whether it also exists for answers that
    are paid but not used; these never share a file with the others.
    """

    name: str
    content_type: str
    permission: str
    of_job: str | None
    write: Callable[[Session, Subject, Sink], None]
    kinds: frozenset[str] | None = None
    not_used: bool = False


_ALL: Final = (
    Format("results.jsonl", "application/jsonl", "result.read", "own", write_lines, not_used=True),
    Format("results.csv", CSV, "result.read", "own", write_table, not_used=True),
    Format("consensus.jsonl", "application/jsonl", "result.read", "own", write_consensus),
    Format("coco.json", JSON, "result.read", "own", write_coco, kinds=frozenset({"image_boxes", "image_polygons"})),
    Format(
        "label_studio.json",
        JSON,
        "result.read",
        "own",
        write_label_studio,
        kinds=frozenset(KINDS) - {"cuboids", "external"},
    ),
    Format("price_chain.csv", CSV, "price_chain.read", "party", write_price_chains),
    Format("payables.csv", CSV, "installment.read", None, write_payables),
)
FORMATS: Final[Mapping[str, Format]] = {one.name: one for one in _ALL}
