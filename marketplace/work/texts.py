"""What people write to each other about answers."""

from typing import Final

from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.texts import say

TEXT_LENGTH_MAX: Final = 4000


def reason_of(text: str, pointer: str) -> str:
    """The text without space around it; raises invalid, at `pointer`, for none and for too much."""
    text = text.strip()
    if not 1 <= len(text) <= TEXT_LENGTH_MAX:
        message = say("Say why, in 1 to %(most)s characters.", most=TEXT_LENGTH_MAX)
        raise INVALID.error(message, errors=[FieldError(pointer, "text_length", message)])
    return text
