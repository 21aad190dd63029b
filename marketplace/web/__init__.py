"""Flask glue shared by the faces."""

from marketplace.web.registering import register

__all__ = ["register"]
