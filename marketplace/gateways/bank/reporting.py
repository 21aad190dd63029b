"""Bringing in a bank's report on a payment file: what it rejects is refused for certain, all else is noted."""

import hashlib
from collections import Counter
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.locks import advisory_xact_lock
from marketplace.gateways.bank import finding, pain002, unexecuted
from marketplace.gateways.bank.errors import REPORT_CHANGED
from marketplace.gateways.bank.events import BANK_REPORT_IMPORTED
from marketplace.gateways.bank.pain002 import REJECTED, Report, Said, refused
from marketplace.gateways.bank_models import BankFile, BankInstruction, BankReport, BankReportLine
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.recipes.accounts import BANK
from marketplace.payouts.calling import lock_payout
from marketplace.payouts.models import Payout
from marketplace.payouts.unexecuted import refuse_sent
from marketplace.rails.bank_files import ImportedReport, ReportedPayment
from marketplace.rails.freezing import require_unfrozen
from marketplace.rails.port import Refused
from marketplace.rails.refunds import refuse_accepted

BYTES_MAX: Final = 10 * 1024 * 1024

DUPLICATES: Final = frozenset({"AM05", "DUPL", "DU01", "DU02", "DU03", "DU04", "DU05"})
"""Reasons that say: this came twice. The first time may be executed, so that such a rejection refuses nothing."""

DESTINATION_REASONS: Final = {
    "AC01": "account_invalid",
    "AC02": "account_invalid",
    "AC03": "account_invalid",
    "AC04": "account_closed",
    "AC06": "destination_closed",
    "AC07": "account_closed",
}
"""Reasons that only the payee can cure, as codes of refusals that hold what they are owed until they do."""


def import_report(session: Session, actor: Actor, data: bytes) -> ImportedReport:
    """Import the report in a file; one that is known already changes nothing.

    Needs reconciliation.match. Raises report_invalid, report_changed, payouts_frozen.
    """
    actor.require("reconciliation.match")
    require_unfrozen(session)
    if len(data) > BYTES_MAX:
        raise refused(f"The file is larger than {BYTES_MAX // 1024 // 1024} MiB.")
    report, digest = pain002.read(data), hashlib.sha256(data).digest()
    # With statements too: what one shows was executed, whatever a report says.
    advisory_xact_lock(session, "bank.import")
    known = session.scalar(select(BankReport).where(BankReport.message_id == report.message_id))
    if known is not None and known.sha256 != digest:
        raise REPORT_CHANGED.error(f"The report {report.message_id} was imported before and says something else now.")
    if known is not None:
        return ImportedReport(report.message_id, report.file, is_new=False, payments=_lines(session, known))
    file = _file_of(session, report)
    row = BankReport(
        id=new_id(), message_id=report.message_id, file_id=file.id, sha256=digest, imported_by=actor.person_id
    )
    session.add(row)
    session.flush()
    payments = []
    for instruction, said in _payments(session, file, report):
        effect = _apply(session, actor, file, report, instruction, said)
        session.add(
            BankReportLine(
                report_id=row.id,
                instruction_id=instruction.id,
                status=said.status,
                reason=said.reason,
                effect=effect,
            )
        )
        payments.append(ReportedPayment(instruction.reference or "", said.status, said.reason, effect))
    session.flush()
    counts = Counter(one.effect for one in payments)
    body = {
        "report": report.message_id,
        "message": report.file,
        **{effect: counts[effect] for effect in ("refused", "noted", "contradicted")},
        "sha256": digest.hex(),
    }
    record(session, BANK_REPORT_IMPORTED, actor, subject=("bank_report", row.id), body=body)
    return ImportedReport(report.message_id, report.file, is_new=True, payments=payments)


def _file_of(session: Session, report: Report) -> BankFile:
    file = session.scalar(select(BankFile).where(BankFile.message_id == report.file))
    if file is None:
        raise refused(f"There is no payment file {report.file[:40]!r} here.")
    if report.count and report.count != str(file.count):
        raise refused(f"The report counts {report.count} payments in {file.message_id}, which has {file.count}.")
    if report.control_sum and _sum(report.control_sum, file.currency) != file.money:
        raise refused(f"The report sums {file.message_id} to {report.control_sum}, which has {file.money}.")
    return file


def _sum(text: str, currency: str) -> Money | None:
    whole, _, fraction = text.partition(".")
    try:
        return Money.parse(f"{whole}.{fraction.rstrip('0') or '0'}", currency)
    except (DomainError, ValueError):
        return None


def _payments(session: Session, file: BankFile, report: Report) -> list[tuple[BankInstruction, Said]]:
    """What is said of which order, in the order of their ids; of all of them where the whole file is rejected."""
    orders = session.scalars(
        select(BankInstruction)
        .where(BankInstruction.file_id == file.id)
        .order_by(BankInstruction.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    by_reference = {order.reference: order for order in orders}
    said = dict(report.payments)
    for name in said:
        if name not in by_reference:
            raise refused(f"{name[:40]!r} is no payment of {file.message_id}.")
    found = []
    for reference, order in by_reference.items():
        what = said.get(reference or "")
        if what is None and report.whole is not None and (report.whole.status == REJECTED or not said):
            what = report.whole
        if what is not None:
            found.append((order, what))
    return found


def _apply(session: Session, actor: Actor, file: BankFile, report: Report, order: BankInstruction, said: Said) -> str:
    if said.status != REJECTED or said.reason in DUPLICATES or order.ended_code is not None:
        return "noted"
    if finding.is_shown(session, order.reference or ""):
        return "contradicted"
    code = DESTINATION_REASONS.get(said.reason or "", f"bank_{(said.reason or 'rejected').lower()}")
    refusal = Refused(code, f"The bank rejected it: {said.reason or 'no reason given'}.")
    if order.kind == "refund":
        if not refuse_accepted(session, actor, BANK, order.reference or "", refusal):
            return "contradicted"
    else:
        payout_id = session.scalar(
            select(Payout.id).where(Payout.rail == BANK, Payout.rail_reference == order.reference)
        )
        payout = None if payout_id is None else lock_payout(session, payout_id)
        if payout is None or payout.state != "sent" or payout.rail_reference != order.reference:
            return "contradicted"
        evidence: dict[str, Any] = {
            "file": file.message_id,
            "report": report.message_id,
            "statements": [],
            "reach": None,
            "people": [],
        }
        refuse_sent(session, actor, payout, refusal, evidence)
    unexecuted.end(session, order, code)
    return "refused"


def _lines(session: Session, report: BankReport) -> list[ReportedPayment]:
    rows = session.execute(
        select(BankInstruction.reference, BankReportLine)
        .join(BankInstruction, BankInstruction.id == BankReportLine.instruction_id)
        .where(BankReportLine.report_id == report.id)
        .order_by(BankReportLine.instruction_id)
    )
    return [ReportedPayment(reference or "", line.status, line.reason, line.effect) for reference, line in rows]
