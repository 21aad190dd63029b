"""How the pages are shown to who is signed in: as they chose, and where they left it open as their browser asks."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request

from marketplace.identity.page_settings import page_settings
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session


@dataclass(frozen=True, slots=True)
class Showing:
    """How large letters are, and whether what weighs much waits until it is asked for."""

    text_size: str
    low_data: bool

    @property
    def attributes(self) -> dict[str, str]:
        """Of the page's root, for the style sheet and the scripts."""
        size = {} if self.text_size == "normal" else {"data-text": self.text_size}
        return {**size, "data-low-data": ""} if self.low_data else size


def browser_asks() -> bool:
    """Whether the browser asks for pages of few bytes."""
    return request.headers.get("Save-Data", "").strip().lower() == "on"


def showing() -> Showing:
    """How the page of this request is shown; looked up once."""
    if "showing" not in g:
        chosen = page_settings(request_session(), current_actor())
        low_data = chosen.low_data == "always" or (chosen.low_data == "as_browser" and browser_asks())
        g.showing = Showing(chosen.text_size, low_data)
    found: Showing = g.showing
    return found
