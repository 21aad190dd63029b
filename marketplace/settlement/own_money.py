"""The platform's own money: one person of finance proposes to move it, another approves, and only then it moves.

Capital in (J0), fees out (J17), the guarantee fund's part (J20), and what layers owe that is given up at the platform's
cost (J18, J10b). The journals are `ledger.treasury`'s and `writing_off`'s, which ask nobody.
"""

import uuid
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.identity.queries import has_finance
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import Posted
from marketplace.ledger.treasury import contribute, put_in_capital, require_positive, take_fees
from marketplace.settlement.errors import OWN_MONEY_CHANGED, OWN_MONEY_TWO_PEOPLE
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.own_money_events import (
    CAPITAL_PUT_IN_ALONE,
    OWN_MONEY_DONE,
    OWN_MONEY_PROPOSED,
    OWN_MONEY_REJECTED,
)
from marketplace.settlement.own_money_models import MOVES, OwnMoneyMove
from marketplace.settlement.quality_models import QualityClaim
from marketplace.settlement.states import OWN_MONEY_MOVE
from marketplace.settlement.writing_off import (
    owed_for_claim,
    owed_to_fund,
    write_off_extra,
    write_off_quality_claim,
)
from marketplace.work.parties import is_member
from marketplace.work.texts import reason_of

_VERBS: Final[dict[str, Callable[[Session, Actor, Money], Posted]]] = {
    "capital": put_in_capital,
    "fees": take_fees,
    "contribution": contribute,
}


def propose_move(session: Session, actor: Actor, kind: str, amount: Money, reason: str) -> OwnMoneyMove:
    """Propose to put capital in, take fees out, or give to the guarantee fund; another person does it.

    Needs own_money.move. Raises forbidden, invalid.
    """
    actor.require("own_money.move")
    if kind not in MOVES:
        message = f"What is moved is one of {', '.join(MOVES)}."
        raise INVALID.error(message, errors=[FieldError("/kind", "unknown", message)])
    require_positive(amount)
    return _propose(session, actor, OwnMoneyMove(kind=kind, amount=amount.amount, currency=amount.currency), reason)


def propose_write_off(session: Session, actor: Actor, noun: str, debt_id: uuid.UUID, reason: str) -> OwnMoneyMove:
    """Propose to give up what a layer owes for an `extra` or a `quality_claim`; another person does it.

    Needs own_money.move. Raises forbidden, not_found, invalid, own_money_two_people for a debt of one's own
    organization, state_conflict where nothing is owed or it is proposed.
    """
    actor.require("own_money.move")
    column = OwnMoneyMove.extra_id if noun == "extra" else OwnMoneyMove.quality_claim_id
    owed = owed_to_fund(session, debt_id) if noun == "extra" else owed_for_claim(session, debt_id)
    # The debt's row is locked: of two who propose it at once the second one finds the first one's.
    if session.scalar(select(exists().where(column == debt_id, OwnMoneyMove.state == "proposed"))):
        raise STATE_CONFLICT.error("It is proposed to give this up.", noun=noun, current="proposed")
    row = OwnMoneyMove(kind=noun, amount=owed.amount, currency=owed.currency, **{column.key: debt_id})
    _refuse_debtor(session, actor, row)
    return _propose(session, actor, row, reason)


def approve_move(session: Session, actor: Actor, move_id: uuid.UUID) -> OwnMoneyMove:
    """Do what another person proposed. Of a debt that came back in part meanwhile the rest is given up.

    Needs own_money.move. Raises forbidden, not_found, state_conflict, own_money_two_people, coverage_short, and
    own_money_changed where more is owed by now than was proposed to be given up.
    """
    actor.require("own_money.move")
    row = _lock(session, move_id)
    OWN_MONEY_MOVE.check(row.state, "done")
    if actor.person == row.proposed_by:
        raise OWN_MONEY_TWO_PEOPLE.error("You proposed this; another person must approve it.")
    _refuse_debtor(session, actor, row)
    done = _do(session, actor, row)
    _decide(session, actor, row, "done", done.amount)
    _record(session, OWN_MONEY_DONE, actor, row, {"done": done.to_wire()})
    return row


