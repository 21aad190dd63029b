from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace import console
from marketplace.identity import directory
from marketplace.kernel.actor import Actor
from tests.builders.identity import TESTS, Mailbox
from tests.builders.media import MemoryStorage
from tests.builders.payouts import sandbox
from tests.builders.web import Browser, make_app

Enter = Callable[[Actor], Browser]


@pytest.fixture
def mail() -> Mailbox:
    return Mailbox()


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def app(session: Session, mail: Mailbox, storage: MemoryStorage) -> Flask:
    return make_app(session, console.register, mailer=mail, storage=storage, rails={"sandbox": sandbox(session)})


@pytest.fixture
def enter(session: Session, app: Flask) -> Enter:
    """Sign an actor in at the console; the roles are written down first where a builder only made the value."""

    def signed_in(actor: Actor) -> Browser:
        for role in actor.roles:
            directory.add_member(session, TESTS, actor.person, actor.organization, role)
        return Browser(app).sign_in(session, actor, "console")

    return signed_in
