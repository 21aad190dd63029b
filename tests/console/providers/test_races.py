"""Two organizations that want one name to sign in by, at one moment."""

from threading import Thread
from time import sleep

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.identity.provider_models import IdentityProvider
from marketplace.identity.providers import Draft, change_provider
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from tests.builders.identity import make_member, make_organization, signed_in
from tests.builders.identity_provider import FakeProvider
from tests.console.providers.going import added

WAITS = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def test_of_two_who_take_one_name_at_once_one_is_told_that_it_is_taken(
    committing_engine: Engine, fake: FakeProvider
) -> None:
    with transaction(committing_engine) as session:
        owners = [signed_in(session, make_member(session, make_organization(session), "requester")) for _ in range(2)]
        kept = [added(session, owner, fake, code) for owner, code in zip(owners, ("first", "second"), strict=True)]
        ids = [one.id for one in kept]
    refused: list[str] = []

    def take(session: Session, owner: Actor, number: int) -> None:
        change_provider(session, owner, ids[number], 1, Draft("wanted", "c", "", ["example.test"]))

    def second() -> None:
        try:
            with transaction(committing_engine) as session:
                take(session, owners[1], 1)
        except DomainError as error:
            refused.append(error.slug)

    late = Thread(target=second)
    with transaction(committing_engine) as session:
        take(session, owners[0], 0)
        late.start()
        while late.is_alive() and not session.scalar(WAITS):
            sleep(0.05)
    late.join()
    assert refused == ["sign_in_provider_known"]
    with transaction(committing_engine) as session:
        codes = session.scalars(select(IdentityProvider.code).order_by(IdentityProvider.code)).all()
        assert codes == ["second", "wanted"]
