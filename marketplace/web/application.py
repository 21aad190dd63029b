"""The Flask application of the web server."""

from collections.abc import Callable
from typing import Any

from flask import Flask


class Application(Flask):
    """Flask for plain functions only."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: Flask asks for each hook of each request whether it is a coroutine, and none is."""
        return func
