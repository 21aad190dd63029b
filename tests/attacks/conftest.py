"""A market with all its faces in which everything has happened once, and the people of it, each with a browser."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import client_api
import workers_portal
from marketplace import console
from marketplace.gateways.choosing import make_rails
from marketplace.identity.authentication import actor_of_person
from marketplace.identity.models import Membership, Organization
from marketplace.kernel.actor import Actor
from marketplace.rails.port import Rails
from marketplace.settings import Settings
from tests.audit.parts import SIGNER
from tests.builders.identity import Mailbox, make_one
from tests.builders.media import MemoryStorage
from tests.builders.payouts import inside
from tests.builders.web import Browser, make_app
from tests.client_api.conftest import Market
from tests.client_api.permission_table import ROLES
from tests.client_api.story import Story
from tests.client_api.tour.scenes import play


@pytest.fixture
def mail() -> Mailbox:
    return Mailbox()


@pytest.fixture
def rails(session: Session) -> Rails:
    return make_rails(inside(session), Settings.from_env({}))


@pytest.fixture
def app(session: Session, mail: Mailbox, rails: Rails, tmp_path: Path) -> Flask:
    return make_app(
        session,
        client_api.register,
        workers_portal.register,
        console.register,
        environ={"DATA_DIR": str(tmp_path)},
        mailer=mail,
        storage=MemoryStorage(),
        rails=rails,
    )


@dataclass(frozen=True)
class Played:
    """The market after the tour."""

    app: Flask
    session: Session
    story: Story

    def browser(self, actor: Actor) -> Browser:
        """Somebody's browser, signed in and with the token of forms."""
        face = "work" if actor.organization_id is None else "console"
        browser = Browser(self.app).sign_in(self.session, actor, face)
        assert browser.get("/work/" if face == "work" else "/console").status_code == 200
        return browser

    def members(self) -> dict[str, Actor]:
        """Somebody of each organization and role there is, by what they are, and the worker of the tour."""
        found = {}
        rows = self.session.execute(
            select(Organization.kind, Organization.id, Membership.role, Membership.person_id)
            .join(Membership, Membership.organization_id == Organization.id)
            .order_by(Organization.id, Membership.role)
        ).all()
        for row in rows:
            found[f"{row.kind} {row.id} {row.role}"] = self.actor(row.person_id, row.id)
        return {**found, "worker": self.actor(self.story.worker.person_id, None)}

    def actor(self, person_id: uuid.UUID, organization_id: uuid.UUID | None) -> Actor:
        actor = actor_of_person(self.session, person_id, organization_id, via="session")
        assert actor is not None
        return actor

    def strangers(self) -> dict[str, Actor]:
        """Somebody of each role of tenants who had no part in anything, by the letter of the role."""
        return {
            letter: make_one(self.session, kind, role) for letter, (kind, role) in ROLES.items() if kind != "platform"
        }


@pytest.fixture
def played(app: Flask, session: Session, rails: Rails) -> Played:
    return Played(app, session, play(Market(app, session), session, rails, SIGNER))
