"""Reading pain.002, the bank's report on a payment file, in the versions .03, .09, .10 and .12.

What matters of it is which payments the bank will not execute. That it took one settles nothing: the statement does.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.gateways.bank.errors import REPORT_INVALID
from marketplace.gateways.bank.xml_files import read_xml
from marketplace.kernel.errors import DomainError

NAMESPACES: Final = tuple(
    f"urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}" for version in ("03", "09", "10", "12")
)
REJECTED: Final = "RJCT"
STATUSES: Final = frozenset(
    {"ACCC", "ACCP", "ACSC", "ACSP", "ACTC", "ACWC", "ACWP", "CANC", "PART", "PATC", "PDNG", "RCVD", REJECTED}
)
"""The external status codes of ISO 20022 for groups and payments."""

_REASON: Final = re.compile(r"[A-Za-z0-9._-]{1,35}")


@dataclass(frozen=True, slots=True)
class Said:
    """A status and, where one is given, the code of its reason."""

    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says: of its file as a whole, where it does, and of payments by their end-to-end id.

    `count` and `control_sum` are those of the file as the bank read it, where it says them.
    """

    message_id: str
    file: str
    whole: Said | None
    payments: Sequence[tuple[str, Said]]
    count: str
    control_sum: str


def read(data: bytes) -> Report:
    """The report in a file. Raises report_invalid, which says what is wrong."""
    namespace, document = read_xml(data, refused)
    if namespace not in NAMESPACES:
        raise refused(f"{namespace or document.tag!r} is none of pain.002 .03, .09, .10 and .12.")
    report = document.find("CstmrPmtStsRpt")
    if report is None:
        raise refused("The document holds no CstmrPmtStsRpt.")
    group = report.find("OrgnlGrpInfAndSts")
    if group is None:
        raise refused("The report has no OrgnlGrpInfAndSts: it does not say of which file it is.")
    kind = _needed(group, "OrgnlMsgNmId")
    if not kind.startswith("pain.001"):
        raise refused(f"The report is about {kind}, not about a payment file (pain.001).")
    batches = report.findall("OrgnlPmtInfAndSts")
    whole = _said(group, "GrpSts")
    payments = [payment for batch in batches for payment in _payments(batch, whole)]
    if whole is None and not payments and not any(_said(batch, "PmtInfSts") for batch in batches):
        raise refused("The report says nothing: neither a GrpSts, nor a PmtInfSts, nor a TxSts.")
    # A file of ours has one batch, so that what is said of the batch is said of the file.
    of_batch = _said(batches[0], "PmtInfSts") if len(batches) == 1 else None
    if len(batches) > 1 and not payments:
        raise refused("The report names several batches; a file of ours has one.")
    if whole is None or (of_batch is not None and of_batch.status == REJECTED):
        whole = of_batch
    _require_of_one_mind(whole, payments)
    return Report(
        message_id=_needed(report, "GrpHdr/MsgId"),
        file=_needed(group, "OrgnlMsgId"),
        whole=whole,
        payments=payments,
        count=_text(group, "OrgnlNbOfTxs"),
        control_sum=_text(group, "OrgnlCtrlSum"),
    )


def refused(message: str) -> DomainError:
    """The refusal of a report."""
    return REPORT_INVALID.error(message)


def _payments(batch: ET.Element, whole: Said | None) -> Iterator[tuple[str, Said]]:
    for node in batch.findall("TxInfAndSts"):
        reference = _text(node, "OrgnlEndToEndId") or _text(node, "OrgnlInstrId")
        if not reference:
            raise refused("A TxInfAndSts names no payment: neither an OrgnlEndToEndId nor an OrgnlInstrId.")
        said = _said(node, "TxSts") or _said(batch, "PmtInfSts") or whole
        if said is None:
            raise refused(f"The report names {reference} and does not say its status.")
        yield reference, said


def _require_of_one_mind(whole: Said | None, payments: Sequence[tuple[str, Said]]) -> None:
    seen: set[str] = set()
    for reference, said in payments:
        if reference in seen:
            raise refused(f"The report names {reference} twice.")
        seen.add(reference)
        if whole is not None and whole.status == REJECTED and said.status != REJECTED:
            raise refused(f"The report rejects the whole file, and says {said.status} of {reference}.")


def _said(node: ET.Element, path: str) -> Said | None:
    status = _text(node, path)
    if not status:
        return None
    if status not in STATUSES:
        raise refused(f"{status!r} in {path} is no status of ISO 20022.")
    reason = _text(node, "StsRsnInf/Rsn/Cd") or _text(node, "StsRsnInf/Rsn/Prtry")
    if reason and not _REASON.fullmatch(reason):
        raise refused(f"{reason[:40]!r} is no code of a reason.")
    return Said(status, reason.upper() or None)


def _needed(node: ET.Element, path: str) -> str:
    text = _text(node, path)
    if not text:
        raise refused(f"A {node.tag} has no {path}.")
    return text


def _text(node: ET.Element, path: str) -> str:
    return (node.findtext(path) or "").strip()
