"""States of a job; every move goes through this table, under the job's lock."""

from __future__ import annotations

from typing import Final

from marketplace.kernel.states import StateMachine

JOB: Final = StateMachine(
    "job",
    {
        "draft": {"funded", "cancelled"},
        "funded": {"open", "cancelled"},
        "open": {"paused", "draining", "cancelled"},
        "paused": {"open", "cancelled"},
        "draining": {"completed"},
        "completed": {"settled"},
        "cancelled": {"settled"},
        "settled": {"archived"},
    },
    initial="draft",
)

EDITABLE: Final = frozenset({"draft", "funded"})
"""States in which caps, prices and items may still change: nobody relies on them yet."""

GROWING: Final = EDITABLE | {"open", "paused"}
"""States in which items may come and go, and more of the job may be given out."""

FUNDABLE: Final = frozenset({"draft", "funded", "open", "paused", "draining"})
"""States in which money may be tied to the job: it may be funded in parts."""
