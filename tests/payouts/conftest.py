import pytest
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from tests.builders.payouts import Finance, make_due_chain, make_finance, sandbox
from tests.builders.settlement import Chain


@pytest.fixture
def chain(session: Session) -> Chain:
    return make_due_chain(session, items=5, items_per_task=5)


@pytest.fixture
def finance(session: Session) -> Finance:
    return make_finance(session)


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    return sandbox(session)
