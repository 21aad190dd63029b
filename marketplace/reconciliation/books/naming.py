"""Names of accounts that Beancount and hledger both take, no two alike."""

import re
from typing import Final

from marketplace.kernel.canonical import day
from marketplace.ledger.chart import AccountRef

ROOTS: Final = {1: "Assets", 2: "Liabilities", 3: "Equity", 4: "Income", 5: "Expenses"}
"""By the first digit of the code; both programs know these words."""


def account_name(ref: AccountRef) -> str:
    """`Liabilities:2110-pay-deferred:CNY:Per-01j…:Ctr-01j…:Due-2027-02-28`.

    Beancount asks for parts that begin with a capital letter or a digit, of letters, digits and hyphens alone.
    """
    words = re.sub("[^a-z]+", "-", ref.code.definition.name.replace("'", ""))
    parts = [ROOTS[ref.code // 1000], f"{ref.code:d}-{words}", ref.currency]
    wire = ref.to_wire()
    if ref.owner_id is not None:
        known = ref.code.definition.owner_noun is not None
        parts.append(_capital(wire["owner"]) if known else f"Payee-{wire['owner']}")
    if ref.contract_id is not None:
        parts.append(_capital(wire["contract"]))
    if ref.due_on is not None:
        parts.append(f"Due-{day(ref.due_on)}")
    if ref.label is not None:
        parts.append(f"Label-{_escaped(ref.label)}")
    return ":".join(parts)


def _capital(public_id: str) -> str:
    return public_id[0].upper() + public_id[1:].replace("_", "-")


def _escaped(label: str) -> str:
    """Letters and digits of ASCII as they are, an underscore as two hyphens, all else as "-2D-", by its code point."""
    return re.sub("[^A-Za-z0-9]", lambda found: "--" if found[0] == "_" else f"-{ord(found[0]):X}-", label)
