"""Which audience an address belongs to: how one is known there, and how errors look there."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Face:
    """`name` is the face; `cookie` its session cookie where people sign in; `json` where programs ask.

    `on_device` says that its pages keep something in the browser for who is signed in, which goes when they sign out.
    """

    name: str
    prefix: str
    cookie: str | None
    json: bool
    on_device: bool = False


API: Final = Face("api", "/v1", None, json=True)
WORKER_API: Final = Face("worker_api", "/worker/v1", None, json=True)
HOOKS: Final = Face("hooks", "/hooks", None, json=True)
WORK: Final = Face("work", "/work", "piecework_work", json=False, on_device=True)
CONSOLE: Final = Face("console", "/console", "piecework_console", json=False)
OPEN: Final = Face("open", "", None, json=False)  # the landing page, sign-up, health, media

_FACES: Final = (API, WORKER_API, HOOKS, WORK, CONSOLE)
PAGE_FACES: Final = {"work": WORK, "console": CONSOLE}


def face_of(path: str) -> Face:
    """The face that serves this path."""
    for face in _FACES:
        if path == face.prefix or path.startswith(face.prefix + "/"):
            return face
    return OPEN
