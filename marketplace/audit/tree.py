"""Reading the stored tree: hashes of complete subtrees by their address."""

from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.audit.merkle import Address, Range, fold, subtrees

_NODES = text("""
    SELECT wanted.level, wanted.position, coalesce(leaf.hash, node.hash) AS hash
    FROM unnest(CAST(:levels AS smallint[]), CAST(:positions AS bigint[])) AS wanted (level, position)
    LEFT JOIN audit_leaf leaf ON wanted.level = 0 AND leaf.number = wanted.position
    LEFT JOIN audit_node node ON node.level = wanted.level AND node.position = wanted.position
""")


class TreeDamagedError(Exception):
    """A node that must be stored is missing."""

    def __init__(self, address: Address) -> None:
        """Say which."""
        super().__init__(f"the tree has no node at level {address.level}, position {address.position}")
        self.address = address


def stored_nodes(session: Session, addresses: Collection[Address]) -> Mapping[Address, bytes]:
    """The stored hashes at these addresses, in one query; raises TreeDamagedError when one is missing."""
    rows = session.execute(
        _NODES,
        {
            "levels": [address.level for address in addresses],
            "positions": [address.position for address in addresses],
        },
    )
    nodes = {}
    for level, position, node_hash in rows:
        if node_hash is None:
            raise TreeDamagedError(Address(level, position))
        nodes[Address(level, position)] = bytes(node_hash)
    return nodes


def root_at(session: Session, size: int) -> bytes:
    """The root over the first `size` leaves as it is stored; raises TreeDamagedError."""
    addresses = subtrees(Range(0, size))
    known = stored_nodes(session, addresses)
    return fold([known[address] for address in addresses])
