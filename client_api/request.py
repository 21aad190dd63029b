"""What a view needs of the request at hand, under short names."""

from __future__ import annotations

from marketplace.web.auth import current_actor as actor
from marketplace.web.database import request_session as session

__all__ = ["actor", "session"]
