"""A step in which the database is lost: it is restored from a backup, and what the rail did since then stays done."""

import datetime as dt
from typing import Final

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import OperationalError

from marketplace.db.clock import market_now
from marketplace.kernel.errors import DomainError
from marketplace.rails import freezing
from marketplace.settlement.models import Installment
from tests.builders.settlement import move_clock_to
from tests.simulation import paying
from tests.simulation.world import KilledError, World

AT_THE_RAIL: Final = ("sandbox_charge", "sandbox_refund", "sandbox_transfer", "sandbox_balance_line", "sandbox_rate")


def restore(world: World) -> str | None:
    """Payouts are made after a backup, and then the backup is all that there is; reading back must explain them all.

    Only payouts: what clients ordered and answers that were accepted after the backup cannot be known again.
    """
    waits = select(Installment.id).where(Installment.state.in_(["scheduled", "advanced", "due", "in_payout"])).limit(1)
    if world.one(waits) is None:
        return None
    with world.transactions() as session:
        move_clock_to(session, market_now(session) + dt.timedelta(days=world.chance.choice((1, 35, 70))))
    world.sweep("fall_due", "release_cured_holds")
    backup = world.connection.begin_nested()
    made = [_pay(world) for _ in range(world.chance.randint(1, 3))]
    world.fuse = None
    rows = {table: world.connection.execute(text(f"SELECT * FROM {table}")).mappings().all() for table in AT_THE_RAIL}
    backup.rollback()
    for table, kept in rows.items():
        _put_back(world.connection, table, [dict(row) for row in kept])
    with world.transactions() as session:
        freezing.freeze(session, world.finance[0], "restored", None)
    return f"after {'; '.join(made)}: {paying.let_payouts_go_on(world)}"


def _pay(world: World) -> str:
    step = world.chance.choice((paying.prepare, paying.prepare, paying.approve, paying.execute, paying.mend))
    try:
        return f"{step.__name__} {step(world)}"
    except (DomainError, OperationalError, KilledError) as problem:
        return f"{step.__name__} {type(problem).__name__}"


def _put_back(connection: Connection, table: str, rows: list[dict[str, object]]) -> None:
    if rows:
        columns = list(rows[0])
        values = ", ".join(f":{column}" for column in columns)
        connection.execute(
            text(
                f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE VALUES ({values}) "
                "ON CONFLICT DO NOTHING"
            ),
            rows,
        )
