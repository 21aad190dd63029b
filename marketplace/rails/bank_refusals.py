"""Payees' own banks that do not take what the rail pays on: nothing is paid there until the rail says that it works.

What a webhook says is only a hint to ask. So forged, doubled, reordered and late ones change nothing: what counts is
what the rail answers about the account now.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import new_id, public
from marketplace.rails.bank_refusal_models import BankRefusal
from marketplace.rails.changing import Payee
from marketplace.rails.events import BANK_REFUSED, DESTINATION_RESUMED
from marketplace.rails.models import DESTINATION, PayoutDestination
from marketplace.rails.onward import BankRefused, Standing

SETTLING: Final = dt.timedelta(hours=1)
"""So long a refusal counts although the account seems well, where it still pays to the same bank account: a rail may
show that as closed a moment later than it tells of the refusal."""


def write_standing(session: Session, payee_id: uuid.UUID, rail: str, destination: str, standing: Standing) -> bool:
    """Keep what the rail answered about the payee's account; says whether nothing may be paid there now.

    The first word of a refusal is told to the payee, and so is the end of a stop, which lets what was held fall due. An
    answer about another account than the present one changes nothing.
    """
    present = session.get(PayoutDestination, (payee_id, rail), with_for_update=True, populate_existing=True)
    if present is None or present.destination_digest not in DESTINATION.digests(session, destination, rail):
        return False
    now, payee = market_now(session), Payee(present.payee_kind, payee_id)
    fresh = _keep(session, payee, rail, standing.refused)
    open_ones = _open(session, payee_id, rail)
    stopped = _stops(open_ones, standing, now)
    was_stopped = present.stopped_at is not None
    if stopped:
        present.stopped_at = present.stopped_at or now
    else:
        for one in open_ones:
            one.ended_at = now
        if was_stopped:
            present.stopped_at, present.changed_at = None, now
    session.flush()
    if fresh:
        refusals = [public("bank_refusal", one) for one in fresh]
        _tell(session, payee, BANK_REFUSED, {"rail": rail, "refusals": refusals, "stopped": stopped})
    if was_stopped and not stopped:
        _tell(session, payee, DESTINATION_RESUMED, {"rail": rail})
    return stopped


def _tell(session: Session, payee: Payee, kind: EventKind, body: dict[str, Any]) -> None:
    record(
        session,
        kind,
        system_actor("look_at_banks"),
        subject=payee.subject,
        organizations=payee.organizations,
        people=payee.people,
        body=body,
    )


def _keep(session: Session, payee: Payee, rail: str, refused: Sequence[BankRefused]) -> list[uuid.UUID]:
    """Those that are new, by id."""
    if not refused:
        return []
    rows = [
        {
            "id": new_id(),
            "payee_kind": payee.kind,
            "payee_id": payee.id,
            "rail": rail,
            "reference": one.reference,
            "amount": one.amount.amount,
            "currency": one.amount.currency,
            "code": one.code,
            "bank_account": one.bank_account,
            "made_at": one.made_at,
        }
        for one in refused
    ]
    statement = insert(BankRefusal).values(rows).on_conflict_do_nothing(index_elements=["rail", "reference"])
    return sorted(session.scalars(statement.returning(BankRefusal.id)))


def _stops(open_ones: Sequence[BankRefusal], standing: Standing, now: dt.datetime) -> bool:
    if not standing.pays_on:
        return bool(open_ones)
    return any(one.bank_account in standing.bank_accounts and one.noted_at > now - SETTLING for one in open_ones)


def _open(session: Session, payee_id: uuid.UUID, rail: str) -> Sequence[BankRefusal]:
    wanted = select(BankRefusal).where(
        BankRefusal.payee_id == payee_id, BankRefusal.rail == rail, BankRefusal.ended_at.is_(None)
    )
    return session.scalars(wanted.order_by(BankRefusal.id)).all()


def is_stopped(session: Session, payee_id: uuid.UUID, rail: str) -> bool:
    """Whether the payee's bank does not take what is paid to them over the rail."""
    stopped = select(PayoutDestination.rail).where(
        PayoutDestination.payee_id == payee_id,
        PayoutDestination.rail == rail,
        PayoutDestination.stopped_at.is_not(None),
    )
    return session.scalar(stopped) is not None


def stopped_rails(session: Session, payee_id: uuid.UUID) -> dict[str, list[BankRefusal]]:
    """The rails over which the payee is not paid now, each with what their bank did not take."""
    rails = select(PayoutDestination.rail).where(
        PayoutDestination.payee_id == payee_id, PayoutDestination.stopped_at.is_not(None)
    )
    return {
        rail: list(_open(session, payee_id, rail)) for rail in session.scalars(rails.order_by(PayoutDestination.rail))
    }


def bank_refusals(
    session: Session, actor: Actor, *, state: str | None = None, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[BankRefusal]:
    """What payees' banks did not take, newest first. Raises forbidden without payout_run.read."""
    actor.require("payout_run.read")
    query = select(BankRefusal)
    if state is not None:
        is_open = BankRefusal.ended_at.is_(None)
        query = query.where(is_open if state == "open" else ~is_open)
    return paginate(session, query, keys=[BankRefusal.id], cursor=cursor, limit=limit, descending=True)


def stopped_payees(session: Session) -> int:
    """On how many rails of payees nothing is paid, because their bank did not take it."""
    return session.scalar(select(func.count()).where(PayoutDestination.stopped_at.is_not(None))) or 0


def stopped_everywhere() -> Select[uuid.UUID]:
    """The payees who have said where to be paid, and can be paid nowhere of it."""
    other = aliased(PayoutDestination)
    elsewhere = exists().where(other.payee_id == PayoutDestination.payee_id, other.stopped_at.is_(None))
    return select(PayoutDestination.payee_id).where(PayoutDestination.stopped_at.is_not(None), ~elsewhere)
