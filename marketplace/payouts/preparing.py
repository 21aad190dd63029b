"""Preparing and calling off a payout run: what is due becomes payouts in whole minor units."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import among, load
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import SCALE_EXTRA, Money
from marketplace.payouts.errors import NOTHING_DUE
from marketplace.payouts.events import RUN_PREPARED
from marketplace.payouts.gathering import Due, gather
from marketplace.payouts.minimums import NO_MINIMUMS, Minimums
from marketplace.payouts.models import DESTINATION, Payout, PayoutRun
from marketplace.payouts.quoting import change_taxed, keep_quotes
from marketplace.payouts.rests import rests_alone
from marketplace.payouts.states import LIVE
from marketplace.payouts.ways import PayeeKey, Way, Ways
from marketplace.payouts.withholding import in_force, keep_withheld, tax_of
from marketplace.rails.freezing import require_unfrozen
from marketplace.rails.methods import destinations_of
from marketplace.rails.port import NO_RAILS, Rails
from marketplace.settlement.holding import put_into_payouts

_STATEMENTS = load(__file__, "preparing.sql")
_DRAFTED: Final = (
    "id", "payee_kind", "payee_id", "contract_id", "currency", "amount", "carried_in", "carried_out", "withheld",
    "step", "paid_currency", "paid_amount", "rate_id", "advance_fee", "destination_sealed",
)  # fmt: skip
"""What of a payout is its own when it is drafted; the rest is its run's."""


def prepare_run(
    session: Session,
    actor: Actor,
    rail_name: str,
    due_by: dt.date | None = None,
    *,
    rails: Rails = NO_RAILS,
    minimums: Minimums = NO_MINIMUMS,
) -> PayoutRun:
    """Make a run of payouts, in state prepared, from what is due by a day (the market's today when none is given).

    What workers took early is due to them now, whatever its day; its fee is taken if that day is still to come.

    One payout a payee and currency owed, rounded down to what the rail moves (of `rails`, whole minor units where it
    does not say); what is left over stays owed and is carried into the payee's next payout. Who chose another currency
    gets what that buys of it at the rate that is quoted now; too little for a step of it is paid in the currency owed.
    What is withheld as tax is decided here, by what is in force today, and in the currency owed. Left out are payees
    without a destination on the rail, those whose sum is less than one step, or than the rail's minimum for what is
    owed unless it has waited too long for that, and those to whose currency there is no valid rate. What earlier
    payouts left over is paid alone where nothing else is coming. Needs payout_run.prepare. Raises nothing_due,
    payouts_frozen.
    """
    actor.require("payout_run.prepare")
    require_unfrozen(session)
    prepared_by = actor.person
    # Two who prepare at once would both carry the same remainder in.
    advisory_xact_lock(session, "payouts.prepare")
    # So that what is due to many is summed and sorted in memory, to the end of the transaction.
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    now = market_now(session)
    due_by = min(due_by or now.date(), now.date())
    groups = gather(session, rail_name, due_by, now, minimums)
    rests = rests_alone(session, rail_name, now, minimums)
    groups.update((key, Due(since=since)) for key, since in rests.items())
    destinations = destinations_of(session, rail_name, {key.payee_id for key in groups})
    taxes = in_force(session, list(destinations), now.date())
    ways = Ways(session, rail_name, rails, minimums, list(destinations), taxes)
    carried = carried_over(session, {key.payee_id for key in groups})
    run = PayoutRun(id=new_id(), rail=rail_name, due_by=due_by, prepared_by=prepared_by, prepared_at=now)
    drafts = [
        draft
        for key, due in sorted(groups.items(), key=lambda group: _order(group[0]))
        if key.payee_id in destinations
        and (way := _after_waiting(ways.of(key), due.since, now, minimums)) is not None
        and (draft := draft_payout(run, key, due, carried.get(key, 0), way, now)) is not None
    ]
    if not drafts:
        raise NOTHING_DUE.error(f"Nothing that is due by {due_by} can be paid on the rail {rail_name} now.")
    session.add(run)
    session.flush()
    for payout in drafts:
        DESTINATION.put(session, payout, destinations[payout.payee_id])
    _add(session, run, drafts)
    put_into(session, {payout.id: groups[key_of(payout)] for payout in drafts}, now.date())
    note_prepared(session, actor, run, drafts)
    keep_quotes(session, actor, drafts)
    keep_withheld(session, drafts, taxes)
    return run


def _after_waiting(way: Way | None, since: dt.date | None, now: dt.datetime, minimums: Minimums) -> Way | None:
    """The way without the rail's minimum, for what has been due since so long that it waits no more."""
    if way is None or since is None or minimums.paid_from(since) > now.date():
        return way
    return replace(way, least=0)


