"""Reading the rails back, and lifting the freeze of payouts when nothing that they paid is left to explain."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.payouts import adopting, rebuilding
from marketplace.payouts.adopting import Doubt
from marketplace.payouts.models import Payout
from marketplace.payouts.quoting import take_wanted_quotes
from marketplace.payouts.recovering import confirm_sent, resolve_unknown
from marketplace.rails import refunds
from marketplace.rails.errors import RAIL_SILENT, RAIL_UNKNOWN
from marketplace.rails.freeze_models import PayoutFreezeEvent
from marketplace.rails.freezing import lift, require_frozen, require_second
from marketplace.rails.port import Rail, RailLine, Rails, Transactions, bank_rails
from marketplace.reconciliation.importing import OVERLAP
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.models import ExternalLine
from marketplace.settlement.maturing import fall_due

_OUTGOING: Final = ("transfer", "refund")


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A transfer that a rail made and that no payout of this database is; `line` is its public id, once it has one."""

    rail: str
    line: str | None
    reference: str
    amount: Money | None
    at: dt.datetime | None
    why: str


@dataclass(slots=True)
class ReadBack:
    """What came of it: payouts adopted, rebuilt and given up, and what is left to explain. Lifted when nothing is."""

    adopted: int = 0
    rebuilt: int = 0
    given_up: int = 0
    left: list[Unexplained] = field(default_factory=list)


def unfreeze(transactions: Transactions, actor: Actor, rails: Rails) -> ReadBack:
    """Read every rail back as far as the freeze asks, adopt what it paid, and lift the freeze if that explains all.

    May be called again at any time: what was adopted before a rail fell silent stays adopted.
    The actor is a person with payout_run.approve, another than who asked for it. Raises forbidden, state_conflict when
    payouts are not frozen, or were frozen or asked for anew meanwhile, unfreeze_two_people, rail_unknown, rail_silent.
    """
    actor.require("payout_run.approve")
    with transactions() as session:
        read_from = require_frozen(session).read_from
        asked_id = require_second(session, actor).id
        since = None if read_from is None else read_from - OVERLAP
        _refuse_unconnected(session, rails)
    while _due(transactions):
        pass  # what was paid since the backup had fallen due by then
    take_wanted_quotes(transactions, rails)  # those that payouts were quoted at since the backup may be lost
    outcome = ReadBack()
    for name in sorted(rails):
        _read(transactions, actor, rails[name], since, outcome)
    if not outcome.left:
        with transactions() as session:
            # Not what a newer freeze asks: that its rails were read back as far nobody knows.
            lift(session, actor, read_from, asked_id)
    return outcome


def _due(transactions: Transactions) -> int:
    with transactions() as session:
        return fall_due(session)


def _refuse_unconnected(session: Session, rails: Collection[str]) -> None:
    """A rail that paid before the backup may have paid since: all of them must be asked."""
    used = session.scalars(select(Payout.rail).where(Payout.rail.not_in(list(rails))).distinct().limit(1)).first()
    if used is not None:
        raise RAIL_UNKNOWN.error(f"Payouts went over the rail {used}, to which this service is not connected.")


def _read(transactions: Transactions, actor: Actor, rail: Rail, since: dt.datetime | None, outcome: ReadBack) -> None:
    for bank in bank_rails({rail.name: rail}).values():
        bank.require_read_back()
    lines = _transfers(rail, since)
    only = {rail.name: rail}
    resolve_unknown(transactions, only)
    doubts: list[Doubt] = []
    for payee_kind in ("worker", "layer"):
        # Workers' transfers are confirmed before a margin is taken for sent: worker first, in the books as it was.
        adopted, doubtful = adopting.adopt_known(transactions, actor, rail, payee_kind)
        outcome.adopted += len(adopted)
        doubts += doubtful
        confirm_sent(transactions, only)
        # Again as long as some fitted: what a payout leaves over is known, and taken along, when it is settled.
        while rebuilt := rebuilding.rebuild(transactions, actor, rail, payee_kind, lines):
            outcome.rebuilt += rebuilt
            confirm_sent(transactions, only)
    outcome.adopted += refunds.adopt_sent(transactions, rail)
    reconcile(transactions, only)
    with transactions() as session:
        if not doubts:
            outcome.given_up += adopting.give_up_drafts(session, actor, rail)
        outcome.left += _unexplained(session, rail, lines, doubts)


def _transfers(rail: Rail, since: dt.datetime | None) -> list[RailLine]:
    try:
        return [line for line in rail.lines(since) if line.kind in _OUTGOING and line.amount.amount < 0]
    except Exception as problem:
        raise RAIL_SILENT.error(
            f"The rail {rail.name} does not show its lines ({type(problem).__name__})."
        ) from problem


def _unexplained(
    session: Session, rail: Rail, lines: Collection[RailLine], doubts: Collection[Doubt]
) -> list[Unexplained]:
    references = [line.reference for line in lines] + [doubt.reference for doubt in doubts]
    known = set(
        session.scalars(
            select(Payout.rail_reference).where(Payout.rail == rail.name, Payout.rail_reference.in_(references))
        )
    )
    stored = {
        row.external_id: row
        for row in session.execute(
            select(ExternalLine.external_id, ExternalLine.id, ExternalLine.state).where(
                ExternalLine.rail == rail.name, ExternalLine.external_id.in_([line.external_id for line in lines])
            )
        )
    }
    # Besides what matches: what stood on 2900 before the freeze, and what was looked into during it.
    explained = {external_id for external_id, row in stored.items() if row.state != "unmatched"}
    acknowledged = set(
        session.scalars(select(PayoutFreezeEvent.body["line"].astext).where(PayoutFreezeEvent.kind == "acknowledged"))
    )
    ids = {external_id: public("external_line", row.id) for external_id, row in stored.items()}
    why = {doubt.reference: doubt.why for doubt in doubts}
    nobodys = "no payout of this database, and no sum of what is due to its destination"
    left = [
        Unexplained(
            rail.name,
            ids.get(line.external_id),
            line.reference,
            line.amount,
            line.occurred_at,
            why.get(line.reference, nobodys),
        )
        for line in lines
        if line.reference not in known
        and line.external_id not in explained
        and ids.get(line.external_id) not in acknowledged
    ]
    shown = {line.reference for line in lines}
    left += [
        Unexplained(rail.name, None, doubt.reference, None, None, doubt.why)
        for doubt in doubts
        if doubt.reference not in shown
    ]
    return left
