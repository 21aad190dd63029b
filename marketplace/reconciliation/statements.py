"""What people bring from the bank: read in one transaction, then booked as the sweeps would within seconds."""

from collections.abc import Callable, Sequence

from marketplace.kernel.actor import Actor
from marketplace.payouts import recovering
from marketplace.rails import deposits
from marketplace.rails.bank_files import ImportedStatement, file_rail
from marketplace.rails.csv_layouts import CsvStatement
from marketplace.rails.port import Rails, Transactions
from marketplace.reconciliation import matching


def bring_statements(
    transactions: Transactions,
    actor: Actor,
    rails: Rails,
    data: bytes,
    table: CsvStatement | None = None,
    told: Callable[[int, int], None] | None = None,
) -> Sequence[ImportedStatement]:
    """Import the statements of a file and book what their lines say; any number of calls have one effect.

    `table` says that it is a CSV, and how to read it; `told` hears how many more lines were looked at, and how
    many are in the file. Needs reconciliation.match. Raises rail_unknown, statement_invalid, statement_changed,
    not_found for an unknown layout.
    """
    rail = file_rail(rails)
    with transactions() as session:
        imported = rail.read_statements(session, actor, data, table)
    only = {rail.name: rails[rail.name]}
    deposits.receive(transactions, only)
    recovering.confirm_sent(transactions, only)
    lines = sum(sum(one.kinds.values()) for one in imported)
    matching.reconcile(transactions, only, told=None if told is None else lambda seen: told(seen, lines))
    return imported
