"""Where a visitor goes after signing in: only ever inside the face that was asked for."""

import re

from marketplace.web.faces import Face

_PATH = re.compile(r"/[A-Za-z0-9_~./?&=%:,@!$'()*+;-]*")


def safe_path(text: str | None) -> str:
    """`text` where it is a path of this site, else its first page; never another site."""
    return text if text is not None and _is_path(text) else "/"


def safe_next(text: str | None, face: Face) -> str:
    """`text` where it is a path of that face's pages, else the face's home; never another site."""
    if text is None or not _is_path(text) or text.startswith(f"{face.prefix}/sign-"):
        return face.prefix
    return text if text == face.prefix or text.startswith((face.prefix + "/", face.prefix + "?")) else face.prefix


def _is_path(text: str) -> bool:
    return _PATH.fullmatch(text) is not None and "//" not in text and "/../" not in text
