"""Orders that the bank never executed: two people say so, once its statements have had the days to show them.

If the bank executes one later all the same, its line finds no payout that waits for it: a late execution, which people
take for what it is.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.gateways.bank import finding
from marketplace.gateways.bank_models import BankFile, BankInstruction, BankStatement
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT, DomainError
from marketplace.kernel.ids import public
from marketplace.ledger.recipes.accounts import BANK
from marketplace.payouts import unexecuted
from marketplace.payouts.calling import lock_payout
from marketplace.payouts.models import Payout
from marketplace.rails.bank_files import NotExecuted
from marketplace.rails.freezing import require_unfrozen
from marketplace.rails.port import Refused
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.suspense import look_again

EXECUTION_DAYS_MAX: Final = 3
"""A payment counts as not executed only once statements without a gap reach so many days beyond its file's."""

NOT_EXECUTED: Final = Refused("not_executed_by_bank", "No statement shows it, and two people said so.")


@dataclass(frozen=True, slots=True)
class Silence:
    """The statements in which an order could stand and does not, and the file that it was in."""

    instruction: BankInstruction
    file: BankFile
    statements: list[BankStatement]


def declare(session: Session, actor: Actor, payout_id: uuid.UUID) -> None:
    """See `marketplace.rails.bank_files.FileRail.declare_not_executed`."""
    actor.require("payout_run.approve")
    require_unfrozen(session)
    # A statement that is just being imported may show it.
    advisory_xact_lock(session, "bank.import")
    payout = lock_payout(session, payout_id)
    if payout is None or payout.rail != BANK:
        raise NOT_FOUND.error("There is no payout with this id at the bank.", noun="payout")
    silence = _require_silence(session, payout)
    first = unexecuted.say_not_executed(session, actor, payout)
    if first is None:
        return
    evidence = {
        "file": silence.file.message_id,
        "report": None,
        "statements": [row.statement_id for row in silence.statements],
        "reach": day(silence.statements[-1].closed_on),
        "people": [public("person", person_id) for person_id in (first, actor.person)],
    }
    unexecuted.refuse_sent(session, actor, payout, NOT_EXECUTED, evidence)
    end(session, silence.instruction, NOT_EXECUTED.code)


def may_declare(session: Session, payout_id: uuid.UUID) -> NotExecuted | None:
    """See `marketplace.rails.bank_files.FileRail.may_declare`."""
    payout = session.get(Payout, payout_id)
    if payout is None or payout.rail != BANK or payout.state != "sent":
        return None
    said = unexecuted.said_by(session, payout)
    try:
        _require_silence(session, payout)
    except DomainError as refusal:
        return NotExecuted(refusal.detail, said)
    return NotExecuted("", said)


def end(session: Session, instruction: BankInstruction, code: str) -> None:
    """The bank will not execute an order: nobody looks for it any more, unless a statement shows it."""
    instruction.ended_code, instruction.ended_at = code, market_now(session)
    session.flush()


def adopt_late(session: Session, actor: Actor, payout_id: uuid.UUID) -> None:
    """See `marketplace.rails.bank_files.FileRail.adopt_late`."""
    actor.require("payout_run.approve")
    require_unfrozen(session)
    payout = lock_payout(session, payout_id)
    if payout is None or payout.rail != BANK:
        raise NOT_FOUND.error("There is no payout with this id at the bank.", noun="payout")
    paid = [one for one in finding.transfers(session, public("payout", payout.id)) if one.refused is None]
    shown = [one for one in paid if finding.is_shown(session, one.reference)]
    if len(paid) != 1 or len(shown) != 1 or shown[0].amount != payout.paid:
        raise STATE_CONFLICT.error(
            "Only a payout of which statements show exactly one payment, of its whole amount, can be taken for paid.",
            noun="payout",
            current=payout.state,
            target="sent",
        )
    unexecuted.adopt_late(session, actor, payout, shown[0])
    aside = select(ExternalLine.id).where(
        ExternalLine.rail == BANK, ExternalLine.reference == shown[0].reference, ExternalLine.state == "set_aside"
    )
    for line_id in session.scalars(aside):
        look_again(session, actor, line_id, f"executed late: {public('payout', payout.id)}")


def _require_silence(session: Session, payout: Payout) -> Silence:
    """Refuse, with state_conflict, while statements do not prove that the bank did not execute the payout."""
    row = session.execute(
        select(BankInstruction, BankFile)
        .outerjoin(BankFile, BankFile.id == BankInstruction.file_id)
        .where(BankInstruction.reference == payout.rail_reference)
    ).one_or_none()
    if payout.state != "sent" or row is None:
        raise _not_yet(payout, f"This payout is {payout.state}; only one that is sent can turn out not to be executed.")
    instruction, file = row
    if file is None:
        raise _not_yet(payout, "This payout is in no payment file yet, so that the bank cannot have executed it.")
    if finding.is_shown(session, payout.rail_reference or ""):
        raise _not_yet(payout, "A statement shows this payment: it was executed.")
    statements = _statements_since(session, payout, file)
    _require_no_other_debit(session, payout, file)
    return Silence(instruction, file, statements)


def _require_no_other_debit(session: Session, payout: Payout, file: BankFile) -> None:
    """A debit that nothing explains may hold the payment, alone or with others, without its reference."""
    unknown = session.scalars(
        select(ExternalLine)
        .where(
            ExternalLine.rail == BANK,
            ExternalLine.state != "matched",
            ExternalLine.kind.in_(("other", "batch")),
            ExternalLine.currency == payout.paid.currency,
            ExternalLine.amount <= -payout.paid.amount,
            ExternalLine.occurred_at >= dt.datetime.combine(file.created_at.date(), dt.time(), dt.UTC),
        )
        .order_by(ExternalLine.id)
        .limit(1)
    ).one_or_none()
    if unknown is not None:
        raise _not_yet(
            payout,
            f"{public('external_line', unknown.id)} took {-unknown.money} and is not explained: it may be this payment "
            f"or hold it. Say first what it was.",
        )


def _statements_since(session: Session, payout: Payout, file: BankFile) -> list[BankStatement]:
    made_on = file.created_at.date()
    wanted_until = made_on + dt.timedelta(days=EXECUTION_DAYS_MAX)
    of_account = select(BankStatement).where(BankStatement.currency == file.currency)
    before = session.scalars(
        of_account.where(BankStatement.closed_on < made_on)
        .order_by(BankStatement.closed_on.desc(), BankStatement.number.desc())
        .limit(1)
    ).one_or_none()
    after = list(
        session.scalars(
            of_account.where(BankStatement.closed_on >= made_on).order_by(BankStatement.closed_on, BankStatement.number)
        )
    )
    if before is None:
        raise _not_yet(payout, f"No statement of a day before the payment file's, {made_on}, was imported.")
    if not after or after[-1].closed_on < wanted_until:
        raise _not_yet(
            payout,
            f"Statements must reach up to {wanted_until} first, {EXECUTION_DAYS_MAX} days after the payment file.",
        )
    for one, following in zip([before, *after], after, strict=False):
        if (one.account, one.closing) != (following.account, following.opening):
            raise _not_yet(
                payout, f"A statement is missing between {one.statement_id} and {following.statement_id}: import it."
            )
    return after


def _not_yet(payout: Payout, message: str) -> DomainError:
    return STATE_CONFLICT.error(message, noun="payout", current=payout.state, target="refused")
