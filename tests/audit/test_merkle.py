"""The tree against the reference vectors of Certificate Transparency and the recursive definitions of RFC 6962."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.audit.merkle import (
    EMPTY_ROOT,
    Address,
    Frontier,
    Range,
    climb,
    consistency_ranges,
    fold,
    inclusion_ranges,
    leaf_hash,
    prove,
    subtrees,
    verify_consistency,
    verify_inclusion,
)

# The leaves, roots and proofs of the Certificate Transparency reference implementation's own tests.
CT_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CT_CONSISTENCY = {
    (1, 1): [],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, over leaf data."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = split(len(leaves))
    return sha256(b"\x01" + tree_hash(leaves[:half]) + tree_hash(leaves[half:])).digest()


def split(size: int) -> int:
    half = 1
    while half * 2 < size:
        half *= 2
    return half


def path(number: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if number < half:
        return [*path(number, leaves[:half]), tree_hash(leaves[half:])]
    return [*path(number - half, leaves[half:]), tree_hash(leaves[:half])]


def subproof(first: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if first == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    half = split(len(leaves))
    if first <= half:
        return [*subproof(first, leaves[:half], whole), tree_hash(leaves[half:])]
    return [*subproof(first - half, leaves[half:], False), tree_hash(leaves[:half])]


class Tree:
    """A tree grown leaf by leaf, with the nodes it stored on the way."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.frontier = Frontier()
        self.nodes: dict[Address, bytes] = {}
        for number, leaf in enumerate(leaves):
            hashed = leaf_hash(leaf)
            self.nodes[Address(0, number)] = hashed
            for node in self.frontier.append(hashed):
                self.nodes[Address(node.level, node.position)] = node.hash

    def proof(self, ranges: list[Range]) -> list[bytes]:
        return prove(ranges, lambda wanted: {address: self.nodes[address] for address in wanted})


SMALL = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference_implementation(size: int) -> None:
    assert Tree(CT_LEAVES[:size]).frontier.root().hex() == CT_ROOTS[size]


@pytest.mark.parametrize(("number", "size"), CT_INCLUSION)
def test_inclusion_proofs_are_those_of_the_reference_implementation(number: int, size: int) -> None:
    proof = Tree(CT_LEAVES[:size]).proof(inclusion_ranges(number, size))
    assert [step.hex() for step in proof] == CT_INCLUSION[number, size]
    assert verify_inclusion(leaf_hash(CT_LEAVES[number]), number, size, proof, bytes.fromhex(CT_ROOTS[size]))


@pytest.mark.parametrize(("first", "second"), CT_CONSISTENCY)
def test_consistency_proofs_are_those_of_the_reference_implementation(first: int, second: int) -> None:
    proof = Tree(CT_LEAVES[:second]).proof(consistency_ranges(first, second))
    assert [step.hex() for step in proof] == CT_CONSISTENCY[first, second]
    roots = [bytes.fromhex(CT_ROOTS[size]) for size in (first, second)]
    assert verify_consistency(first, roots[0], second, roots[1], proof)


@given(SMALL)
def test_a_tree_grown_leaf_by_leaf_has_the_root_of_the_definition(leaves: list[bytes]) -> None:
    tree = Tree(leaves)
    assert tree.frontier.root() == tree_hash(leaves)
    assert all(
        stored == tree_hash(leaves[place.position << place.level : (place.position + 1) << place.level])
        for place, stored in tree.nodes.items()
    )


@given(SMALL, st.data())
def test_inclusion_proofs_follow_the_definition_and_prove_nothing_else(
    leaves: list[bytes], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(leaves) - 1))
    root, leaf = tree_hash(leaves), leaf_hash(leaves[number])
    proof = Tree(leaves).proof(inclusion_ranges(number, len(leaves)))
    assert proof == path(number, leaves)
    assert verify_inclusion(leaf, number, len(leaves), proof, root)
    assert climb(number, leaf, list(zip(inclusion_ranges(number, len(leaves)), proof, strict=True))) == root
    assert not verify_inclusion(leaf_hash(b"another leaf of nine"), number, len(leaves), proof, root)
    assert not verify_inclusion(leaf, number, len(leaves), [*proof, root], root)
    assert not verify_inclusion(leaf, len(leaves), len(leaves), proof, root)
    if proof:
        assert not verify_inclusion(leaf, number, len(leaves), proof[:-1], root)


@given(SMALL, st.data())
def test_consistency_proofs_follow_the_definition_and_prove_nothing_else(
    leaves: list[bytes], data: st.DataObject
) -> None:
    first, second = data.draw(st.integers(1, len(leaves))), len(leaves)
    roots = tree_hash(leaves[:first]), tree_hash(leaves)
    proof = Tree(leaves).proof(consistency_ranges(first, second))
    assert proof == (subproof(first, leaves, True) if first < second else [])
    assert verify_consistency(first, roots[0], second, roots[1], proof)
    forged = leaf_hash(b"forged")
    assert not verify_consistency(first, forged, second, roots[1], proof)
    assert not verify_consistency(first, roots[0], second, forged, proof)
    assert not verify_consistency(first, roots[0], second, roots[1], [*proof, forged])
    if proof:
        assert not verify_consistency(first, roots[0], second, roots[1], proof[1:])


@given(SMALL, st.data())
def test_a_tree_continues_from_its_stored_subtrees_alone(leaves: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(leaves)))
    tree = Tree(leaves[:cut])
    frontier = Frontier(cut, [tree.nodes[address] for address in subtrees(Range(0, cut))])
    for leaf in leaves[cut:]:
        frontier.append(leaf_hash(leaf))
    assert (frontier.size, frontier.root()) == (len(leaves), tree_hash(leaves))


@given(st.integers(1, 2**62), st.data())
def test_proofs_of_the_largest_trees_need_a_handful_of_nodes(size: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, size - 1))
    ranges = inclusion_ranges(number, size) + consistency_ranges(number + 1, size)
    assert len(ranges) <= 2 * 63
    assert sum(len(subtrees(span)) for span in ranges) <= 4 * 63


def test_nothing_has_the_root_of_nothing() -> None:
    assert fold([]) == EMPTY_ROOT == tree_hash([])


def test_sizes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="complete subtrees"):
        Frontier(3, [b""])
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_ranges(3, 3)
    with pytest.raises(ValueError, match="no consistency"):
        consistency_ranges(0, 3)
    assert not verify_consistency(4, b"", 3, b"", [])
    assert not verify_inclusion(b"", -1, 3, [], b"")
