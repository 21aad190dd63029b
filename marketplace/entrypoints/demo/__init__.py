"""The demo market: people, the worked example, open work, a job of photographs, and what to print about it."""

from __future__ import annotations

from collections.abc import Callable

from marketplace.entrypoints.context import Context
from marketplace.entrypoints.demo import open_work, other_kinds, people, posting, worked_example
from marketplace.entrypoints.demo.announcing import keep_keys, welcome
from marketplace.rails import methods


def is_loaded(context: Context) -> bool:
    """Whether the market has been loaded already, wholly: its keys are written last."""
    with context.transactions() as session:
        return people.is_loaded(session)


def load(context: Context, say: Callable[[str], None]) -> None:
    """Load the market into an empty database, each step through the verb a user would call."""
    say("Loading the demo market: twelve people sign up ...")
    with context.transactions() as session:
        people.sign_everybody_up(session)
        keys = people.issue_keys(session)
        for part in (*people.WORKERS, "layer_1", "layer_2"):
            methods.keep_destination(session, people.actor(session, part), posting.RAIL, f"sandbox-{part}")
    keep_keys(context, keys)
    worked_example.run(context, say)
    say("Some more work, left open for you ...")
    open_work.run(context)
    other_kinds.run(context)


__all__ = ["is_loaded", "load", "welcome"]
