"""What is personal at the bank rail, at the sandbox, and in the development mailbox."""

from typing import Final

from marketplace.db.personal import Personal, by_step, impersonal, personal
from marketplace.gateways.bank_models import (
    BankCsvLayout,
    BankDetail,
    BankExpectation,
    BankFile,
    BankInstruction,
    BankLine,
    BankReport,
    BankReportLine,
    BankStatement,
)
from marketplace.gateways.models import (
    DevelopmentMail,
    RailPace,
    SandboxBalanceLine,
    SandboxCharge,
    SandboxDispute,
    SandboxFault,
    SandboxRate,
    SandboxRefund,
    SandboxTransfer,
)
from marketplace.identity.personal import address_of

_ORDERS: Final = ("idempotency_key", "request_hash", "currency", "refusal_code", "refusal_message")

personal(
    Personal(
        BankDetail,
        by_step,
        why="accounts in orders to the bank, and what the bank said of them; sealed",
        kept_for="as long as the books",
        kept={
            "content_sealed": "sealed; what belongs to one payout is sealed anew around nothing when nothing is owed. "
            "Files to the bank name many payees at once and are kept as the law wants orders of payment kept"
        },
        not_exported="sealed; where they are paid is shown masked on its page",
    )
)
personal(
    Personal(
        SandboxTransfer,
        by_step,
        why="the books of an imitated rail",
        kept={"destination": "blanked when nothing is owed"},
        codes=(*_ORDERS, "transfer_group"),
        not_exported="the rail's own books; `payout` has the same",
    )
)
personal(
    Personal(
        DevelopmentMail,
        lambda person_id: DevelopmentMail.to == address_of(person_id),
        why="mail that is not sent, on a machine for trying things out",
        removed=True,
    )
)
impersonal(
    "orders, movements and files by ids and digests", BankFile, BankInstruction, BankLine, BankReport, BankReportLine
)
impersonal("our own accounts, and deposits of organizations", BankStatement, BankExpectation)
impersonal(
    "the books of an imitated rail: ids, amounts and payments of organizations",
    SandboxBalanceLine,
    SandboxCharge,
    SandboxDispute,
    SandboxFault,
    SandboxRate,
    SandboxRefund,
)
impersonal("which column of a bank's file is what", BankCsvLayout)
impersonal("how fast a rail is called", RailPace)
