"""What a worker is told of their own skills, by page and by program."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.identity import skills
from marketplace.kernel.actor import Actor
from tests.builders.screening import grant_skill, make_skill
from tests.builders.web import Browser
from tests.builders.work import make_organization, make_worker
from tests.workers_portal.conftest import Program


def test_a_worker_reads_own_skills_and_nobody_elses(
    session: Session, worker: Actor, browser: Browser, program_of: Callable[[Actor], Program]
) -> None:
    (client,) = make_organization(session, "client", "requester")
    skill = make_skill(session, client, name="Point clouds")
    grant = grant_skill(session, client, skill, worker)
    skills.revoke(session, client, grant.grant.id, reason="The course was renewed.")
    (seen,) = program_of(worker).get("/skills").json["data"]
    assert (seen["name"], seen["reason"], seen["state"]) == ("Point clouds", "Passed the test.", "revoked")
    assert seen["revocation_reason"] == "The course was renewed."
    assert program_of(make_worker(session)).get("/skills").json["data"] == []
    page = browser.get("/work/standing").text
    assert "Point clouds" in page
    assert "The course was renewed." in page


def test_a_worker_without_skills_is_told_that_most_tasks_ask_for_none(browser: Browser) -> None:
    assert "Most tasks ask for none" in browser.get("/work/standing").text
