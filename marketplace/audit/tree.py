"""Reading the stored tree: hashes of complete subtrees by their address."""

from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.audit.merkle import Address, Range, fold, subtrees

# Leaves and nodes apart: one join over both would look up a leaf for each node, too.
NODES = text("""
    SELECT 0 AS level, number AS position, hash FROM audit_leaf WHERE number = ANY(CAST(:numbers AS bigint[]))
    UNION ALL
    SELECT node.level, node.position, node.hash
    FROM unnest(CAST(:levels AS smallint[]), CAST(:positions AS bigint[])) AS wanted (level, position)
    JOIN audit_node node ON node.level = wanted.level AND node.position = wanted.position
""")


class TreeDamagedError(Exception):
    """A node that must be stored is missing."""

    def __init__(self, address: Address) -> None:
        """Say which."""
        super().__init__(f"the tree has no node at level {address.level}, position {address.position}")
        self.address = address


def stored_nodes(session: Session, addresses: Collection[Address]) -> Mapping[Address, bytes]:
    """The stored hashes at these addresses, in one query; raises TreeDamagedError when one is missing."""
    rows = session.execute(NODES, wanted(addresses))
    nodes = {Address(level, position): bytes(node_hash) for level, position, node_hash in rows}
    for address in addresses:
        if address not in nodes:
            raise TreeDamagedError(address)
    return nodes


def wanted(addresses: Collection[Address]) -> dict[str, list[int]]:
    """The values of NODES for these addresses."""
    above = [address for address in addresses if address.level > 0]
    return {
        "numbers": [address.position for address in addresses if address.level == 0],
        "levels": [address.level for address in above],
        "positions": [address.position for address in above],
    }


def root_at(session: Session, size: int) -> bytes:
    """The root over the first `size` leaves as it is stored; raises TreeDamagedError."""
    addresses = subtrees(Range(0, size))
    known = stored_nodes(session, addresses)
    return fold([known[address] for address in addresses])
