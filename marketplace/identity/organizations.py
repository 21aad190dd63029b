"""Changing one's own organization."""

import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.identity import events
from marketplace.identity.models import Organization
from marketplace.identity.values import read_country, read_name
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, STALE

_READERS = {"name": read_name, "country": read_country}


def own_organization(session: Session, actor: Actor) -> Organization:
    """The organization that the actor acts for. Raises forbidden where there is none."""
    return session.get_one(Organization, actor.organization)


def change_organization(
    session: Session, actor: Actor, organization_id: uuid.UUID, version: int, changes: Mapping[str, str]
) -> Organization:
    """Change `name` and `country` of one's own organization, if it is still at `version`.

    Raises forbidden, not_found, stale, invalid.
    """
    actor.require("organization.change")
    # Under the lock, for two who read the same version would otherwise both write.
    locked = select(Organization).where(Organization.id == organization_id).with_for_update(key_share=True)
    organization = session.scalars(locked.execution_options(populate_existing=True)).one_or_none()
    if organization is None or actor.organization_id != organization_id:
        raise NOT_FOUND.error("There is no organization with this id.", noun="organization")
    if organization.version != version:
        message = f"The organization is at version {organization.version}, not {version}."
        raise STALE.error(message, version=organization.version)
    wanted = {name: _READERS[name](value) for name, value in changes.items()}
    changed = sorted(name for name, value in wanted.items() if getattr(organization, name) != value)
    if not changed:
        return organization
    for name in changed:
        setattr(organization, name, wanted[name])
    organization.version += 1
    session.flush()
    record(
        session,
        events.ORGANIZATION_CHANGED,
        actor,
        subject=("organization", organization_id),
        organizations=[organization_id],
        body={"changed": changed, "version": organization.version},
    )
    return organization
