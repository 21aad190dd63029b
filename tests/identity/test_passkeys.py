"""Passkeys by the verbs: whoever holds the device gets in, and nobody else, whatever they send."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import real_now
from marketplace.identity import passkeys
from marketplace.identity.authentication import actor_for_session
from marketplace.identity.devices import Visit
from marketplace.identity.erasing import erase_person
from marketplace.identity.forgetting import forget_sign_ins
from marketplace.identity.models import Person, WebSession
from marketplace.identity.own_data import own_data
from marketplace.identity.passkey_models import Passkey, PasskeyChallenge
from marketplace.identity.stepping_up import signed_in_recently
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public
from tests.builders.identity import Mailbox, make_member, make_organization, make_worker, signed_in
from tests.builders.passkeys import HERE, SITE, Authenticator, add_passkey, answer, sign_in


def logged(session: Session, kind: str) -> list[dict[str, Any]]:
    return [json.loads(body) for body in session.scalars(select(AuditEvent.body).where(AuditEvent.kind == kind))]


def refused(call: Callable[[], object], slug: str = "passkey_refused") -> None:
    with pytest.raises(DomainError) as raised:
        call()
    assert raised.value.slug == slug


@pytest.fixture
def worker(session: Session) -> Actor:
    return signed_in(session, make_worker(session))


@pytest.fixture
def device(session: Session, worker: Actor) -> Authenticator:
    made = Authenticator()
    add_passkey(session, worker, made)
    return made


def test_a_passkey_signs_its_owner_in_and_counts_as_a_sign_in_of_a_moment_ago(
    session: Session, worker: Actor, device: Authenticator
) -> None:
    options = passkeys.ask_to_sign_in(session, SITE, "work", HERE)
    row, secret = passkeys.sign_in(session, SITE, "work", HERE, device.get(options), language="sw", visit=Visit())
    actor = actor_for_session(session, secret, "work")
    assert actor is not None
    assert (actor.person, actor.session_id) == (worker.person, row.id)
    assert signed_in_recently(session, actor)
    (kept,) = passkeys.own_passkeys(session, worker)
    session.refresh(kept)
    assert (kept.name, kept.sign_count) == ("My phone", 1)
    assert kept.last_used_at is not None


def test_a_device_that_does_not_count_is_taken_again_and_again(session: Session, worker: Actor) -> None:
    device = Authenticator(steps=0)
    add_passkey(session, worker, device)
    for _ in range(3):
        assert sign_in(session, device).person_id == worker.person


def test_it_is_made_to_be_found_by_the_device_and_opened_by_its_owner_only(session: Session, worker: Actor) -> None:
    device = Authenticator()
    add_passkey(session, worker, device)
    options = passkeys.ask_to_add(session, worker, SITE, "work", HERE)
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert (options["rp"]["id"], options["attestation"]) == ("market.test", "none")
    assert [one["id"] for one in options["excludeCredentials"]] == [json.loads(device.create(options))["id"]]
    assert passkeys.ask_to_sign_in(session, SITE, "work", HERE)["userVerification"] == "required"


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://market.test.evil.example"},
        {"origin": "http://market.test"},
        {"host": "evil.example"},
        {"verified": False},
    ],
    ids=["another origin", "no https", "another site", "without looking who holds it"],
)
def test_what_was_made_or_signed_elsewhere_or_for_anybody_is_refused(
    session: Session, worker: Actor, device: Authenticator, wrong: dict[str, object]
) -> None:
    refused(lambda: add_passkey(session, worker, Authenticator(**wrong)))  # type: ignore[arg-type]
    for name, value in wrong.items():
        setattr(device, name, value)
    refused(lambda: sign_in(session, device))
    assert len(passkeys.own_passkeys(session, worker)) == 1


def test_an_answer_is_good_once(session: Session, device: Authenticator) -> None:
    sent = device.get(passkeys.ask_to_sign_in(session, SITE, "work", HERE))
    answer(session, sent)
    refused(lambda: answer(session, sent))


def test_a_wrong_answer_uses_its_challenge_up(session: Session, device: Authenticator) -> None:
    options = passkeys.ask_to_sign_in(session, SITE, "work", HERE)
    stranger = Authenticator(credential_id=device.credential_id, owner=device.owner)
    refused(lambda: answer(session, stranger.get(options)))
    refused(lambda: answer(session, device.get(options)))


def test_a_challenge_is_worth_nothing_in_another_browser_at_another_face_for_another_purpose_or_later(
    session: Session, worker: Actor, device: Authenticator
) -> None:
    def at(browser: str, face: str = "work") -> None:
        sent = device.get(passkeys.ask_to_sign_in(session, SITE, "work", HERE))
        passkeys.sign_in(session, SITE, face, browser, sent, language="en", visit=Visit())

    refused(lambda: at("another cookie"))
    refused(lambda: at(HERE, "console"))
    refused(lambda: answer(session, device.get(passkeys.ask_to_add(session, worker, SITE, "work", HERE))))
    late = device.get(passkeys.ask_to_sign_in(session, SITE, "work", HERE))
    session.execute(update(PasskeyChallenge).values(expires_at=func.statement_timestamp()))
    refused(lambda: answer(session, late))
    refused(lambda: answer(session, device.get({"challenge": "bWluZQ"})))


def test_a_key_is_known_by_its_own_half_alone(session: Session, worker: Actor, device: Authenticator) -> None:
    other = signed_in(session, make_worker(session))
    theirs = Authenticator()
    add_passkey(session, other, theirs)
    # One's own key under another's name, or for another's account.
    forged = replace(device, credential_id=theirs.credential_id, owner=theirs.owner)
    refused(lambda: sign_in(session, forged))
    refused(lambda: sign_in(session, replace(device, owner=theirs.owner)))
    refused(lambda: sign_in(session, Authenticator(owner=device.owner)))
    assert sign_in(session, theirs).person_id == other.person


def test_who_must_show_again_that_it_is_them_cannot_by_anothers_passkey(
    session: Session, device: Authenticator
) -> None:
    other = signed_in(session, make_worker(session))
    theirs = Authenticator()
    add_passkey(session, other, theirs)
    options = passkeys.ask_to_sign_in(session, SITE, "work", HERE, other.person)
    assert len(options["allowCredentials"]) == 1
    refused(lambda: answer(session, device.get(options)))
    again = passkeys.ask_to_sign_in(session, SITE, "work", HERE, other.person)
    assert answer(session, theirs.get(again)).person_id == other.person


def test_a_count_that_went_back_is_refused_and_logged_but_only_once_it_is_signed(
    session: Session, worker: Actor, device: Authenticator
) -> None:
    device.counter = 6
    sign_in(session, device)
    copy = replace(device, counter=4)
    refused(lambda: sign_in(session, replace(copy, key=Authenticator().key)))
    assert logged(session, "passkey.refused") == []
    refused(lambda: sign_in(session, copy))
    (event,) = logged(session, "passkey.refused")
    assert (event["data"]["kept"], event["data"]["shown"]) == (7, 5)
    assert event["subject"] == public("person", worker.person)
    refused(lambda: sign_in(session, replace(device, counter=6)))
    refused(lambda: sign_in(session, replace(device, counter=0, steps=0)))
    assert sign_in(session, device).person_id == worker.person


def test_adding_and_removing_need_a_sign_in_of_a_moment_ago_are_logged_and_mailed_in_ones_language(
    session: Session, worker: Actor
) -> None:
    mailbox, stale = Mailbox(), signed_in(session, worker, minutes_ago=16)
    session.get_one(Person, worker.person).language = "sw"
    refused(lambda: passkeys.ask_to_add(session, stale, SITE, "work", HERE), "step_up_required")
    sent = Authenticator().create(passkeys.ask_to_add(session, worker, SITE, "work", HERE))
    late = lambda: passkeys.add(session, stale, SITE, "work", HERE, sent, "A", mailbox)  # noqa: E731
    refused(late, "step_up_required")
    assert mailbox.messages == []

    passkey = add_passkey(session, worker, Authenticator(), "Amina's phone", mailbox)
    refused(lambda: passkeys.remove(session, stale, passkey.id, mailbox), "step_up_required")
    passkeys.remove(session, worker, passkey.id, mailbox)

    assert [message.language for message in mailbox.messages] == ["sw", "sw"]
    assert all("Amina's phone" in message.text for message in mailbox.messages)
    for kind in ("passkey.added", "passkey.removed"):
        (event,) = logged(session, kind)
        assert event["data"] == {"passkey": public("passkey", passkey.id)}
        assert event["subject"] == public("person", worker.person)
    assert passkeys.own_passkeys(session, worker) == []


def test_a_removed_passkey_signs_nobody_in(session: Session, worker: Actor, device: Authenticator) -> None:
    (passkey,) = passkeys.own_passkeys(session, worker)
    passkeys.remove(session, worker, passkey.id, Mailbox())
    refused(lambda: sign_in(session, device))


def test_nobody_removes_anothers_passkey(session: Session, worker: Actor, device: Authenticator) -> None:
    other = signed_in(session, make_worker(session))
    (passkey,) = passkeys.own_passkeys(session, worker)
    refused(lambda: passkeys.remove(session, other, passkey.id, Mailbox()), "not_found")
    refused(lambda: passkeys.remove(session, other, new_id(), Mailbox()), "not_found")
    assert passkeys.own_passkeys(session, other) == []
    assert sign_in(session, device).person_id == worker.person


def test_one_key_is_one_passkey_whoever_sends_it(session: Session, worker: Actor, device: Authenticator) -> None:
    refused(lambda: add_passkey(session, worker, replace(device)))
    refused(lambda: add_passkey(session, signed_in(session, make_worker(session)), replace(device)))


def test_a_passkey_has_a_name_and_a_person_has_so_many(session: Session, worker: Actor) -> None:
    refused(lambda: add_passkey(session, worker, Authenticator(), "  "), "invalid")
    for number in range(passkeys.PASSKEYS_MAX):
        add_passkey(session, worker, Authenticator(), f"Phone {number}")
    refused(lambda: add_passkey(session, worker, Authenticator()), "passkeys_too_many")


def test_a_passkey_opens_the_faces_its_owner_belongs_to_and_keeps_the_organization(session: Session) -> None:
    first, second = make_organization(session), make_organization(session)
    member = signed_in(session, make_member(session, first, "requester"))
    device = Authenticator()
    add_passkey(session, member, device)
    assert sign_in(session, device, "console").organization_id == first.id
    refused(lambda: sign_in(session, device, "work"))
    person = session.get_one(Person, member.person)
    make_member(session, second, "requester", person=person)
    options = passkeys.ask_to_sign_in(session, SITE, "console", HERE)
    before, secret = passkeys.sign_in(session, SITE, "console", HERE, device.get(options), language="en", visit=Visit())
    before.organization_id = second.id
    session.flush()
    row = sign_in(session, device, "console", Visit(before=secret))
    assert row.organization_id == second.id
    session.refresh(before)
    assert before.revoked_at is not None


def test_who_is_erased_has_no_passkeys_left(session: Session, worker: Actor, device: Authenticator) -> None:
    waiting = device.get(passkeys.ask_to_sign_in(session, SITE, "work", HERE, worker.person))
    erase_person(session, worker, worker.person)
    assert session.scalars(select(Passkey)).all() == []
    assert session.scalars(select(PasskeyChallenge)).all() == []
    refused(lambda: answer(session, waiting))


def test_ones_own_data_list_passkeys_without_what_opens_anything(
    session: Session, worker: Actor, device: Authenticator
) -> None:
    tables = {one["table"]: one["rows"] for one in own_data(session, worker)["tables"]}
    (row,) = tables["passkey"]
    assert row["name"] == "My phone"
    assert row.keys() == {"id", "person_id", "sign_count", "name", "created_at", "last_used_at"}
    assert "passkey_challenge" not in tables


def test_what_is_past_its_end_is_forgotten(session: Session, worker: Actor) -> None:
    passkeys.ask_to_sign_in(session, SITE, "work", HERE)
    passkeys.ask_to_sign_in(session, SITE, "work", HERE)
    assert forget_sign_ins(session) == 0
    over = real_now(session) - dt.timedelta(seconds=1)
    one = select(PasskeyChallenge.challenge_hash).limit(1).scalar_subquery()
    session.execute(update(PasskeyChallenge).where(PasskeyChallenge.challenge_hash == one).values(expires_at=over))
    session.execute(update(WebSession).where(WebSession.id == worker.session_id).values(expires_at=over))
    assert forget_sign_ins(session) == 2
    assert session.scalar(select(func.count()).select_from(PasskeyChallenge)) == 1
    assert session.scalar(select(func.count()).select_from(WebSession)) == 0
