"""`make bench`: posting accepted answers alone (J3), one, ten and a hundred in a journal, beside bare statements.

    python -m tests.benchmarks.posting [--quick] [--rounds 200] [--json FILE]

Each journal in a transaction of its own: fee, two layers' margins of one day, and pay of up to four workers on two
days. Bare writes the same rows (journal, postings, balances, the event and that it waits to be sealed), checks nothing
and knows every id beforehand. Product and bare take turns.
"""

import datetime as dt
import itertools
import statistics
import sys
import time
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.accounts import DatedShare
from marketplace.ledger.recipes.earning import j3_answers_accepted
from tests.benchmarks import filling
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.builders.settlement import Chain
from tests.keys import KEYS

ROUNDS, QUICK_ROUNDS = 200, 10
WARM = 5
SIZES: Final = {"hundred": 100, "ten": 10, "one": 1}
AIMS: Final = {"hundred": 0.5, "ten": 0.5, "one": 0.25}
DAYS: Final = (dt.date(2027, 8, 31), dt.date(2028, 2, 29))
_ACTOR: Final = system_actor("bench")
_BARE: Final = (
    (
        "INSERT INTO journal (id, kind, key, payload_hash, subject_noun, subject_id, effective_on, actor) "
        "VALUES (%(id)s, 'J3', %(key)s, %(hash)s, 'claim', %(subject)s, market_now()::date, 'bench')"
    ),
    (
        "INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency) "
        "SELECT %(id)s, debit, credit, amount, 'CNY' "
        "FROM unnest(%(debits)s::bigint[], %(credits)s::bigint[], %(amounts)s::bigint[]) given (debit, credit, amount)"
    ),
    (
        "UPDATE account_balance SET balance = balance + given.amount "
        "FROM unnest(%(changed)s::bigint[], %(changes)s::bigint[]) given (id, amount) WHERE account_id = given.id"
    ),
    (
        "INSERT INTO audit_event (id, kind, subject_noun, subject_id, at, recorded_at, organization_ids, person_ids, "
        "body) VALUES (%(event)s, 'bench', 'journal', %(id)s, now(), now(), '{}', '{}', %(body)s)"
    ),
    "INSERT INTO audit_pending (recorded_at, event_id) VALUES (now(), %(event)s)",
)


def main() -> int:
    options = options_of("Answers posted a second.", "a few rounds", {"rounds": (ROUNDS, QUICK_ROUNDS)})
    with fresh_database() as (_, urls):
        return kept(options, _measure(urls, options.rounds))


def _measure(urls: EmbeddedUrls, rounds: int) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    (chain,) = filling.open_chains(engine, 1, (2 * rounds + WARM) * sum(SIZES.values()))
    workers = [new_id() for _ in range(4)]
    print("Answers posted a second (J3 alone), by the median turn; two layers, synchronous commit.")
    found: dict[str, Any] = {"answers_per_second": {}, "product_share_of_bare": {}, "share_aims": AIMS, "problems": []}
    with psycopg.connect(urls.app, options="-c timezone=UTC") as connection:
        for name, size in SIZES.items():
            product, bare = _take_turns(engine, connection, _pairs(chain, workers, size), rounds)
            rates = {"bare": size / statistics.median(bare), "product": size / statistics.median(product)}
            share = rates["product"] / rates["bare"]
            print(
                f"  {size:>3} in a journal  bare {rates['bare']:>8,.0f}  product {rates['product']:>8,.0f}"
                f"  {share:.0%} (aim {AIMS[name]:.0%})"
            )
            found["answers_per_second"][name] = {way: round(rate, 1) for way, rate in rates.items()}
            found["product_share_of_bare"][name] = round(share, 3)
    engine.dispose()
    return found


def _pairs(chain: Chain, workers: list[UUID], size: int) -> list[Pair]:
    """What so many answers come to, which the workers gave in turn: a line for each share, as acceptance has them."""
    margins, pay = [], []
    task_contract = chain.layers[-1][1].id
    for worker in itertools.islice(itertools.cycle(workers), size):
        margins += [
            DatedShare(actor.organization, contract.id, DAYS[0], _cny(1_000)) for actor, contract in chain.layers
        ]
        pay += [DatedShare(worker, task_contract, day, _cny(1_750)) for day in DAYS]
    return j3_answers_accepted(chain.job.id, fee=_cny(450 * size), margins=margins, pay=pay)


def _cny(units: int) -> Money:
    return Money(units, "CNY")


def _take_turns(
    engine: Engine, connection: psycopg.Connection[Any], pairs: list[Pair], rounds: int
) -> tuple[list[float], list[float]]:
    for _ in range(WARM):
        _post(engine, pairs)
    template = _template(connection)
    connection.commit()
    product, bare = [], []
    for _ in range(rounds):
        product.append(_timed(lambda: _post(engine, pairs)))
        bare.append(_timed(lambda: _write(connection, template)))
    return product, bare


def _post(engine: Engine, pairs: list[Pair]) -> None:
    with transaction(engine) as session:
        subject = new_id()
        post(session, _ACTOR, kind="J3", key=f"bench:{subject}", pairs=pairs, subject=("claim", subject))


def _template(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """What the newest journal wrote, by which the next ones are written."""
    (journal, digest) = connection.execute("SELECT id, payload_hash FROM journal ORDER BY id DESC LIMIT 1").fetchall()[
        0
    ]
    postings = connection.execute(
        "SELECT debit_account_id, credit_account_id, amount FROM posting WHERE journal_id = %s ORDER BY id", (journal,)
    ).fetchall()
    changes: dict[int, int] = {}
    for debit, credit, amount in postings:
        changes[debit] = changes.get(debit, 0) - amount
        changes[credit] = changes.get(credit, 0) + amount
    kept_ids = {row[0] for row in connection.execute("SELECT account_id FROM account_balance").fetchall()}
    changes = {account: change for account, change in changes.items() if account in kept_ids}
    ((body,),) = connection.execute("SELECT body FROM audit_event ORDER BY id DESC LIMIT 1").fetchall()
    return {
        "hash": digest,
        "body": body,
        "debits": [row[0] for row in postings],
        "credits": [row[1] for row in postings],
        "amounts": [row[2] for row in postings],
        "changed": list(changes),
        "changes": list(changes.values()),
    }


def _write(connection: psycopg.Connection[Any], template: dict[str, Any]) -> None:
    subject = new_id()
    values = {**template, "id": new_id(), "event": new_id(), "subject": subject, "key": f"bench:{subject}"}
    for statement in _BARE:
        connection.execute(statement, values)
    connection.commit()


def _timed(doing: Any) -> float:
    begun = time.perf_counter()
    doing()
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
