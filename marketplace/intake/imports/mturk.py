"""A batch of MTurk, a CSV file, as rows of items."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

from marketplace.intake.imports.label_studio import content_key
from marketplace.intake.imports.plan import Columns, Plan
from marketplace.jobs.errors import CSV_REFUSED
from marketplace.jobs.item_csv import header_of, records
from marketplace.jobs.item_rows import EXTERNAL_ID_MAX, ItemRow

_INPUT: Final = "Input."


def batch_rows(text: str, plan: Plan, columns: Columns) -> Iterator[ItemRow]:
    """A row for each record, with its physical line; columns may be named with or without `Input.`.

    Raises csv_refused for a file that cannot be read, and for a column that is neither mapped nor ignored.
    """
    found = records(io.BytesIO(text.encode()))
    names = header_of(found, prefix=_INPUT)
    content, identifier, rate = columns.content or plan.content_field, columns.external_id, columns.rate
    used = {name for name in (content, identifier, rate) if name}
    missing, unused = sorted(used - set(names)), sorted(set(names) - used - columns.ignored)
    if missing:
        raise CSV_REFUSED.error(f"Line 1: there is no column {missing[0][:40]!r}.", line=1)
    if unused:
        raise CSV_REFUSED.error(
            f"Line 1: the column {unused[0][:40]!r} is not mapped; map it, or name it under ignore.", line=1
        )
    place = {name: names.index(name) for name in used}
    for number, (line, record) in enumerate(found, start=1):
        if len(record) != len(names):
            problem = f"The record has {len(record)} fields, the header {len(names)}."
            yield ItemRow(line, record[0][:EXTERNAL_ID_MAX], "", None, problem)
            continue
        value = record[place[content]]
        key = content_key(plan.kind, value)
        name = record[place[identifier]] if identifier else f"{columns.prefix}{number}"
        yield ItemRow(line, name, record[place[rate]] if rate else columns.rate_code, {key: value})
