"""What is due to whom: chosen, locked and summed by one statement, so that no run loads its installments."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, Date, Text, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import Subquery

from marketplace.kernel.money import SCALE_EXTRA
from marketplace.payouts.minimums import Minimums, due_since
from marketplace.payouts.ways import PayeeKey
from marketplace.quotes.queries import waits_for_rate
from marketplace.rails.models import PayoutDestination
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_holds import covered, held_payees
from marketplace.settlement.quality_collecting import owes
from marketplace.settlement.states import PAYABLE

INSTALLMENTS_MAX = 100_000
"""Most installments in one run; what is left over goes into the next."""

PAYOUTS_MAX = 10_000
"""Most payouts of installments in one run; with those of rests alone (`rests.RESTS_MAX`) it bounds a run's memory."""


@dataclass(frozen=True, slots=True)
class Due:
    """Locked installments of one payout, as their sums; none for a payout of rests alone.

    `amount` and `fee`, which is for what is paid early, are ledger units; `since` is the day since when the oldest is
    due, or was taken early. `ids` and `amounts` are those of each as PostgreSQL writes arrays, in the same order: they
    are given back to it, and never read here.
    """

    amount: int = 0
    fee: int = 0
    since: dt.date | None = None
    number: int = 0
    ids: str = "{}"
    amounts: str = "{}"

    @classmethod
    def of(cls, rows: Iterable[Installment], today: dt.date) -> "Due":
        """The sums of locked rows on that day."""
        taken = list(rows)
        return cls(
            sum(row.amount for row in taken),
            sum(row.fee_on(today).amount for row in taken),
            due_since(taken),
            len(taken),
            f"{{{','.join(str(row.id) for row in taken)}}}",
            f"{{{','.join(str(row.amount) for row in taken)}}}",
        )


def gather(
    session: Session, rail_name: str, due_by: dt.date, now: dt.datetime, minimums: Minimums
) -> dict[PayeeKey, Due]:
    """What is due to payees who can be paid on the rail, each whole, at most INSTALLMENTS_MAX and PAYOUTS_MAX together.

    Workers first, then who waits longest. Who is on other rails, has too little for one payout, or waits for a rate to
    the currency they chose, crowds nobody out. What finance holds is left out. Installments that another transaction
    has locked are left for the next run; the others are locked to the end of this one.
    """
    due = and_(Installment.state.in_(PAYABLE), or_(Installment.due_on <= due_by, Installment.advanced_at.is_not(None)))
    if held_payees(session, now.date()):
        due = and_(due, ~covered(now.date()))
    chosen = _chosen(due, rail_name, now, minimums)
    fee = case((Installment.due_on > now.date(), Installment.advance_fee), else_=0)
    # Where it was not taken early the second of the two days is unknown, and the first one is the least.
    since = func.least(Installment.due_on, cast(func.timezone("UTC", Installment.advanced_at), Date))
    locked = (
        select(*chosen.c["currency", "payee_kind", "payee_id", "contract_id"], Installment.id, Installment.amount)
        .add_columns(fee.label("fee"), since.label("since"))
        .join(
            chosen,
            and_(
                chosen.c.payee_kind == Installment.payee_kind,
                chosen.c.payee_id == Installment.payee_id,
                chosen.c.currency == Installment.currency,
                or_(chosen.c.contract_id.is_(None), chosen.c.contract_id == Installment.contract_id),
            ),
        )
        .where(due)
        .order_by(Installment.due_on, Installment.id)
        # FOR NO KEY UPDATE, as `lock_installments`, in the same order.
        .limit(INSTALLMENTS_MAX)
        .with_for_update(of=Installment, key_share=True, skip_locked=True)
        .subquery()
    )
    key = locked.c["currency", "payee_kind", "payee_id", "contract_id"]
    sums = select(
        *key,
        cast(func.sum(locked.c.amount), BigInteger).label("amount"),
        cast(func.sum(locked.c.fee), BigInteger).label("fee"),
        func.min(locked.c.since).label("since"),
        func.count().label("number"),
        cast(func.array_agg(locked.c.id), Text).label("ids"),
        cast(func.array_agg(locked.c.amount), Text).label("amounts"),
    ).group_by(*key)
    return {
        PayeeKey(row.currency, row.payee_kind, row.payee_id, row.contract_id): Due(
            row.amount, row.fee, row.since, row.number, row.ids, row.amounts
        )
        for row in session.execute(sums)
    }


def _chosen(due: ColumnElement[bool], rail_name: str, now: dt.datetime, minimums: Minimums) -> Subquery:
    """The payees of the run, before anything is locked."""
    # A worker is paid for all contracts together.
    contract_id = case((Installment.payee_kind == "layer", Installment.contract_id))
    key = (Installment.currency, Installment.payee_kind, Installment.payee_id, contract_id)
    # Summed before anything is looked up: there are far fewer payees than installments.
    sums = (
        select(*key[:3], contract_id.label("contract_id"))
        .add_columns(
            func.count().label("count"),
            func.sum(Installment.amount).label("amount"),
            func.min(Installment.due_on).label("due_on"),
        )
        .where(due)
        .group_by(*key)
        .subquery()
    )
    of_rail = {currency: least.amount for (name, currency), least in minimums.least.items() if name == rail_name}
    least = case(of_rail, value=sums.c.currency, else_=10**SCALE_EXTRA) if of_rail else literal(10**SCALE_EXTRA)
    too_little = and_(sums.c.amount < least, sums.c.due_on > now.date() - dt.timedelta(days=minimums.days_max))
    line = (
        too_little,
        sums.c.payee_kind.desc(),
        sums.c.due_on,
        sums.c.payee_id,
        sums.c.currency,
        sums.c.contract_id,
    )
    payable = select(PayoutDestination.payee_id).where(
        PayoutDestination.rail == rail_name, PayoutDestination.stopped_at.is_(None)
    )
    in_line = (
        select(
            sums,
            func.row_number().over(order_by=line).label("number"),
            func.sum(sums.c.count).over(order_by=line).label("running"),
        )
        .where(sums.c.payee_id.in_(payable), ~waits_for_rate(rail_name, sums.c.payee_id, sums.c.currency, now))
        # What a layer gives back for a quality claim it gives at one time: until there is enough, its margins wait.
        .where(or_(sums.c.payee_kind == "worker", ~owes(sums.c.payee_id, sums.c.currency)))
        .subquery()
    )
    # The first comes whole however much it is, up to the limit of all.
    fits = and_(in_line.c.running <= INSTALLMENTS_MAX, in_line.c.number <= PAYOUTS_MAX)
    return select(in_line).where(or_(fits, in_line.c.number == 1)).subquery()
