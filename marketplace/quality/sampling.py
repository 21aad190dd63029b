"""Which answers a reviewer looks at: one of every so many, at a place that nobody can foresee. Pure values.

Answers are counted from 0, those of a worker in a job and those with a label in a job. Each run of `every` answers has
one place that is drawn, and a secret of the job says which: neither a worker nor a reviewer can steer a draw, and who
is told the secret afterwards can repeat them all.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import Any, Final

from marketplace.jobs.review_policy import ReviewPolicy

NO_LABEL: Final = ""
"""What answers without any label count under: nothing found is an answer too."""


def worker_draws(policy: ReviewPolicy, seed: bytes, worker: str, index: int) -> bool:
    """Whether a worker's answer number `index` in the job is drawn."""
    if index < policy.first_count:
        return _drawn(seed, f"worker first {worker}", index, policy.at_least(policy.first_every))
    return _drawn(seed, f"worker then {worker}", index - policy.first_count, policy.at_least(policy.then_every))


def label_draws(policy: ReviewPolicy, seed: bytes, label: str, index: int) -> bool:
    """Whether the answer that is number `index` of the job's with this label is drawn."""
    return _drawn(seed, f"label {label}", index, policy.label_every)


def _drawn(seed: bytes, scope: str, index: int, every: int) -> bool:
    run, place = divmod(index, every)
    digest = hmac.digest(seed, f"{scope} {every} {run}".encode(), "sha256")
    return int.from_bytes(digest[:8]) % every == place


def labels_in(content: Mapping[str, Any]) -> frozenset[str]:
    """The labels that an answer of any kind gives: every `label` in it and all of every `labels`."""
    return frozenset(_labels(content)) or frozenset({NO_LABEL})


def _labels(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "label" and isinstance(inner, str):
                yield inner
            elif name == "labels" and isinstance(inner, list):
                yield from (label for label in inner if isinstance(label, str))
            else:
                yield from _labels(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _labels(inner)
