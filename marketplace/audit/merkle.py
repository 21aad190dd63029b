"""The Merkle tree of RFC 6962 section 2.1: hashes, growing, and proofs; pure, no storage.

A node is addressed by (level, position): it covers the 2^level leaves from position * 2^level on. Only complete
subtrees have an address and never change once they are complete; whatever else a proof needs is folded from them,
so that nothing here ever reads the whole tree.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

EMPTY_ROOT: Final = sha256().digest()


class Address(NamedTuple):
    """Where a complete subtree of 2^level leaves stands in its level."""

    level: int
    position: int


class Node(NamedTuple):
    """A complete subtree and its hash."""

    level: int
    position: int
    hash: bytes


class Range(NamedTuple):
    """The leaves from `start` up to, not including, `end`, as the tree's recursion splits them."""

    start: int
    end: int


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf: SHA-256 of 0x00 and its data."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256 of 0x01 and its two children."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: all that is needed to append leaves and to tell the root.

    Holds one hash for each complete subtree of the size's binary form, the largest first.
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """Continue a tree of `size` leaves; `hashes` are those of `subtrees(Range(0, size))`."""
        if len(hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees, not {len(hashes)}")
        self.size = size
        self._hashes = list(hashes)

    @property
    def hashes(self) -> Sequence[bytes]:
        """The complete subtrees' hashes, with which another frontier can go on from here."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> list[Node]:
        """Add a leaf hash; returns the nodes above the leaves that it completes."""
        completed = []
        level, position, current = 0, self.size, leaf
        while position & 1:
            current = node_hash(self._hashes.pop(), current)
            level, position = level + 1, position >> 1
            completed.append(Node(level, position, current))
        self._hashes.append(current)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The root hash at the present size."""
        return fold(self._hashes)


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash over neighbouring complete subtrees of falling size; that of nothing is `EMPTY_ROOT`."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def subtrees(span: Range) -> list[Address]:
    """The complete subtrees that make up a range, from left to right."""
    addresses = []
    start = span.start
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        addresses.append(Address(level, start >> level))
        start += 1 << level
    return addresses


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(number: int, size: int) -> list[Range]:
    """The ranges whose hashes prove leaf `number` in a tree of `size`, in the order of the proof (PATH).

    Raises ValueError for a leaf outside the tree.
    """
    if not 0 <= number < size:
        raise ValueError(f"leaf {number} is not in a tree of {size} leaves")
    siblings = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if number < middle:
            siblings.append(Range(middle, end))
            end = middle
        else:
            siblings.append(Range(start, middle))
            start = middle
    return siblings[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """The ranges whose hashes prove that the tree of `first` leaves is a prefix of that of `second` (PROOF).

    Raises ValueError unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise ValueError(f"no consistency between tree sizes {first} and {second}")
    proof = []
    start, end, whole = 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append(Range(middle, end))
            end = middle
        else:
            proof.append(Range(start, middle))
            start, whole = middle, False
    # The verifier already knows the first tree's root; a part of it has to be told.
    if not whole:
        proof.append(Range(start, end))
    return proof[::-1]


def prove(ranges: Sequence[Range], nodes: Callable[[list[Address]], Mapping[Address, bytes]]) -> list[bytes]:
    """The hashes of the ranges; `nodes` is asked once for all the complete subtrees they need."""
    needed = [subtrees(span) for span in ranges]
    known = nodes([address for addresses in needed for address in addresses])
    return [fold([known[address] for address in addresses]) for addresses in needed]


def climb(start: int, current: bytes, siblings: Sequence[tuple[Range, bytes]]) -> bytes:
    """The root above a subtree that begins at leaf `start`, from the siblings on its way up, the nearest first."""
    for span, sibling in siblings:
        current = node_hash(sibling, current) if span.start < start else node_hash(current, sibling)
    return current


def root_from_inclusion(leaf: bytes, number: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to, None for a proof of the wrong shape (RFC 9162 section 2.1.3.2)."""
    if not 0 <= number < size:
        return None
    position, last, current = number, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    return current if last == 0 else None


def verify_inclusion(leaf: bytes, number: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows the leaf hash at `number` in the tree of that size and root."""
    return root_from_inclusion(leaf, number, size, proof) == root


def verify_consistency(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows the first tree to be a prefix of the second (RFC 9162 section 2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second or not proof:
        return False
    steps: Iterator[bytes] = iter(proof)
    # Where the first tree is complete its root is the start of the proof and is left out of it.
    old = new = first_root if first & (first - 1) == 0 else next(steps)
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    for sibling in steps:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    return old == first_root and new == second_root and last == 0
