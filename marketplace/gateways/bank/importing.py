"""Bringing bank statements in: each statement once, each line once, and what each line is to us."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.gateways.bank import camt053, csv_statements, details, mt940
from marketplace.gateways.bank.csv_layouts import layout_of
from marketplace.gateways.bank.errors import STATEMENT_CHANGED
from marketplace.gateways.bank.events import BANK_STATEMENT_IMPORTED
from marketplace.gateways.bank.pain001 import OwnAccount
from marketplace.gateways.bank.references import end_to_end_ids_in, message_ids_in
from marketplace.gateways.bank.statements import Entry, Statement, refused
from marketplace.gateways.bank_models import BankExpectation, BankFile, BankLine, BankStatement
from marketplace.kernel.actor import Actor
from marketplace.kernel.bank_numbers import creditor_references_in
from marketplace.kernel.canonical import day
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.rails.bank_files import ImportedStatement, KeptStatement, StatementGap
from marketplace.rails.csv_layouts import CsvStatement

BYTES_MAX = 50 * 1024 * 1024
LINES_MAX = 100_000


def import_statements(
    session: Session,
    actor: Actor,
    accounts: Mapping[str, OwnAccount],
    data: bytes,
    table: CsvStatement | None = None,
) -> list[ImportedStatement]:
    """Import every statement of a file, or none: camt.053, MT940, or a CSV by its layout, of our own accounts.

    A statement that is known already changes nothing. Needs reconciliation.match. Raises statement_invalid,
    statement_changed, not_found for an unknown layout.
    """
    actor.require("reconciliation.match")
    if len(data) > BYTES_MAX:
        raise refused(f"The file is larger than {BYTES_MAX // 1024 // 1024} MiB.")
    statements = _read(session, accounts, data, table)
    if not statements:
        raise refused("The file holds no statement.")
    # Two people who import at once would both find a statement new.
    advisory_xact_lock(session, "bank.import")
    return [_import(session, actor, accounts, statement) for statement in statements]


def _read(
    session: Session, accounts: Mapping[str, OwnAccount], data: bytes, table: CsvStatement | None
) -> list[Statement]:
    if table is not None:
        layout = layout_of(session, table.layout)
        own = accounts.get(layout.currency)
        if own is None:
            raise refused(f"We have no account in {layout.currency} (BANK_ACCOUNTS).")
        today = market_now(session).date()
        return csv_statements.read(data, layout, own.number, table.opening, table.closing, today)
    return camt053.read(data) if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else mt940.read(data)


def gaps(session: Session, actor: Actor) -> list[StatementGap]:
    """Where the chain of statements of an account is broken, the newest last. Needs reconciliation.read."""
    actor.require("reconciliation.read")
    found = []
    before: BankStatement | None = None
    ordered = select(BankStatement).order_by(BankStatement.account, BankStatement.closed_on, BankStatement.number)
    for row in session.scalars(ordered):
        if before is not None and before.account == row.account and before.closing != row.opening:
            closing = Money.from_minor_units(before.closing, before.currency)
            opening = Money.from_minor_units(row.opening, row.currency)
            found.append(StatementGap(row.account, before.statement_id, closing, row.statement_id, opening))
        before = row
    return found


def statements(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[KeptStatement]:
    """The statements that were imported, newest first. Needs reconciliation.read."""
    actor.require("reconciliation.read")
    page = paginate(
        session, select(BankStatement), keys=[BankStatement.number], cursor=cursor, limit=limit, descending=True
    )
    kept = [
        KeptStatement(
            account=row.account,
            statement_id=row.statement_id,
            opening=Money.from_minor_units(row.opening, row.currency),
            closing=Money.from_minor_units(row.closing, row.currency),
            closed_on=row.closed_on,
            line_count=row.line_count,
            imported_at=row.imported_at,
            imported_by=row.imported_by,
        )
        for row in page.data
    ]
    return Page(kept, page.next_cursor)


def _import(
    session: Session, actor: Actor, accounts: Mapping[str, OwnAccount], statement: Statement
) -> ImportedStatement:
    _require_sound(accounts, statement)
    known = session.scalar(
        select(BankStatement).where(
            BankStatement.account == statement.account, BankStatement.statement_id == statement.statement_id
        )
    )
    if known is not None and known.sha256 != statement.digest():
        raise STATEMENT_CHANGED.error(
            f"The statement {statement.statement_id} was imported before and says something else now."
        )
    if known is not None:
        return ImportedStatement(statement.account, statement.statement_id, statement.closed_on, is_new=False, kinds={})
    _require_page_before(session, statement)
    _require_not_there(session, statement)
    row = BankStatement(
        id=new_id(),
        account=statement.account,
        statement_id=statement.statement_id,
        currency=statement.opening.currency,
        opening=statement.opening.minor_units(),
        closing=statement.closing.minor_units(),
        closed_on=statement.closed_on,
        line_count=len(statement.entries),
        sha256=statement.digest(),
        imported_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    lines = _lines(session, row, statement.entries)
    session.add_all(lines)
    session.flush()
    body = {
        "statement": statement.statement_id,
        "lines": len(lines),
        "opening": statement.opening.to_wire(),
        "closing": statement.closing.to_wire(),
        "closed_on": day(statement.closed_on),
        "sha256": row.sha256.hex(),
    }
    record(session, BANK_STATEMENT_IMPORTED, actor, subject=("bank_statement", row.id), body=body)
    kinds = Counter(line.kind for line in lines)
    return ImportedStatement(statement.account, statement.statement_id, statement.closed_on, is_new=True, kinds=kinds)


def _require_sound(accounts: Mapping[str, OwnAccount], statement: Statement) -> None:
    currency = statement.opening.currency
    own = accounts.get(currency)
    if own is None or own.number != statement.account:
        raise refused(f"{statement.account} in {currency} is none of our accounts (BANK_ACCOUNTS).")
    if any(money.currency != currency for money in (statement.closing, *(one.amount for one in statement.entries))):
        raise refused(f"The statement {statement.statement_id} mixes currencies.")
    if len(statement.entries) > LINES_MAX:
        raise refused(f"The statement {statement.statement_id} has more than {LINES_MAX} lines.")
    moved = sum((entry.amount for entry in statement.entries), Money.zero(currency))
    if statement.opening + moved != statement.closing:
        raise refused(
            f"The statement {statement.statement_id} opens at {statement.opening}, its lines move {moved}, and yet it "
            f"closes at {statement.closing}."
        )


def _require_page_before(session: Session, statement: Statement) -> None:
    """A further page goes on where the page before it closed: no page may be missing, or come in another's place."""
    if not statement.page_before:
        return
    before = select(BankStatement.id).where(
        BankStatement.account == statement.account,
        BankStatement.closed_on <= statement.closed_on,
        BankStatement.closing == statement.opening.minor_units(),
        or_(*(BankStatement.statement_id.endswith(name, autoescape=True) for name in statement.page_before)),
    )
    if session.scalar(before.limit(1)) is None:
        raise refused(
            f"The page {statement.statement_id} opens at {statement.opening}, and the page before it, which closes "
            f"there, was not imported: bring the pages in their order."
        )


