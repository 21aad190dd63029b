"""Rebuilding payouts that were made after the backup which this database was restored from.

The rail still has the transfer: the payout's id in its transfer group, the destination and the amount. What was due
to the payee of that destination, oldest first, is taken as long as its sum is not the transfer's, to the cent.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import and_
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, parse, public
from marketplace.payouts.adopting import lock_not_asked, payouts_not_asked, take_over
from marketplace.payouts.calling import find_paid
from marketplace.payouts.cancelling import cancel_payouts
from marketplace.payouts.events import RUN_STARTED
from marketplace.payouts.gathering import Due
from marketplace.payouts.history import move
from marketplace.payouts.models import DESTINATION, Payout, PayoutRun
from marketplace.payouts.preparing import carried_over, draft_payout, note_prepared, put_into
from marketplace.payouts.quoting import keep_quotes
from marketplace.payouts.ways import PayeeKey, Way
from marketplace.payouts.withholding import TaxLine, in_force, keep_withheld
from marketplace.quotes.queries import known_rates
from marketplace.rails.methods import payees_at
from marketplace.rails.port import Found, Rail, RailLine, Transactions, step_of
from marketplace.settlement.holding import lock_installments
from marketplace.settlement.models import Installment
from marketplace.settlement.states import PAYABLE


def rebuild(transactions: Transactions, actor: Actor, rail: Rail, payee_kind: str, lines: Iterable[RailLine]) -> int:
    """Rebuild payouts to workers, or to layers, behind these lines of transfers; returns how many.

    Of each destination the oldest: what the next one took along is known only once that is settled. What is known
    already, or fits nothing that is due, is left alone. The actor is a person: they stand for the runs that hold the
    payouts. Raises rail_silent.
    """
    rebuilt: set[str] = set()
    for line in lines:
        try:
            payout_id = parse("payout", line.transfer_group or "")
        except DomainError:
            continue  # no payout of ours was ever sent under it
        with transactions() as session:
            if session.get(Payout, payout_id) is not None:
                continue
        paid = find_paid(rail, public("payout", payout_id))
        if len(paid) != 1 or paid[0].destination in rebuilt:
            continue
        of = (actor, rail, payee_kind, payout_id, paid[0], line.occurred_at)
        with transactions() as session:
            fits = _rebuild(session, *of)
        if fits or _rebuild_instead(transactions, *of):
            rebuilt.add(paid[0].destination)
    return len(rebuilt)


def _rebuild(
    session: Session, actor: Actor, rail: Rail, payee_kind: str, payout_id: uuid.UUID, found: Found, at: dt.datetime
) -> bool:
    advisory_xact_lock(session, "payouts.prepare")
    for key, rows, way in _candidates(session, rail, payee_kind, found, at):
        carried_in = carried_over(session, {key.payee_id}).get(key, 0)
        now = market_now(session)
        # One run for each: who prepared the lost one, and for which day, nobody knows any more.
        due_by = min(max((row.due_on for row in rows), default=now.date()), now.date())
        run = PayoutRun(id=new_id(), rail=rail.name, due_by=due_by, prepared_by=actor.person, prepared_at=now)
        due = Due.of(rows, at.date())
        payout = draft_payout(run, key, due, carried_in, way, at)
        if payout is None or payout.paid != found.amount:
            continue
        payout.id = payout_id
        DESTINATION.put(session, payout, found.destination)
        run.state, run.executed_by, run.executed_at = "executing", actor.person, now
        session.add(run)
        session.flush()
        session.add(payout)
        session.flush()
        put_into(session, {payout.id: due}, at.date())
        note_prepared(session, actor, run, [payout])
        keep_quotes(session, actor, [payout])
        keep_withheld(session, [payout], {payout.payee_id: way.taxes})
        record(session, RUN_STARTED, actor, subject=("payout_run", run.id), body={"payouts": 1})
        body = {"reference": found.reference, "key": found.key}
        move(session, payout, "approved", "rebuilt", person_id=actor.person_id, body=body)
        take_over(session, actor, payout, found)
        return True
    return False


def _rebuild_instead(
    transactions: Transactions,
    actor: Actor,
    rail: Rail,
    payee_kind: str,
    payout_id: uuid.UUID,
    found: Found,
    at: dt.datetime,
) -> bool:
    """Rebuild it of what payouts to there hold that the rail never made: since the backup they were cancelled.

    Left as they are, they would be sent one day and pay the same twice. Where it does not fit either, they stay.
    """
    with transactions() as session:
        payees = payees_at(session, rail.name, found.destination)
        waiting = payouts_not_asked(session, rail, payee_kind, Payout.payee_id.in_(payees))
    never_made = [one for one in waiting if not find_paid(rail, public("payout", one))]
    if not never_made:
        return False
    with transactions() as session, session.begin_nested() as given_up:
        advisory_xact_lock(session, "payouts.prepare")
        cancel_payouts(session, actor, lock_not_asked(session, never_made))
        if _rebuild(session, actor, rail, payee_kind, payout_id, found, at):
            return True
        given_up.rollback()
    return False


def _candidates(
    session: Session, rail: Rail, payee_kind: str, found: Found, at: dt.datetime
) -> Iterator[tuple[PayeeKey, list[Installment], Way]]:
    """What may have been paid, and how: by payee of the destination, all that is due up to each of its days.

    In the currency of the transfer as it is owed, or changed at each rate that is known, first those that were valid
    when the transfer was made: what was taken since the backup is lost, and may have been taken anew.
    What was taken early is in the first run after that, whatever its day. What payouts left over may have gone alone.
    """
    rows = lock_installments(
        session,
        and_(
            Installment.state.in_(PAYABLE),
            Installment.payee_kind == payee_kind,
            Installment.payee_id.in_(payees_at(session, rail.name, found.destination)),
        ),
    )
    groups: dict[PayeeKey, list[Installment]] = {}
    for row in rows:
        contract_id = row.contract_id if row.payee_kind == "layer" else None
        groups.setdefault(PayeeKey(row.currency, row.payee_kind, row.payee_id, contract_id), []).append(row)
    rests = {
        key
        for key, rest in carried_over(session, payees_at(session, rail.name, found.destination)).items()
        if rest > 0 and key.payee_kind == payee_kind == "worker"
    }
    groups.update((key, []) for key in rests - groups.keys())
    taxes = in_force(session, {key.payee_id for key in groups}, at.date())
    for key in sorted(groups, key=lambda one: (one.currency != found.amount.currency, str(one))):
        early = [row for row in groups[key] if row.advanced_at is not None]
        others = [row for row in groups[key] if row.advanced_at is None]
        for way in _ways(session, rail, key.currency, found, at, taxes.get(key.payee_id, ())):
            if key in rests:
                yield key, [], way
            for day in sorted({row.due_on for row in others} or {row.due_on for row in early[:1]}):
                yield key, [*early, *(row for row in others if row.due_on <= day)], way


def _ways(
    session: Session, rail: Rail, owed: str, found: Found, at: dt.datetime, taxes: Sequence[TaxLine]
) -> list[Way]:
    paid = found.amount.currency
    step = step_of(rail, paid)
    if owed == paid:
        return [Way(step, taxes=taxes)]
    rates = known_rates(session, owed, paid, at)
    return [Way(step_of(rail, owed), rate, step, taxes) for rate in rates]
