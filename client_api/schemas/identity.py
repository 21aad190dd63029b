from __future__ import annotations

from marshmallow import fields

from client_api.schemas.fields import PublicId, View


class MeView(View):
    """Whose key this is and what it may do."""

    person_id = PublicId("person", allow_none=True)
    name = fields.String()
    organization_id = PublicId("organization", allow_none=True)
    organization_name = fields.String(allow_none=True)
    organization_kind = fields.String(allow_none=True)
    roles = fields.List(fields.String())
    permissions = fields.List(fields.String())


class OrganizationView(View):
    """A subcontractor to which a part can be offered."""

    id = PublicId("organization")
    name = fields.String()
    country = fields.String()