def _require_not_there(session: Session, statement: Statement) -> None:
    """The same days under another name, such as once as camt.053 and once as MT940, would be booked twice."""
    if not statement.entries:
        return
    same_day = select(BankStatement).where(
        BankStatement.account == statement.account,
        BankStatement.closed_on == statement.closed_on,
        BankStatement.closing == statement.closing.minor_units(),
        BankStatement.line_count > 0,
    )
    amounts = Counter((entry.booked_on, entry.amount.minor_units()) for entry in statement.entries)
    for row in session.scalars(same_day):
        lines = session.execute(
            select(BankLine.booked_on, BankLine.minor_units).where(BankLine.statement_id == row.id)
        ).all()
        # The balance may come back to what it was some pages ago.
        follows = bool(statement.page_before) or row.closing == statement.opening.minor_units()
        if not follows or amounts == Counter((line.booked_on, line.minor_units) for line in lines):
            raise STATEMENT_CHANGED.error(
                f"The statement {statement.statement_id} covers the days of {row.statement_id}, which was imported."
            )


def _lines(session: Session, row: BankStatement, entries: Sequence[Entry]) -> list[BankLine]:
    written = {reference for entry in entries for reference in creditor_references_in(entry.text)}
    expected = {
        one.reference: one
        for one in session.scalars(select(BankExpectation).where(BankExpectation.reference.in_(written)))
        if one.reference is not None
    }
    paid = Counter[str]()
    for reference, expectation in expected.items():
        earlier = select(func.count()).where(BankLine.deposit == expectation.idempotency_key)
        paid[reference] = session.scalars(earlier).one()
    named = {message for entry in entries for message in _files_in(entry)}
    known_files = session.scalars(
        select(BankFile.message_id).where(BankFile.message_id.in_(named), BankFile.currency == row.currency)
    ).all()
    lines = []
    for ordinal, entry in enumerate(entries, start=1):
        kind, reference, deposit = _meaning(row, ordinal, entry, expected, paid, known_files)
        lines.append(
            BankLine(
                statement_id=row.id,
                ordinal=ordinal,
                kind=kind,
                minor_units=entry.amount.minor_units(),
                currency=entry.amount.currency,
                booked_on=entry.booked_on,
                reference=reference,
                deposit=deposit,
                bank_reference=entry.bank_reference,
                said_id=details.keep(session, entry.text),
                other_id=None if entry.other is None else details.keep(session, entry.other.text()),
            )
        )
    return lines


def _meaning(
    row: BankStatement,
    ordinal: int,
    entry: Entry,
    expected: Mapping[str, BankExpectation],
    paid: Counter[str],
    known_files: Collection[str],
) -> tuple[str, str, str | None]:
    """What a line is to us: its kind, its reference, and the deposit that it brings."""
    ours = sorted(set(end_to_end_ids_in(entry.text)))
    came_in = entry.amount.amount > 0
    if len(ours) == 1 and not came_in:
        return "refund" if ours[0].startswith("RE") else "transfer", ours[0], None
    if len(ours) == 1 and entry.returned and ours[0].startswith("PO"):
        return "transfer_return", ours[0], None
    if entry.charge:
        return "fee", _own_name(row, ordinal, entry), None
    files = set(_files_in(entry))
    if not ours and not came_in and len(files) == 1 and files <= set(known_files):
        return "batch", files.pop(), None
    deposits = sorted(
        one
        for one in set(creditor_references_in(entry.text))
        if one in expected and expected[one].currency == entry.amount.currency
    )
    if came_in and not entry.returned and len(deposits) == 1:
        (reference,) = deposits
        paid[reference] += 1
        # A second payment under one reference is another deposit, under another reference of the rail.
        own = reference if paid[reference] == 1 else f"{reference}:{paid[reference]}"
        return "charge", own, expected[reference].idempotency_key
    return "other", _own_name(row, ordinal, entry), None


def _files_in(entry: Entry) -> list[str]:
    return message_ids_in(f"{entry.text} | {entry.batch}")


def _own_name(row: BankStatement, ordinal: int, entry: Entry) -> str:
    return entry.bank_reference or f"{row.statement_id}:{ordinal}"
