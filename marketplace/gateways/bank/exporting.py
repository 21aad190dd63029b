"""Making payment files: everything that waits for the bank, each payment in one file ever."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.gateways.bank import details
from marketplace.gateways.bank.events import BANK_FILE_MADE, BANK_FILE_TAKEN
from marketplace.gateways.bank.pain001 import OwnAccount, Payment, render
from marketplace.gateways.bank_models import BankFile, BankInstruction
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.rails.bank_files import PaymentFile, WaitingPayments
from marketplace.rails.freezing import require_unfrozen

PAYMENTS_MAX: Final = 5_000
"""Most payments in one file; what is beyond them goes into the next."""

_WAITS: Final = (BankInstruction.file_id.is_(None), BankInstruction.reference.is_not(None))


def export(session: Session, actor: Actor, accounts: Mapping[str, OwnAccount], *, trial: bool) -> list[BankFile]:
    """Make a file for each currency of everything that waits; returns them, none where nothing waits.

    The edge commits before anybody sees a file. A payment in a file is never put into another one. Needs
    payout_run.execute. Raises payouts_frozen.
    """
    actor.require("payout_run.execute")
    require_unfrozen(session)
    # Two who export at once: the second finds what the first left.
    advisory_xact_lock(session, "bank.export")
    made = []
    for currency in sorted(accounts):
        while waiting := session.scalars(
            select(BankInstruction)
            .where(*_WAITS, BankInstruction.currency == currency)
            .order_by(BankInstruction.id)
            .limit(PAYMENTS_MAX)
            .with_for_update()
        ).all():
            made.append(_make(session, actor, accounts[currency], waiting, trial=trial))
    return made


def waiting(session: Session, actor: Actor) -> list[WaitingPayments]:
    """How many payments wait for a file, and how much they are, by currency. Needs payout_run.read."""
    actor.require("payout_run.read")
    rows = session.execute(
        select(BankInstruction.currency, func.count(), func.sum(BankInstruction.minor_units))
        .where(*_WAITS)
        .group_by(BankInstruction.currency)
        .order_by(BankInstruction.currency)
    )
    return [WaitingPayments(count, Money.from_minor_units(int(total), currency)) for currency, count, total in rows]


def take_file(session: Session, actor: Actor, file_id: uuid.UUID) -> tuple[PaymentFile, bytes]:
    """A file that was made, with its bytes; that it was taken is in the log.

    Needs payout_run.execute. Raises not_found, sealed_unreadable.
    """
    actor.require("payout_run.execute")
    found = session.get(BankFile, file_id)
    if found is None:
        raise NOT_FOUND.error("There is no payment file with this id.", noun="bank_file")
    body = {"message": found.message_id, "sha256": found.sha256.hex()}
    record(session, BANK_FILE_TAKEN, actor, subject=("bank_file", found.id), body=body)
    return found, content_of(session, found)


def content_of(session: Session, file: BankFile) -> bytes:
    """The bytes that the file had, always the same ones. Raises sealed_unreadable, and ValueError for any others."""
    content = details.read(session, file.content_id).encode()
    if hashlib.sha256(content).digest() != file.sha256:
        raise ValueError(f"the payment file {file.message_id} is not what it was")
    return content


def files(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[PaymentFile]:
    """The files, newest first. Needs payout_run.read."""
    actor.require("payout_run.read")
    return paginate(session, select(BankFile), keys=[BankFile.id], cursor=cursor, limit=limit, descending=True)


def _make(
    session: Session, actor: Actor, account: OwnAccount, waiting: Sequence[BankInstruction], *, trial: bool
) -> BankFile:
    file_id = new_id()
    message_id, now = _message_id(file_id, trial=trial), market_now(session)
    content = render(message_id, now, account, [_payment(session, one) for one in waiting])
    total = sum((one.money for one in waiting), Money.zero(account.currency))
    file = BankFile(
        id=file_id,
        message_id=message_id,
        currency=account.currency,
        count=len(waiting),
        minor_units=total.minor_units(),
        sha256=hashlib.sha256(content).digest(),
        content_id=details.keep(session, content.decode()),
        created_at=now,
        made_by=actor.person_id,
    )
    session.add(file)
    session.flush()
    for one in waiting:
        one.file_id = file_id
    session.flush()
    body = {
        "message": message_id,
        "count": file.count,
        "amount": total.to_wire(),
        "sha256": file.sha256.hex(),
    }
    record(session, BANK_FILE_MADE, actor, subject=("bank_file", file_id), body=body)
    return file


def _message_id(file_id: uuid.UUID, *, trial: bool) -> str:
    """Unique for ever, in every database of ours; a file for trying says so."""
    return f"{'TEST' if trial else 'PW'}-{public('bank_file', file_id).rpartition('_')[2].upper()}"


def _payment(session: Session, one: BankInstruction) -> Payment:
    if one.destination_id is None or one.reference is None:
        raise ValueError(f"the instruction {one.id} has no account to pay to")
    return Payment(one.reference, one.money, details.read_details(details.read(session, one.destination_id)))
