"""Where a visitor goes after signing in: only ever inside the face that was asked for."""

import re

from marketplace.web.faces import Face

_PATH = re.compile(r"/[A-Za-z0-9_~./?&=%:,@!$'()*+;-]*")


def safe_path(text: str | None) -> str:
    """`text` where it is a path of this site, else its first page; never another site."""
    inside = text is not None and _PATH.fullmatch(text) and "//" not in text and "/../" not in text
    return text if inside and text is not None else "/"


def safe_next(text: str | None, face: Face) -> str:
    """`text` where it is a path of that face's pages, else the face's home; never another site."""
    inside = (
        text is not None
        and _PATH.fullmatch(text)
        and "//" not in text
        and "/../" not in text
        and (text == face.prefix or text.startswith((face.prefix + "/", face.prefix + "?")))
        and not text.startswith(f"{face.prefix}/sign-")
    )
    return text if inside and text is not None else face.prefix
