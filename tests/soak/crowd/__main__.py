"""`make soak` runs it: 500 workers of known skill, 20,000 items, and what protects them."""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping

from marketplace.ledger.checking import run_checks
from tests.soak.crowd import labeling, scenes
from tests.soak.crowd.place import Place, opened


def main() -> None:
    """Run it, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=500)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with opened() as place:
        say("Labeling", labeling.run(place, asked.workers, asked.items, random.Random(asked.seed)).to_lines())
        say("A layer that rejects everything", scenes.mass_rejection(place))
        say("Hard content", scenes.exposure(place))
        say("Work below a wage floor", scenes.wage_floor(place))
        say("Books", books(place))


def say(title: str, found: Mapping[str, object]) -> None:
    """Print what came of a part."""
    print(f"\n{title}", flush=True)
    for what, value in found.items():
        print(f"  {what:<52} {value}", flush=True)


def books(place: Place) -> dict[str, object]:
    """Every check of the ledger on what all of this left behind."""
    with place.transaction() as session:
        report = run_checks(session)
    failed = [result.check.name for result in report.results if result.findings]
    if failed:
        raise SystemExit(f"WRONG: checks of the ledger fail: {failed}")
    return {"checks of the ledger that hold": f"{len(report.results)} of {len(report.results)}"}


if __name__ == "__main__":
    main()
