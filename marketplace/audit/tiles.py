"""Tiles: the hashes of the tree in files of 256, as C2SP's tlog-tiles names them, for whoever keeps the whole tree.

They hold hashes only. The entries, which that format serves too, are not public: each reader gets their own.
"""

import re
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from marketplace.audit.errors import LOG_INCONSISTENT
from marketplace.audit.merkle import Address
from marketplace.audit.queries import latest_checkpoint
from marketplace.audit.tree import TreeDamagedError, stored_nodes

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
_PATH: Final = re.compile(r"([0-7])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class Tile(NamedTuple):
    """The hashes from `number` * 256 on, `width` of them, of the tree's level `level` * 8."""

    level: int
    number: int
    width: int


def read_path(path: str) -> Tile | None:
    """The tile that `0/x001/x234/067` or `0/003.p/17` names; None for what names none."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    number, width = int(re.sub("[x/]", "", found[2])), int(found[3] or WIDTH)
    # Only the shortest way to write a number is its address.
    shortest = not found[2].startswith("x000/")
    return Tile(int(found[1]), number, width) if shortest and (found[3] is None or width < WIDTH) else None


def tile_bytes(session: Session, tile: Tile) -> bytes | None:
    """The hashes of a tile one after another, 32 bytes each; None where the newest signed head does not reach.

    Raises log_inconsistent.
    """
    head = latest_checkpoint(session)
    first = tile.number * WIDTH
    if head is None or first + tile.width > head.tree_size >> (tile.level * HEIGHT):
        return None
    addresses = [Address(tile.level * HEIGHT, first + place) for place in range(tile.width)]
    try:
        nodes = stored_nodes(session, addresses)
    except TreeDamagedError as error:
        raise LOG_INCONSISTENT.error(f"No tile can be made: {error}.") from error
    return b"".join(nodes[address] for address in addresses)
