import datetime as dt
import re
import threading

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.identity import signin
from marketplace.identity.authentication import actor_for_session
from marketplace.identity.forgetting import forget_sign_ins
from marketplace.identity.limiting import count_request, forget_expired
from marketplace.identity.models import Person, RequestCount, SignInToken
from marketplace.kernel.errors import DomainError
from tests.builders.identity import Mailbox, make_member, make_organization, make_person, make_worker

URL = "http://market.test"


def code_in(mail: Mailbox) -> str:
    found = re.search(r"^([0-9A-Z]{4}-[0-9A-Z]{4})$", mail.last.text, re.MULTILINE)
    assert found
    return found[1]


def email_of(session: Session, person_id: object) -> str:
    return session.scalars(select(Person.email).where(Person.id == person_id)).one()


def test_a_mailed_link_signs_in_once(session: Session) -> None:
    worker, mail = make_worker(session), Mailbox()
    signin.request_sign_in(session, mail, email_of(session, worker.person_id).upper(), "work", URL)
    link = re.search(r"http://market\.test/work/sign-in/(\S+)", mail.last.text)
    assert link
    row, secret = signin.consume(session, "work", token=link[1])
    assert row.organization_id is None
    assert actor_for_session(session, secret, "work") is not None
    with pytest.raises(DomainError) as refused:
        signin.consume(session, "work", token=link[1])
    assert refused.value.slug == "sign_in_refused"


def test_a_mailed_code_signs_in_however_it_is_typed(session: Session) -> None:
    worker, mail = make_worker(session), Mailbox()
    email = email_of(session, worker.person_id)
    signin.request_sign_in(session, mail, email, "work", URL)
    typed = code_in(mail).lower().replace("-", " ")
    signin.consume(session, "work", email=f" {email.title()} ", code=typed)
    with pytest.raises(DomainError):
        signin.consume(session, "work", email=email, code=typed)


def test_five_wrong_codes_end_the_right_one(session: Session) -> None:
    worker, mail = make_worker(session), Mailbox()
    email = email_of(session, worker.person_id)
    signin.request_sign_in(session, mail, email, "work", URL)
    for _ in range(signin.ATTEMPTS_MAX):
        with pytest.raises(DomainError):
            signin.consume(session, "work", email=email, code="22222222")
    with pytest.raises(DomainError):
        signin.consume(session, "work", email=email, code=code_in(mail))


def test_a_link_ends_by_real_time_and_belongs_to_its_face(session: Session) -> None:
    member = make_member(session, make_organization(session), "requester")
    token, _code = signin.create_link(session, member.person, "console")
    with pytest.raises(DomainError):
        signin.consume(session, "work", token=token)
    session.execute(update(SignInToken).values(expires_at=func.statement_timestamp() - dt.timedelta(seconds=1)))
    with pytest.raises(DomainError):
        signin.consume(session, "console", token=token)


def test_an_unknown_address_gets_a_mail_too_so_that_nobody_learns_who_is_known(session: Session) -> None:
    mail = Mailbox()
    signin.request_sign_in(session, mail, "stranger@example.test", "work", URL)
    assert mail.last.to == "stranger@example.test"
    assert "/sign-in/" not in mail.last.text
    assert session.scalar(select(func.count()).select_from(SignInToken)) == 0


def test_who_asks_at_the_wrong_door_is_told_the_right_one_by_mail(session: Session) -> None:
    worker, mail = make_worker(session), Mailbox()
    signin.request_sign_in(session, mail, email_of(session, worker.person_id), "console", URL)
    assert f"{URL}/work/sign-in" in mail.last.text


def test_signing_in_verifies_the_address(session: Session) -> None:
    organization = make_organization(session)
    person = make_person(session, verified=False)
    make_member(session, organization, "requester", person=person)
    token, _code = signin.create_link(session, person.id, "console")
    row, _secret = signin.consume(session, "console", token=token)
    session.refresh(person)
    assert person.email_verified_at is not None
    assert row.organization_id == organization.id


def test_a_session_can_change_to_another_organization_of_the_same_person_only(session: Session) -> None:
    first, second, foreign = (make_organization(session) for _ in range(3))
    person = make_person(session)
    member = make_member(session, first, "requester", person=person)
    make_member(session, second, "reviewer", person=person)
    token, _code = signin.create_link(session, person.id, "console")
    _row, secret = signin.consume(session, "console", token=token)
    signin.switch_organization(session, member, secret, second.id)
    actor = actor_for_session(session, secret, "console")
    assert actor is not None
    assert actor.organization_id == second.id
    assert actor.roles == {"reviewer"}
    with pytest.raises(DomainError):
        signin.switch_organization(session, member, secret, foreign.id)


def test_of_many_browsers_with_one_link_exactly_one_gets_in(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        worker = make_worker(session)
        token, _code = signin.create_link(session, worker.person, "work")
    results: list[str] = []
    start = threading.Barrier(8)

    def use() -> None:
        start.wait()
        try:
            with transaction(committing_engine) as session:
                signin.consume(session, "work", token=token)
            results.append("in")
        except DomainError as error:
            results.append(error.slug)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["in"] + ["sign_in_refused"] * 7


def test_requests_are_counted_in_the_database_and_forgotten_after_their_window(session: Session) -> None:
    for _ in range(3):
        count_request(session, "sign in a@example.test", most=3, seconds=900)
    with pytest.raises(DomainError) as refused:
        count_request(session, "sign in a@example.test", most=3, seconds=900)
    assert refused.value.slug == "rate_limited"
    assert 0 < refused.value.data["retry_after"] <= 900
    count_request(session, "sign in b@example.test", most=3, seconds=900)
    session.execute(update(RequestCount).values(expires_at=func.statement_timestamp()))
    count_request(session, "sign in a@example.test", most=3, seconds=900)
    assert forget_expired(session) == 1


def test_mailed_ways_in_are_forgotten_past_their_end(session: Session) -> None:
    worker = make_worker(session)
    signin.create_link(session, worker.person, "work")
    assert forget_sign_ins(session) == 0
    session.execute(update(SignInToken).values(expires_at=func.statement_timestamp() - dt.timedelta(seconds=1)))
    assert forget_sign_ins(session) == 1
    assert session.scalar(select(func.count()).select_from(SignInToken)) == 0
