"""What a pause says to workers and to who opened the tasks: kept in English, and read back for other languages."""

from typing import Final

from marketplace.identity.values import country
from marketplace.kernel.texts import say

BELOW_FLOOR: Final = say(
    "Workers in %(country)s earned %(hourly)s an hour here, and the wage floor there is %(floor)s: over "
    "%(hours)s hours of their work, redo and rejected answers included. Nothing more can be claimed at this pay; "
    "what is held goes on and is paid, and what is missing for the work done is topped up by the layer that set "
    "the pay. It can withdraw these tasks and open them anew at a higher pay."
)
NO_RECOVERY: Final = say(
    "The client's allowance for paid recovery from hard content is used up, so no more of this work is given "
    "out. What is held goes on and is paid."
)


def pause_words(stored: str, code: str | None) -> str:
    """The words of a pause, which can be put into other languages; `code` is the country of the wage floor."""
    found = BELOW_FLOOR.read(stored)
    if found is not None and code is not None:
        return found.filled(**{**found.values, "country": country(code)})
    return NO_RECOVERY.read(stored) or stored
