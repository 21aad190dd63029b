from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.gateways.bank.rail import BankRail
from marketplace.kernel.actor import Actor
from tests.builders.identity import make_member, make_organization, make_staff
from tests.builders.payouts import inside
from tests.gateways.bank.imitation import OURS, imitation
from tests.gateways.bank.standing import AtTheBank


@pytest.fixture
def there(session: Session) -> AtTheBank:
    rail = BankRail(inside(session), {"CNY": OURS["CNY"]}, trial=True)
    return AtTheBank(session, rail, imitation(), make_staff(session, "finance"))


@pytest.fixture
def client(session: Session) -> Actor:
    return make_member(session, make_organization(session, "client"), "requester")
