"""What was measured, as a table for people and as JSON for programs."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.tickets import Outcome

SHARE_AIM, SHARE_LEAST, GROWTH_AIM = 0.65, 0.40, 1.2
P99_AIM = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """One system under one load."""

    system: str
    workers: int
    backlog: int
    together: bool
    outcome: Outcome

    @property
    def pairs_per_second(self) -> float:
        """Claims with their submissions, both committed."""
        return self.outcome.measured / self.outcome.measured_seconds

    def claim_milliseconds(self, percent: int) -> float:
        """How long a claim takes, as the worker sees it, at that percentile."""
        times = sorted(self.outcome.claim_microseconds)
        return times[min(len(times) - 1, len(times) * percent // 100)] / 1000 if times else float("nan")

    def to_json(self) -> dict[str, Any]:
        return {
            "system": self.system,
            "workers": self.workers,
            "backlog": self.backlog,
            "in_one_request": self.together,
            "pairs": self.outcome.measured,
            "seconds": round(self.outcome.measured_seconds, 3),
            "pairs_per_second": round(self.pairs_per_second, 1),
            "claim_ms_median": self.claim_milliseconds(50),
            "claim_ms_p99": self.claim_milliseconds(99),
        }


def shares(cells: Sequence[Cell]) -> list[float]:
    """The product's pairs a second as a share of the thin application's, one for each load."""
    return [_cell(cells, "product", cell).pairs_per_second / cell.pairs_per_second for cell in _loads(cells)]


def growth(costs: Mapping[int, float | None]) -> float | None:
    """The cost of a claim at the largest backlog in those at the smallest; None when there is nothing to compare."""
    least, most = costs[min(costs)], costs[max(costs)]
    return round(most / least, 2) if len(costs) > 1 and least and most else None


def summary(cells: Sequence[Cell], costs: Mapping[int, float | None]) -> dict[str, Any]:
    """The figures that have an aim; `costs` are microseconds of a claim by size of backlog."""
    apart, together = (shares([cell for cell in cells if cell.together is way]) for way in (False, True))
    most = max(cell.workers for cell in cells)
    slowest = [cell.claim_milliseconds(99) for cell in cells if cell.system == "product" and cell.workers == most]
    return {
        "product_share_of_thin_median": round(statistics.median(apart), 3),
        "product_share_of_thin_least": round(min(apart), 3),
        "product_share_of_thin_in_one_request_median": round(statistics.median(together), 3),
        "product_share_of_thin_in_one_request_least": round(min(together), 3),
        "workers_most": most,
        "claim_ms_p99_at_most_workers": round(max(slowest), 1),
        "share_aim": SHARE_AIM,
        "share_at_the_least": SHARE_LEAST,
        "claim_database_microseconds": {str(size): cost for size, cost in costs.items()},
        "claim_growth": growth(costs),
        "claim_growth_aim": GROWTH_AIM,
    }


def table(cells: Sequence[Cell], systems: Sequence[str]) -> str:
    """One line a load: pairs a second of each system, the product's shares, and its claims' latency."""
    heads = ["backlog", "workers", *systems, "of thin", "of stmts", *(f"{name} claim" for name in systems)]
    lines = [heads]
    for load in _loads(cells):
        own = {name: _cell(cells, name, load) for name in systems}
        product, thin, bare = (own[name].pairs_per_second for name in ("product", "thin", "statements"))
        lines.append(
            [
                f"{load.backlog:,}",
                str(load.workers),
                *(f"{own[name].pairs_per_second:.0f}" for name in systems),
                f"{product / thin:.0%}",
                f"{product / bare:.0%}",
                *(
                    f"{own[name].claim_milliseconds(50):.1f} / {own[name].claim_milliseconds(99):.1f}"
                    for name in systems
                ),
            ]
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    rows = ["  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)) for line in lines]
    ways = {False: "in two requests; a claim's", True: "in one request, with the next claim; such a request's"}
    return "\n".join(
        [
            f"Claim-and-submit pairs a second {ways[cells[0].together]} median / 99th percentile in milliseconds.",
            rows[0],
            "-" * len(rows[0]),
            *rows[1:],
        ]
    )


def closing_lines(figures: dict[str, Any]) -> list[str]:
    """The summary in sentences."""
    costs = ", ".join(f"{cost} at {int(size):,}" for size, cost in figures["claim_database_microseconds"].items())
    ways = {"product_share_of_thin": "two requests", "product_share_of_thin_in_one_request": "one request"}
    share = [
        f"Product to thin application, {way}: {figures[name + '_median']:.0%} in the median load, "
        f"{figures[name + '_least']:.0%} in the worst (aim {SHARE_AIM:.0%}, at the least {SHARE_LEAST:.0%})."
        for name, way in ways.items()
    ]
    slowest = (
        f"Of 100 claims with {figures['workers_most']} workers, 99 take less than "
        f"{figures['claim_ms_p99_at_most_workers']} ms at any backlog, either way (aim {P99_AIM})."
    )
    growth_line = (
        f"One worker's claim costs the database, in microseconds of processor time by backlog: {costs}; "
        f"{figures['claim_growth']} times as much at the largest as at the smallest (aim {GROWTH_AIM})."
    )
    return [*share, slowest, growth_line]


def _loads(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.system == "thin"]


def _cell(cells: Sequence[Cell], system: str, load: Cell) -> Cell:
    wanted = (system, load.workers, load.backlog, load.together)
    return next(cell for cell in cells if (cell.system, cell.workers, cell.backlog, cell.together) == wanted)
