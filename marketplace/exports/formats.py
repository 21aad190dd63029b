"""The formats there are: what each needs, and who may ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.exports.books import program_writer, table_writer, write_ageing, write_all_tables
from marketplace.exports.coco import write_coco
from marketplace.exports.consensus import write_consensus
from marketplace.exports.label_studio import write_label_studio
from marketplace.exports.money import write_payables, write_price_chains
from marketplace.exports.reading import Subject
from marketplace.exports.results import write_lines, write_table
from marketplace.exports.sink import Sink
from marketplace.jobs.labels import KINDS
from marketplace.reconciliation.books.tables import TABLES

JSON: Final = "application/json"
CSV: Final = "text/csv; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Format:
    """One format; its name is the file's.

    `of_job` says whose job it takes: "own" one's own, "party" any that one takes part in, None none at all.
    `kinds` are the kinds of labeling it exists for, None all. `not_used` says whether it also exists for answers that
    are paid but not used; these never share a file with the others. `monthly` says whether it exists for one month too.
    """

    name: str
    content_type: str
    permission: str
    of_job: str | None
    write: Callable[[Session, Subject, Sink], None]
    kinds: frozenset[str] | None = None
    not_used: bool = False
    monthly: bool = False


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
    *(
        Format(f"books_{table.name}.csv", CSV, "ledger.read", None, table_writer(table), monthly=True)
        for table in TABLES.values()
    ),
    Format("books_ageing.csv", CSV, "ledger.read", None, write_ageing, monthly=True),
    Format("books.xlsx", XLSX, "ledger.read", None, write_all_tables, monthly=True),
    Format("books.beancount", TEXT, "ledger.read", None, program_writer("beancount"), monthly=True),
    Format("books.hledger", TEXT, "ledger.read", None, program_writer("hledger"), monthly=True),
)
FORMATS: Final[Mapping[str, Format]] = {one.name: one for one in _ALL}
BOOKS: Final = tuple(name for name, one in FORMATS.items() if one.permission == "ledger.read")
"""Those that are of the books."""
