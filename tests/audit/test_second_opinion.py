"""Our tree against pymerkle's, which nobody here wrote: roots, inclusion, consistency, each side by the other.

pymerkle's default is the hashing of RFC 6962: 0x00 before leaves, 0x01 before nodes. It counts leaves from 1. Its
proofs of consistency hold more hashes than the RFC's, so these are not compared but verified crosswise.
"""

import random
from itertools import pairwise

import pytest
from pymerkle import InmemoryTree, InvalidProof, verify_consistency, verify_inclusion

from marketplace.audit import merkle, offline
from marketplace.audit.events import leaf_data
from marketplace.audit.merkle import consistency_ranges, inclusion_ranges, leaf_hash
from tests.audit.test_merkle import Tree

CHANCE = random.Random(6962)
SIZES = [*range(1, 201), *sorted(CHANCE.sample(range(201, 1500), 12))]
LEAVES = [leaf_data(CHANCE.randbytes(CHANCE.randrange(60))) for _ in range(SIZES[-1])]


@pytest.fixture(scope="module")
def theirs() -> InmemoryTree:
    return InmemoryTree.init_from_entries(LEAVES, algorithm="sha256")


@pytest.fixture(scope="module")
def ours() -> Tree:
    return Tree(LEAVES)


def root(ours: Tree, size: int) -> bytes:
    return ours.proof([merkle.Range(0, size)])[0]


def test_roots_are_the_same_at_every_size(theirs: InmemoryTree, ours: Tree) -> None:
    for size in SIZES:
        assert root(ours, size) == theirs.get_root(size)


def test_proofs_of_inclusion_are_the_same_hash_by_hash(theirs: InmemoryTree, ours: Tree) -> None:
    for size in SIZES:
        for number in {0, size - 1, CHANCE.randrange(size), CHANCE.randrange(size)}:
            proof, hashed = theirs.prove_inclusion(number + 1, size), leaf_hash(LEAVES[number])
            mine = ours.proof(inclusion_ranges(number, size))
            assert proof.path == [hashed, *mine]
            verify_inclusion(hashed, root(ours, size), proof, index=number + 1, size=size)
            assert merkle.root_from_inclusion(hashed, number, size, proof.path[1:]) == theirs.get_root(size)


def test_proofs_of_consistency_hold_between_the_others_roots(theirs: InmemoryTree, ours: Tree) -> None:
    for second in SIZES:
        for first in {1, second, CHANCE.randint(1, second), CHANCE.randint(1, second)}:
            verify_consistency(
                root(ours, first),
                root(ours, second),
                theirs.prove_consistency(first, second),
                prior_size=first,
                later_size=second,
            )
            mine = ours.proof(consistency_ranges(first, second)) if first < second else []
            roots = theirs.get_root(first), theirs.get_root(second)
            assert merkle.verify_consistency(first, roots[0], second, roots[1], mine)
            assert offline.consistent(first, roots[0], second, roots[1], mine)


def test_what_one_side_refuses_the_other_does_too(theirs: InmemoryTree, ours: Tree) -> None:
    for first, second in pairwise(SIZES):
        forged = leaf_hash(b"forged")
        with pytest.raises(InvalidProof):
            verify_consistency(forged, root(ours, second), theirs.prove_consistency(first, second))
        mine = ours.proof(consistency_ranges(first, second))
        assert not offline.consistent(first, forged, second, theirs.get_root(second), mine)
