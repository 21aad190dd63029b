from dataclasses import replace

from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel.ids import new_id
from marketplace.web.media import media_link
from tests.builders.identity import make_member, make_organization, make_worker


def test_a_key_without_the_scope_gets_no_link_that_would_stand_for_its_person(session: Session, app: Flask) -> None:
    reviewer = make_member(session, make_organization(session, "client"), "reviewer")
    with app.test_request_context("/"):
        for actor, scope in ((reviewer, "review.read"), (make_worker(session), "work.read")):
            assert media_link(new_id(), actor) is not None
            assert media_link(new_id(), replace(actor, permissions=frozenset({scope}))) is None
