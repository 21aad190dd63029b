"""A receiver on this machine, a courier with real commits, and whoever owns the webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import Engine

from marketplace.db.engine import transaction
from marketplace.kernel.actor import Actor
from marketplace.notifications.delivering import Courier
from tests.builders.identity import make_member, make_organization
from tests.builders.webhooks import Receiver, make_courier, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def courier(committing_engine: Engine) -> Courier:
    return make_courier(partial(transaction, committing_engine))


@pytest.fixture
def owner(courier: Courier) -> Actor:
    with courier.transactions() as session:
        return make_member(session, make_organization(session), "requester")
