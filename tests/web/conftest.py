import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.builders.identity import Mailbox
from tests.builders.web import Browser, make_app


@pytest.fixture
def mail() -> Mailbox:
    return Mailbox()


@pytest.fixture
def app(session: Session, mail: Mailbox) -> Flask:
    return make_app(session, mailer=mail)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)
