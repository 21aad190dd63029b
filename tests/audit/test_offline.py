"""The file that stands alone, against the product's own tree and canonical bytes."""

import random

import pytest

from marketplace.audit import offline
from marketplace.audit.merkle import Address, Frontier, inclusion_ranges, leaf_hash, prove
from marketplace.kernel.canonical import canonical_bytes


def tree(size: int) -> tuple[list[bytes], bytes, list[list[str]]]:
    """The leaf hashes of a tree, its root, and each leaf's proof."""
    leaves = [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]
    frontier = Frontier()
    nodes = {Address(0, number): leaf for number, leaf in enumerate(leaves)}
    for leaf in leaves:
        nodes.update({Address(node.level, node.position): node.hash for node in frontier.append(leaf)})
    proofs = [
        prove(inclusion_ranges(number, size), lambda wanted: {one: nodes[one] for one in wanted})
        for number in range(size)
    ]
    return leaves, frontier.root(), [[one.hex() for one in proof] for proof in proofs]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 100])
def test_each_leaf_is_proven_in_whatever_order_they_come(size: int) -> None:
    leaves, root, proofs = tree(size)
    places = offline.Places(size, root)
    order = list(range(size)) * 2
    random.Random(size).shuffle(order)
    assert all(places.proves(leaves[number], number, proofs[number]) for number in order)


def test_no_hash_of_a_proof_can_be_changed_left_out_or_added_however_many_were_proven_before() -> None:
    size = 21
    leaves, root, proofs = tree(size)
    places = offline.Places(size, root)
    for number in range(size):
        assert places.proves(leaves[number], number, proofs[number])
    for number in range(size):
        proof = proofs[number]
        for step in range(len(proof)):
            other = leaf_hash(proof[step].encode()).hex()
            assert not places.proves(leaves[number], number, [*proof[:step], other, *proof[step + 1 :]])
            assert not places.proves(leaves[number], number, proof[:step] + proof[step + 1 :])
        assert not places.proves(leaves[number], number, [*proof, proof[0]])
        assert not places.proves(leaves[number], number, proof[:-1])
        assert not places.proves(leaves[number - 1], number, proof)
        assert not places.proves(leaves[number], (number + 1) % size, proof)
        assert not places.proves(leaves[number], size, proof)


def test_a_wrong_proof_is_not_kept_for_the_next_one() -> None:
    leaves, root, proofs = tree(8)
    places = offline.Places(8, root)
    wrong = [*proofs[3][:-1], leaf_hash(b"other").hex()]
    assert not places.proves(leaves[3], 3, wrong)
    assert not places.proves(leaves[2], 2, [*proofs[2][:-1], wrong[-1]])
    assert places.proves(leaves[3], 3, proofs[3])


@pytest.mark.parametrize(
    "value",
    [
        {"b": [1, None, True], "a": {"é": "—", "e": "\n\x01\\"}},
        {"\U0001f600": 1, "\uffee": 2, "a": "\U0001f600"},
        [{"\U00010000": {"\ue000": 1, "\U00010001": 2}}],
    ],
)
def test_canonical_bytes_are_those_that_the_product_writes(value: object) -> None:
    assert offline.canonical(value) == canonical_bytes(value)
