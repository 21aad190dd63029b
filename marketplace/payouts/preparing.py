"""Preparing and calling off a payout run: what is due becomes payouts in whole minor units."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import SCALE_EXTRA, Money
from marketplace.payouts.errors import NOTHING_DUE
from marketplace.payouts.events import RUN_PREPARED
from marketplace.payouts.minimums import NO_MINIMUMS, Minimums, due_since
from marketplace.payouts.models import DESTINATION, Payout, PayoutRun
from marketplace.payouts.quoting import change_taxed, keep_quotes
from marketplace.payouts.rests import rests_alone
from marketplace.payouts.states import LIVE
from marketplace.payouts.ways import PayeeKey, Way, Ways
from marketplace.payouts.withholding import in_force, keep_withheld, tax_of
from marketplace.quotes.queries import waits_for_rate
from marketplace.rails.freezing import require_unfrozen
from marketplace.rails.methods import destinations_of
from marketplace.rails.models import PayoutDestination
from marketplace.rails.port import NO_RAILS, Rails
from marketplace.settlement.holding import lock_installments, put_into_payouts
from marketplace.settlement.models import Installment
from marketplace.settlement.quality_collecting import owes
from marketplace.settlement.states import PAYABLE

_STATEMENTS = load(__file__, "preparing.sql")

INSTALLMENTS_MAX = 20_000
"""Most installments in one run; what is left over goes into the next."""


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
    now = market_now(session)
    due_by = min(due_by or now.date(), now.date())
    groups = _due_by_payee(session, rail_name, due_by, now, minimums)
    rests = rests_alone(session, rail_name, now, minimums)
    groups.update((key, []) for key in rests)
    destinations = destinations_of(session, rail_name, {key.payee_id for key in groups})
    taxes = in_force(session, list(destinations), now.date())
    ways = Ways(session, rail_name, rails, minimums, list(destinations), taxes)
    carried = carried_over(session, {key.payee_id for key in groups})
    run = PayoutRun(id=new_id(), rail=rail_name, due_by=due_by, prepared_by=prepared_by, prepared_at=now)
    drafts = [
        draft
        for key, rows in sorted(groups.items(), key=lambda group: _order(group[0]))
        if key.payee_id in destinations
        and (way := _after_waiting(ways.of(key), rests.get(key) or due_since(rows), now, minimums)) is not None
        and (draft := draft_payout(run, key, rows, carried.get(key, 0), way, now)) is not None
    ]
    if not drafts:
        raise NOTHING_DUE.error(f"Nothing that is due by {due_by} can be paid on the rail {rail_name} now.")
    session.add(run)
    session.flush()
    for payout in drafts:
        DESTINATION.put(session, payout, destinations[payout.payee_id])
        session.add(payout)
    session.flush()
    lines = [(payout.id, row.id, row.amount) for payout in drafts for row in groups[key_of(payout)]]
    add_lines(session, lines)
    put_into_payouts(session, {payout.id: groups[key_of(payout)] for payout in drafts}, now.date())
    sums = [payout.money for payout in drafts]
    record(session, RUN_PREPARED, actor, subject=("payout_run", run.id), body=prepared_body(run, sums, lines))
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


def _due_by_payee(
    session: Session, rail_name: str, due_by: dt.date, now: dt.datetime, minimums: Minimums
) -> dict[PayeeKey, list[Installment]]:
    """What is due to whole payees who can be paid on the rail, at most INSTALLMENTS_MAX together.

    Workers first, then who waits longest. Who is on other rails, has too little for one payout, or waits for a rate to
    the currency they chose, crowds nobody out.
    """
    early = Installment.advanced_at.is_not(None)
    # What a layer gives back for a quality claim it gives at one time: until there is enough, its margins wait.
    free = or_(Installment.payee_kind == "worker", ~owes(Installment.payee_id, Installment.currency))
    due = and_(Installment.state.in_(PAYABLE), or_(Installment.due_on <= due_by, early), free)
    payable = select(PayoutDestination.payee_id).where(PayoutDestination.rail == rail_name)
    of_rail = {currency: least.amount for (name, currency), least in minimums.least.items() if name == rail_name}
    least = case(of_rail, value=Installment.currency, else_=10**SCALE_EXTRA) if of_rail else literal(10**SCALE_EXTRA)
    sums = (
        select(
            Installment.payee_id,
            Installment.currency,
            func.count().label("count"),
            func.sum(func.count())
            .over(
                order_by=(
                    and_(
                        func.sum(Installment.amount) < least,
                        func.min(Installment.due_on) > now.date() - dt.timedelta(days=minimums.days_max),
                    ),
                    func.min(Installment.payee_kind).desc(),
                    func.min(Installment.due_on),
                    Installment.payee_id,
                    Installment.currency,
                )
            )
            .label("running"),
        )
        .where(due, Installment.payee_id.in_(payable))
        .where(~waits_for_rate(rail_name, Installment.payee_id, Installment.currency, now))
        .group_by(Installment.payee_id, Installment.currency)
        .subquery()
    )
    # The first comes whole however much it is, up to the limit below.
    chosen = select(sums.c.payee_id, sums.c.currency).where(
        (sums.c.running <= INSTALLMENTS_MAX) | (sums.c.running == sums.c.count)
    )
    rows = lock_installments(
        session,
        and_(due, tuple_(Installment.payee_id, Installment.currency).in_(chosen)),
        limit=INSTALLMENTS_MAX,
        skip_locked=True,
    )
    groups: dict[PayeeKey, list[Installment]] = {}
    for row in rows:
        contract_id = row.contract_id if row.payee_kind == "layer" else None
        groups.setdefault(PayeeKey(row.currency, row.payee_kind, row.payee_id, contract_id), []).append(row)
    return groups


def carried_over(session: Session, payee_ids: Collection[uuid.UUID]) -> Mapping[PayeeKey, int]:
    """What earlier payouts left over and no other payout has taken along yet, by payee; never negative.

    A payout leaves its rest over once it is settled, and none once it came back; while it lives it only keeps what it
    took along, so that giving it up finds all of its installments' money where it was.
    """
    rest = case((Payout.state.in_(LIVE), -Payout.carried_in), else_=Payout.carried_out - Payout.carried_in)
    rows = session.execute(
        select(Payout.currency, Payout.payee_kind, Payout.payee_id, Payout.contract_id, func.sum(rest))
        .where(Payout.payee_id.in_(payee_ids), Payout.state.not_in(("cancelled", "returned")))
        .group_by(Payout.currency, Payout.payee_kind, Payout.payee_id, Payout.contract_id)
    )
    return {PayeeKey(row[0], row[1], row[2], row[3]): int(row[4]) for row in rows}


def draft_payout(
    run: PayoutRun,
    key: PayeeKey,
    rows: Sequence[Installment],
    carried_in: int,
    way: Way,
    now: dt.datetime,
) -> Payout | None:
    """A payout of these installments and what is carried in; None where that is too little for the rail."""
    fee = sum(row.fee_on(now.date()).amount for row in rows)
    owed = Money(sum(row.amount for row in rows) - fee + carried_in, key.currency)
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
        advance_fee=fee,
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


def add_lines(session: Session, lines: Collection[tuple[uuid.UUID, uuid.UUID, int]]) -> None:
    """Write the lines of payouts: (payout, installment, ledger units); a payout of rests alone has none."""
    if not lines:
        return
    payout_ids, installment_ids, amounts = zip(*lines, strict=True)
    values = {"payout_ids": list(payout_ids), "installment_ids": list(installment_ids), "amounts": list(amounts)}
    session.execute(_STATEMENTS.add_lines, values)


def prepared_body(
    run: PayoutRun, sums: Sequence[Money], lines: Sequence[tuple[uuid.UUID, uuid.UUID, int]]
) -> dict[str, Any]:
    """A run as the log keeps it: `sums` are what each payout paid of its debt when it was prepared, `lines` are
    (payout, installment, ledger units). None of this changes afterwards.
    """
    totals: dict[str, Money] = {}
    for paid in sums:
        totals[paid.currency] = totals.get(paid.currency, Money.zero(paid.currency)) + paid
    listed = sorted(
        f"{public('payout', payout_id)} {public('installment', installment_id)} {amount}\n"
        for payout_id, installment_id, amount in lines
    )
    return {
        "rail": run.rail,
        "due_by": day(run.due_by),
        "payouts": len(sums),
        "totals": [totals[currency].to_wire() for currency in sorted(totals)],
        "digest": hashlib.sha256("".join(listed).encode()).hexdigest(),
    }
