"""A client who paid in over the sandbox, for the tests of chargebacks."""

import pytest
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import Actor
from marketplace.rails.models import Deposit
from tests.builders.chargebacks import pay_in
from tests.builders.identity import make_member, make_organization
from tests.builders.payouts import sandbox


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    return sandbox(session)


@pytest.fixture
def client(session: Session) -> Actor:
    return make_member(session, make_organization(session, "client"), "requester")


@pytest.fixture
def deposit(session: Session, rail: SandboxRail, client: Actor) -> Deposit:
    return pay_in(session, rail, client, "900")
