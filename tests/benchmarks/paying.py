"""`make bench`: due installments into payouts, and payouts sent, beside the same rows by bare set-based statements.

    python -m tests.benchmarks.paying [--quick] [--installments 1000000] [--payees 50000] [--json FILE]

Half of the payees are the bare statements', half the product's, in the same tables. Preparing makes runs until nothing
is due any more; sending asks a rail that accepts at once, and commits before and after each call, which the bare
statements do not. Ends with 1 when the two left different numbers of rows.
"""

import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine, text

from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from marketplace.kernel.errors import DomainError
from marketplace.payouts.approving import approve_run
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import SEND_MAX, execute_run
from marketplace.rails.port import Accepted, PayoutInstruction, PayoutOutcome
from tests.benchmarks import bare_paying
from tests.benchmarks.filling import open_chains, tidy
from tests.benchmarks.memory import peak_kb, reset_peak_kb
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.builders.payouts import Finance, make_finance
from tests.keys import KEYS

INSTALLMENTS, PAYEES = 1_000_000, 50_000
QUICK_INSTALLMENTS, QUICK_PAYEES = 20_000, 1_000
FACTOR_AIM = 1.5


def main() -> int:
    options = options_of(
        "Installments put into payouts a second.",
        f"{QUICK_INSTALLMENTS} installments",
        {"installments": (INSTALLMENTS, QUICK_INSTALLMENTS), "payees": (PAYEES, QUICK_PAYEES)},
    )
    with fresh_database() as (_, urls):
        return kept(options, _measure(urls, options.installments, options.payees))


def _measure(urls: EmbeddedUrls, installments: int, payees: int) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    (chain,) = open_chains(engine, 1, 1)
    with transaction(engine) as session:
        finance = make_finance(session)
    contract_id = chain.layers[-1][1].id
    bare_paying.fill(engine, contract_id, payees, installments)
    tidy(urls.superuser)
    with psycopg.connect(urls.app, options="-c timezone=UTC -c jit=off") as connection:
        backend = connection.info.backend_pid
        begun, busy = time.perf_counter(), _processor_seconds(backend)
        run_id = bare_paying.prepare(connection, finance.preparer.person)
        seconds = {"bare": time.perf_counter() - begun}
        processor = {"bare": _processor_seconds(backend) - busy}
        bare_rows = bare_paying.count_rows(connection)
        connection.commit()
        bare_paying.fill(engine, contract_id, payees, installments)
        tidy(urls.superuser)
        before = reset_peak_kb()
        with transaction(engine) as session:
            backend = session.scalars(text("SELECT pg_backend_pid()")).one()  # the pool has no other connection
        begun, busy = time.perf_counter(), _processor_seconds(backend)
        runs = _prepare_all(engine, finance)
        seconds["product"] = time.perf_counter() - begun
        processor["product"] = _processor_seconds(backend) - busy
        grown_mb = max(0, peak_kb() - before) / 1024
        rows = {table: count - bare_rows[table] for table, count in bare_paying.count_rows(connection).items()}
        connection.commit()
        sent = min(payees, SEND_MAX)
        begun = time.perf_counter()
        _send(engine, finance, runs[0])
        seconds["product sends"] = time.perf_counter() - begun
        begun = time.perf_counter()
        bare_paying.send(connection, run_id, sent)
        seconds["bare sends"] = time.perf_counter() - begun
    engine.dispose()
    problems = [] if rows == bare_rows else [f"other rows: {rows}, and by bare statements {bare_rows}"]
    return _report(seconds, processor, installments, payees, len(runs), sent, grown_mb, problems)


class _Accepting:
    """A rail that accepts at once and shows no line yet."""

    name, real_money = "sandbox", False

    def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
        return Accepted(f"tr_{instruction.payout_id}")

    def lines(self, since: object) -> list[Any]:  # noqa: ARG002 - the port's
        return []


def _prepare_all(engine: Engine, finance: Finance) -> list[UUID]:
    runs = []
    while True:
        try:
            with transaction(engine) as session:
                runs.append(prepare_run(session, finance.preparer, "sandbox").id)
        except DomainError as refusal:
            if refusal.slug != "nothing_due":
                raise
            return runs


def _send(engine: Engine, finance: Finance, run_id: UUID) -> None:
    with transaction(engine) as session:
        approve_run(session, finance.approver, run_id)
    rails: Any = {"sandbox": _Accepting()}
    execute_run(lambda: transaction(engine), finance.preparer, rails, run_id)


def _processor_seconds(backend: int) -> float:
    """What this process and that one of the database had of the processors, which the machine's load changes little."""
    ran = int(Path(f"/proc/{backend}/schedstat").read_text().split()[0])
    return time.process_time() + ran / 1e9


def _report(
    seconds: dict[str, float],
    processor: dict[str, float],
    installments: int,
    payees: int,
    runs: int,
    sent: int,
    grown_mb: float,
    problems: list[str],
) -> dict[str, Any]:
    factor = seconds["product"] / seconds["bare"]
    print(f"{installments:,} due installments of {payees:,} payees put into payouts, synchronous commit.")
    print(f"  bare     {seconds['bare']:>8.2f} s  the same rows by four statements")
    print(f"  product  {seconds['product']:>8.2f} s  in {runs} runs; memory grew by {grown_mb:.0f} MB")
    busy = processor["product"] / processor["bare"]
    print(f"Product to bare: {factor:.1f} times by the clock (aim {FACTOR_AIM}), {busy:.2f} times by processor time,")
    print(f"  {processor['product']:.2f} s and {processor['bare']:.2f} s of it, the database's and the program's.")
    print(f"{sent} payouts sent, each with J5 and its events:")
    print(f"  bare     {sent / seconds['bare sends']:>8,.0f} a second, all in one transaction")
    print(f"  product  {sent / seconds['product sends']:>8,.0f} a second, two transactions and a call for each")
    for problem in problems:
        print(problem)
    return {
        "installments": installments,
        "payees": payees,
        "seconds": {name: round(took, 3) for name, took in seconds.items()},
        "processor_seconds": {name: round(took, 3) for name, took in processor.items()},
        "runs": runs,
        "memory_grown_mb": round(grown_mb, 1),
        "factor": round(factor, 2),
        "factor_aim": FACTOR_AIM,
        "payouts_sent_per_second": {name: round(sent / seconds[f"{name} sends"], 1) for name in ("bare", "product")},
        "problems": problems,
    }


if __name__ == "__main__":
    sys.exit(main())
