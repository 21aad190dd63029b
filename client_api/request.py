"""What a view needs of the request at hand: the actor, the session, the wired application."""

from __future__ import annotations
