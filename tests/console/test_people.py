"""Operations erase people who asked for it in writing."""

from sqlalchemy.orm import Session

from marketplace.identity.models import Person
from marketplace.kernel.ids import public
from tests.builders.identity import make_member, make_organization, make_staff, make_worker
from tests.console.conftest import Enter


def test_operations_find_a_person_by_address_and_erase_them(session: Session, enter: Enter) -> None:
    worker = make_worker(session, name="Amina")
    address = session.get_one(Person, worker.person).email
    browser = enter(make_staff(session, "operations"))
    assert "Nobody has this address" in browser.get("/console/people?address=who@example.test").text
    assert "Amina" in browser.get(f"/console/people?address={address}").text
    path = f"/console/people/{public('person', worker.person)}/erase"
    assert browser.post(path, {"reason": "", "address": address}).status_code == 422
    assert browser.post(path, {"reason": "asked_in_writing", "address": address}).status_code == 303
    session.expire_all()
    assert session.get_one(Person, worker.person).state == "erasing"
    page = browser.get("/console/people").text
    assert public("person", worker.person) in page
    assert "Amina" not in page


def test_the_last_manager_of_an_organization_is_not_erased(session: Session, enter: Enter) -> None:
    manager = make_member(session, make_organization(session, "subcontractor"), "manager")
    browser = enter(make_staff(session, "operations"))
    browser.get("/console/people")
    answer = browser.post(f"/console/people/{public('person', manager.person)}/erase", {"reason": "authority"})
    assert answer.status_code == 422
    assert "The last person who can manage the organization" in answer.text


def test_others_of_the_platform_do_not(session: Session, enter: Enter) -> None:
    assert enter(make_staff(session, "finance")).get("/console/people").status_code == 403
