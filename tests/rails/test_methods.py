import pytest
from sqlalchemy.orm import Session

from marketplace.kernel.errors import DomainError
from marketplace.rails.methods import destination_of, keep_destination
from tests.builders.identity import make_member, make_organization, make_worker


def test_a_worker_and_an_organization_say_where_they_are_paid(session: Session) -> None:
    worker = make_worker(session)
    manager = make_member(session, make_organization(session, "subcontractor"), "manager")

    assert keep_destination(session, worker, "sandbox", " acct_1 ").payee_kind == "worker"
    assert keep_destination(session, manager, "sandbox", "acct_2").payee_kind == "organization"

    assert destination_of(session, worker.person, "sandbox") == "acct_1"
    assert destination_of(session, manager.organization, "sandbox") == "acct_2"
    assert destination_of(session, worker.person, "bank") is None


@pytest.mark.parametrize("destination", ["", "   ", "x" * 201, "acct\n1"])
def test_a_destination_is_a_short_visible_text(session: Session, destination: str) -> None:
    with pytest.raises(DomainError, match="destination_invalid"):
        keep_destination(session, make_worker(session), "sandbox", destination)


def test_a_client_has_nothing_to_be_paid(session: Session) -> None:
    requester = make_member(session, make_organization(session, "client"), "requester")
    with pytest.raises(DomainError, match="forbidden"):
        keep_destination(session, requester, "sandbox", "acct_1")
