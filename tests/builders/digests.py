"""Whether anything in the database changed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.db.base import Base

NOTED_BY_KEYS: Final = frozenset({"api_key", "request_count"})
"""Last use, and the rate: noted even for a refused request of a program."""
NOTED_BY_PAGES: Final = NOTED_BY_KEYS | {"web_session"}


def digests(session: Session, noted: frozenset[str] = NOTED_BY_PAGES) -> dict[str, str]:
    """The rows of every table as one digest, but of those in which a refused request is noted, too."""
    session.expire_all()
    return {
        table.name: session.execute(
            text(f"SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) FROM {table.name} AS t")
        ).scalar_one()
        for table in Base.metadata.sorted_tables
        if table.name not in noted
    }


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The tables whose rows are not what they were."""
    return {name for name, digest in before.items() if after[name] != digest}
