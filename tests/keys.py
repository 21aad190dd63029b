"""The keys of the databases of tests: whatever a test seals, its other processes can open."""

from typing import Final

from marketplace.db.keyring import KeyRing

KEYS: Final = KeyRing(bytes(range(32)))
