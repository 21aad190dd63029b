from __future__ import annotations

from typing import Final

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, PublicId, View, whole
from marketplace.identity.keys import LIFE_MAX
from marketplace.identity.permissions import DESCRIPTIONS
from marketplace.identity.rotating import OVERLAP_DEFAULT, OVERLAP_MAX

NAME_MAX: Final = 100
LIFE_SECONDS_MIN: Final = 60


class KeyQuery(ListQuery):
    """Filters of the list of keys."""

    live = fields.Boolean(metadata={"description": "Only those that work now, or only those that do not."})
    person_id = PublicId("person", metadata={"description": "Only those of this holder."})


class KeyInput(Input):
    """A new key, for the holder and the organization of the key that asks for it."""

    name = fields.String(
        load_default="",
        validate=validate.Length(max=NAME_MAX),
        metadata={"example": "nightly upload", "description": "For you, to know it by."},
    )
    scopes = fields.List(
        fields.String(metadata={"example": "job.read"}),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, len(DESCRIPTIONS)),
        metadata={
            "description": "Permissions it is limited to, none of them beyond those of the asking key; "
            "left out, it has the same as the asking key."
        },
    )
    expires_in_seconds = whole(
        LIFE_SECONDS_MIN,
        int(LIFE_MAX.total_seconds()),
        load_default=None,
        allow_none=True,
        metadata={
            "example": 2_592_000,
            "description": "How long it works, never longer than the asking key; left out, as long as that one, "
            "and at most a year.",
        },
    )


class RotationInput(Input):
    """How long the old key goes on working beside its successor."""

    overlap_seconds = whole(
        0,
        int(OVERLAP_MAX.total_seconds()),
        load_default=int(OVERLAP_DEFAULT.total_seconds()),
        metadata={
            "description": "0 ends the old one with this request; should its answer get lost, only somebody who signs "
            "in at the pages can issue another.",
        },
    )


class RevocationInput(Input):
    """Whether the key was only put out of use or has come into other hands."""

    leaked = fields.Boolean(
        load_default=False,
        metadata={"description": "Also end what it was rotated to: whoever has it may have done that."},
    )


class KeyView(View):
    """An API key, without its secret."""

    id = PublicId("api_key")
    name = fields.String()
    hint = fields.String(metadata={"example": "x7Qk", "description": "The last characters of its secret."})
    person_id = PublicId("person", metadata={"description": "The holder: for whom it acts."})
    person_name = fields.String()
    scopes = fields.List(
        fields.String(), allow_none=True, metadata={"description": "null: all that its holder's roles carry."}
    )
    created_at = Instant()
    expires_at = Instant(allow_none=True)
    last_used_at = Instant(allow_none=True, metadata={"description": "To about five minutes."})
    revoked_at = Instant(allow_none=True)
    issued_with = PublicId(
        "api_key",
        attribute="issued_with_key_id",
        allow_none=True,
        metadata={"description": "The key that asked for it, and whose revocation ends it; null: made at the pages."},
    )
    replaced_by = PublicId(
        "api_key",
        attribute="replaced_by_key_id",
        allow_none=True,
        metadata={"description": "What it was rotated to."},
    )


class IssuedKeyView(KeyView):
    """A new API key with its secret, which is shown this once."""

    secret = fields.String(
        allow_none=True,
        metadata={
            "example": "pwk_…",
            "description": "null in a replayed answer: secrets are never kept. Rotate or revoke the key then.",
        },
    )
