"""Passkeys at one moment: an answer counts once, and nobody is signed in past their erasure."""

from functools import partial
from threading import Thread
from time import sleep

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.identity import passkeys
from marketplace.identity.authentication import STATEMENTS
from marketplace.identity.erasing import erase_person
from marketplace.identity.keys import lock_holder
from marketplace.identity.models import Person, WebSession
from marketplace.identity.passkey_models import Passkey
from marketplace.kernel.actor import Actor
from tests.builders.at_once import at_once
from tests.builders.identity import make_member, make_organization, make_staff, make_worker, signed_in
from tests.builders.passkeys import HERE, SITE, Authenticator, add_passkey, answer

WAITS = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def make_owner(session: Session) -> tuple[Actor, Authenticator]:
    owner, device = signed_in(session, make_worker(session)), Authenticator()
    add_passkey(session, owner, device)
    return owner, device


def test_an_answer_that_comes_four_times_at_once_signs_in_once(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        _owner, device = make_owner(session)
        sent = device.get(passkeys.ask_to_sign_in(session, SITE, "work", HERE))

    def send() -> None:
        with transaction(committing_engine) as session:
            answer(session, sent)

    assert at_once(*[send] * 4) == {"done": 1, "passkey_refused": 3}


def test_answers_with_one_count_at_once_sign_in_once(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        _owner, device = make_owner(session)
        asked = [passkeys.ask_to_sign_in(session, SITE, "work", HERE) for _ in range(4)]
    device.counter, device.steps = 1, 0
    sent = [device.get(one) for one in asked]

    def send(number: int) -> None:
        with transaction(committing_engine) as session:
            answer(session, sent[number])

    assert at_once(*(partial(send, number) for number in range(4))) == {"done": 1, "passkey_refused": 3}


def test_who_is_erased_while_they_sign_in_is_signed_in_nowhere(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        operations = make_staff(session, "operations")
        owner, device = (
            signed_in(session, make_member(session, make_organization(session), "reviewer")),
            Authenticator(),
        )
        add_passkey(session, owner, device)
        sent = device.get(passkeys.ask_to_sign_in(session, SITE, "console", HERE))

    def erase() -> None:
        with transaction(committing_engine) as session:
            erase_person(session, operations, owner.person, "asked_in_writing")

    erasing = Thread(target=erase)
    with transaction(committing_engine) as session:
        answer(session, sent, "console")
        erasing.start()
        while erasing.is_alive() and not session.scalar(WAITS):
            sleep(0.05)
    erasing.join()

    with transaction(committing_engine) as session:
        assert session.scalars(select(Passkey).where(Passkey.person_id == owner.person)).all() == []
        assert session.scalars(select(WebSession).where(WebSession.person_id == owner.person)).all() == []


def test_who_is_erased_while_their_request_wants_them_is_erased_after_it(committing_engine: Engine) -> None:
    """The request has stamped its session and then locks the person, as issuing a key does: in this order."""
    with transaction(committing_engine) as session:
        operations = make_staff(session, "operations")
        owner = signed_in(session, make_member(session, make_organization(session), "reviewer"))

    def erase() -> None:
        with transaction(committing_engine) as session:
            erase_person(session, operations, owner.person, "asked_in_writing")

    erasing = Thread(target=erase)
    with transaction(committing_engine) as session:
        session.execute(STATEMENTS.stamp_session, {"id": owner.session_id})
        erasing.start()
        while erasing.is_alive() and not session.scalar(WAITS):
            sleep(0.05)
        lock_holder(session, owner.person)
    erasing.join()
    with transaction(committing_engine) as session:
        assert session.get_one(Person, owner.person).state != "active"