def reject_move(session: Session, actor: Actor, move_id: uuid.UUID) -> OwnMoneyMove:
    """Give a proposal up, also one's own. Needs own_money.move. Raises forbidden, not_found, state_conflict."""
    actor.require("own_money.move")
    row = _lock(session, move_id)
    OWN_MONEY_MOVE.check(row.state, "rejected")
    _decide(session, actor, row, "rejected")
    _record(session, OWN_MONEY_REJECTED, actor, row)
    return row


def put_in_first_capital(session: Session, actor: Actor, amount: Money, reason: str) -> None:
    """Book capital on nobody's approval, before the platform has anybody of finance; the log says that.

    By command only. Raises invalid, and own_money_two_people once somebody is of finance, or two have moved money.
    """
    reason = reason_of(reason, "/reason")
    if has_finance(session) or session.scalar(select(exists().where(OwnMoneyMove.state == "done"))):
        raise OWN_MONEY_TWO_PEOPLE.error("The platform has people of finance: one proposes it, another approves.")
    posted = put_in_capital(session, actor, amount)
    body = {"amount": amount.to_wire(), "reason_commitment": said(reason)}
    record(session, CAPITAL_PUT_IN_ALONE, actor, subject=("journal", posted.journal_id), body=body)


def _propose(session: Session, actor: Actor, row: OwnMoneyMove, reason: str) -> OwnMoneyMove:
    row.reason, row.proposed_by = reason_of(reason, "/reason"), actor.person
    session.add(row)
    session.flush()
    session.refresh(row)
    _record(session, OWN_MONEY_PROPOSED, actor, row, {"reason_commitment": said(row.reason)})
    return row


def _do(session: Session, actor: Actor, row: OwnMoneyMove) -> Money:
    if row.extra_id is not None:
        _require_no_more(row, owed_to_fund(session, row.extra_id))
        return write_off_extra(session, actor, row.extra_id, row.reason)
    if row.quality_claim_id is not None:
        _require_no_more(row, owed_for_claim(session, row.quality_claim_id))
        return write_off_quality_claim(session, actor, row.quality_claim_id, row.reason)
    _VERBS[row.kind](session, actor, row.money)
    return row.money


def _refuse_debtor(session: Session, actor: Actor, row: OwnMoneyMove) -> None:
    """Nobody gives up what an organization of theirs owes."""
    debtor = None
    if row.extra_id is not None:
        debtor = session.get_one(Extra, row.extra_id).debtor_organization_id
    elif row.quality_claim_id is not None:
        debtor = session.get_one(QualityClaim, row.quality_claim_id).against_organization_id
    if debtor is not None and is_member(session, actor.person, [debtor]):
        raise OWN_MONEY_TWO_PEOPLE.error("Your own organization owes this; others decide on it.")


def _require_no_more(row: OwnMoneyMove, owed: Money) -> None:
    if owed.amount > row.amount:
        raise OWN_MONEY_CHANGED.error(f"{owed} is owed by now, more than the {row.money} that was proposed.")


def _lock(session: Session, move_id: uuid.UUID) -> OwnMoneyMove:
    row = session.get(OwnMoneyMove, move_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NOT_FOUND.error("There is no move with this id.", noun="own_money_move")
    return row


def _decide(session: Session, actor: Actor, row: OwnMoneyMove, state: str, done: int | None = None) -> None:
    now = market_now(session)
    row.state, row.decided_by, row.decided_at, row.done_amount = state, actor.person, now, done
    session.flush()


def _record(
    session: Session, kind: EventKind, actor: Actor, row: OwnMoneyMove, more: dict[str, Any] | None = None
) -> None:
    body = {
        "kind": row.kind,
        "amount": row.money.to_wire(),
        "extra": None if row.extra_id is None else public("extra", row.extra_id),
        "quality_claim": None if row.quality_claim_id is None else public("quality_claim", row.quality_claim_id),
        **(more or {}),
    }
    record(session, kind, actor, subject=("own_money_move", row.id), body=body)
