"""The door into the books, as a lock: who posts holds it with others, and alone who must know that nobody posts."""

from typing import Final

DOOR: Final = "ledger.door"
"""The advisory lock that every journal holds, shared, from its posting to the end of its transaction.

Whoever takes it alone knows that every journal there will ever be is either committed, and in what the next statement
sees, or will come through the door later. The function `ledger_is_open` takes it in the statement that posts.
"""
