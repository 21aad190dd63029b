import pytest
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.payouts.models import PayoutRun
from tests.builders.payouts import Finance, make_approved_run, make_due_chain, make_finance, sandbox
from tests.builders.quotes import a_rate, wants
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


@pytest.fixture
def changed(session: Session, chain: Chain, finance: Finance) -> PayoutRun:
    """A run whose worker, owed 0.875 CNY, is to be paid in KES at 18.0537."""
    a_rate(session, by=finance.preparer)
    wants(session, chain.workers[0])
    return make_approved_run(session, finance)
