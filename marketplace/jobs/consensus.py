"""How the accepted answers to an item are made into one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from marketplace.jobs.labels import KINDS
from marketplace.kernel.errors import FieldError

METHODS: Final = ("majority", "weighted", "dawid_skene_one_coin", "dawid_skene")
MODELS: Final = frozenset({"dawid_skene_one_coin", "dawid_skene"})
CLASSES_MAX: Final = 50
"""Of the full model, which keeps the square of it for each worker."""


@dataclass(frozen=True, slots=True)
class ConsensusPolicy:
    """By which of `METHODS`; see `quality.voting` and `quality.dawid_skene`."""

    method: str = "majority"

    def to_wire(self) -> dict[str, Any]:
        """As it is kept and sent."""
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> ConsensusPolicy:
        """From what is kept; what is left out has its default."""
        return cls(**wire)


def consensus_errors(policy: ConsensusPolicy, *, kind: str, schema: Any) -> Iterator[FieldError]:
    """What is wrong with it for a job of this kind, whose schema is valid if the kind is known."""
    if policy.method not in METHODS:
        yield FieldError("/consensus/method", "unknown_choice", f"One of {', '.join(METHODS)}.")
        return
    if policy.method not in MODELS or kind not in KINDS or KINDS[kind].validate_schema(schema):
        return
    choices = choices_of(kind, schema)
    if len(choices) < 2:
        message = "Only where an answer is one choice of two or more; take majority or weighted."
        yield FieldError("/consensus/method", "not_for_this_kind", message)
    elif policy.method == "dawid_skene" and len(choices) > CLASSES_MAX:
        message = f"Only for {CLASSES_MAX} classes or fewer; take dawid_skene_one_coin."
        yield FieldError("/consensus/method", "too_many_classes", message)


def choices_of(kind: str, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """What an answer chooses one of; empty where it is no choice."""
    for field in KINDS[kind].form(schema):
        if field.name in {"label", "choice"} and field.widget in {"choice", "preference"}:
            return tuple(field.options)
    return ()