def _order(key: PayeeKey) -> tuple[bool, str, str, str]:
    # Workers first: they are also sent in this order.
    return (key.payee_kind != "worker", key.currency, str(key.payee_id), str(key.contract_id))


def key_of(payout: Payout) -> PayeeKey:
    """Whom the payout pays."""
    return PayeeKey(payout.currency, payout.payee_kind, payout.payee_id, payout.contract_id)


def carried_over(session: Session, payee_ids: Collection[uuid.UUID]) -> Mapping[PayeeKey, int]:
    """What earlier payouts left over and no other payout has taken along yet, by payee; never negative.

    A payout leaves its rest over once it is settled, and none once it came back; while it lives it only keeps what it
    took along, so that giving it up finds all of its installments' money where it was.
    """
    rest = case((Payout.state.in_(LIVE), -Payout.carried_in), else_=Payout.carried_out - Payout.carried_in)
    rows = session.execute(
        select(Payout.currency, Payout.payee_kind, Payout.payee_id, Payout.contract_id, func.sum(rest))
        .where(among(Payout.payee_id, payee_ids), Payout.state.not_in(("cancelled", "returned")))
        .group_by(Payout.currency, Payout.payee_kind, Payout.payee_id, Payout.contract_id)
    )
    return {PayeeKey(row[0], row[1], row[2], row[3]): int(row[4]) for row in rows}


def draft_payout(
    run: PayoutRun,
    key: PayeeKey,
    due: Due,
    carried_in: int,
    way: Way,
    now: dt.datetime,
) -> Payout | None:
    """A payout of what is due and what is carried in; None where that is too little for the rail."""
    owed = Money(due.amount - due.fee + carried_in, key.currency)
    if owed.amount < way.least:
        return None
    payout = Payout(
        id=new_id(),
        run_id=run.id,
        payee_kind=key.payee_kind,
        payee_id=key.payee_id,
        contract_id=key.contract_id,
        currency=key.currency,
        carried_in=carried_in,
        advance_fee=due.fee,
        rail=run.rail,
        created_at=now,
    )
    if way.rate is not None:
        payout.step = way.step_changed
        if change_taxed(payout, owed, way.rate, way.taxes):
            return payout
    payout.step = way.step
    unit = way.step * 10**SCALE_EXTRA
    payout.amount = owed.amount // unit * unit
    payout.carried_out = owed.amount - payout.amount
    payout.withheld = tax_of(payout.money, way.taxes, way.step).amount
    return payout if payout.amount > 0 else None


def _add(session: Session, run: PayoutRun, drafts: Sequence[Payout]) -> None:
    """Write the payouts of a run by one statement; they are not objects of the session afterwards."""
    values: dict[str, object] = {name: [getattr(payout, name) for payout in drafts] for name in _DRAFTED}
    session.execute(_STATEMENTS.add_payouts, {**values, "run_id": run.id})


def put_into(session: Session, due: Mapping[uuid.UUID, Due], prepared_on: dt.date) -> None:
    """Put what is due into new payouts, by their ids: the lines, and the installments' state."""
    ids = {payout_id: of_payout.ids for payout_id, of_payout in due.items()}
    amounts = [of_payout.amounts for of_payout in due.values()]
    session.execute(_STATEMENTS.add_lines, {"payout_ids": list(ids), "ids": list(ids.values()), "amounts": amounts})
    put_into_payouts(session, ids, sum(of_payout.number for of_payout in due.values()), prepared_on)


def note_prepared(session: Session, actor: Actor, run: PayoutRun, payouts: Sequence[Payout]) -> None:
    """Say in the log what a run was made of."""
    digest = digest_of_lines(session, payouts)
    body = prepared_body(run, [payout.money for payout in payouts], digest)
    record(session, RUN_PREPARED, actor, subject=("payout_run", run.id), body=body)


def digest_of_lines(session: Session, payouts: Iterable[Payout]) -> str:
    """The digest of the lines of a run's payouts, as the log has it."""
    values = {"payout_ids": [payout.id for payout in payouts]}
    return str(session.scalar(_STATEMENTS.digest_of_lines, values))


def prepared_body(run: PayoutRun, sums: Sequence[Money], digest: str) -> dict[str, Any]:
    """A run as the log keeps it: `sums` are what each payout paid of its debt when it was prepared, `digest` is of its
    lines. None of this changes afterwards.
    """
    totals: dict[str, Money] = {}
    for paid in sums:
        totals[paid.currency] = totals.get(paid.currency, Money.zero(paid.currency)) + paid
    return {
        "rail": run.rail,
        "due_by": day(run.due_by),
        "payouts": len(sums),
        "totals": [totals[currency].to_wire() for currency in sorted(totals)],
        "digest": digest,
    }
