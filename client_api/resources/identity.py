"""Who the key acts for, and to whom parts can be offered."""

from __future__ import annotations

from typing import Any

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.identity import MeView, OrganizationView
from marketplace.db.paging import Page, paginate
from marketplace.identity.models import Organization
from marketplace.identity.queries import organization_names, subcontractors
from marketplace.web.guard import SIGNED_IN

identity = Theme("identity", "Who the key acts for; the directory of subcontractors.")


@identity.operation(
    "GET", "/organizations", permission="contract.offer", query=ListQuery, returns=OrganizationView, page=True
)
def list_organizations(query: dict[str, Any]) -> Page[Any]:
    """List the approved subcontractors, to any of which a part can be offered."""
    page = paginate(session(), subcontractors(), keys=[Organization.name, Organization.id], **query)
    rows = [{"id": id_, "name": name, "country": country} for id_, name, country in page.data]
    return Page(rows, page.next_cursor)


@identity.operation("GET", "/me", permission=SIGNED_IN, returns=MeView)
def read_me() -> dict[str, Any]:
    """Read whose key this is and what it may do."""
    who = actor()
    names = organization_names(session(), [who.organization_id] if who.organization_id else [])
    return {
        "person_id": who.person_id,
        "name": who.name,
        "organization_id": who.organization_id,
        "organization_name": names.get(who.organization_id) if who.organization_id else None,
        "organization_kind": who.organization_kind,
        "roles": sorted(who.roles),
        "permissions": sorted(who.permissions),
    }
