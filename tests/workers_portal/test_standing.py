"""What a worker is told of their own skills and of blocks, by page and by program."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.identity import skills
from marketplace.jobs.screening import Screening
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from tests.builders.scores import compared, score_workers
from tests.builders.screening import block, days_pass, grant_skill, make_skill
from tests.builders.web import Browser
from tests.builders.work import make_market, make_organization, make_worker, open_batch
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


def test_a_worker_reads_own_scores_by_page_and_program(
    session: Session, worker: Actor, browser: Browser, program_of: Callable[[Actor], Program]
) -> None:
    assert "Not known yet" in browser.get("/work/standing").text
    assert program_of(worker).get("/scores").json == {"data": []}
    compared(session, worker, right=18, wrong=6)
    days_pass(session, 1)
    score_workers(session)
    (seen,) = program_of(worker).get("/scores").json["data"]
    assert (seen["kind"], seen["percent"], seen["answers_at_least"]) == ("text_classification", 75, 20)
    page = browser.get("/work/standing").text
    assert "75 of 100" in page
    assert "from at least 20 answers" in page
    days_pass(session, 400)
    (ended,) = program_of(worker).get("/scores").json["data"]
    assert (ended["percent"], ended["known_until"]) == (None, seen["known_until"])
    assert "not known any more" in browser.get("/work/standing").text


def test_a_program_that_does_not_fit_is_told_what_is_missing(
    session: Session, worker: Actor, program_of: Callable[[Actor], Program]
) -> None:
    batch = open_batch(session, make_market(session, items_count=2, screening=Screening(countries=("DE",))))
    program = program_of(worker)
    assert program.get("/tasks").json["data"] == []
    refused = program.post("/claims", {"batch_id": public("batch", batch.id)})
    assert (refused.status_code, refused.json["code"]) == (403, "screened_out")
    assert refused.json["detail"] == "This job is for workers in Germany."
    assert refused.json["data"] == {"countries": ["DE"], "languages": [], "skills": [], "score_min": None}


def test_a_blocked_worker_reads_why_until_when_and_contests_it_by_program(
    session: Session, worker: Actor, program_of: Callable[[Actor], Program]
) -> None:
    market = make_market(session, items_count=2)
    batch, program = open_batch(session, market), program_of(worker)
    made = block(session, market.requester, worker, scope="job", job_id=market.job.id, reason="Copied.")
    refused = program.post("/claims", {"batch_id": public("batch", batch.id)})
    assert (refused.status_code, refused.json["code"]) == (403, "worker_blocked")
    assert refused.json["data"]["blocks"][0]["reason"] == "Copied."
    (seen,) = program.get("/access-rules").json["data"]
    assert (seen["reason"], seen["scope"], seen["job_title"]) == ("Copied.", "job", market.job.title)
    assert seen["expires_at"] == refused.json["data"]["blocks"][0]["expires_at"]
    path = f"/access-rules/{public('access_rule', made.id)}/contest"
    assert path in seen["contest"]
    contested = program.post(path, {"reason": "It was not me."})
    assert (contested.status_code, contested.json["contest"]) == (200, None)
    assert program.post(path, {"reason": "Again."}).json["code"] == "contested_already"
    assert program_of(make_worker(session)).post(path, {"reason": "Mine."}).status_code == 404
    assert program_of(make_worker(session)).get("/access-rules").json["data"] == []


def test_a_blocked_worker_reads_why_and_contests_it_on_the_page(
    session: Session, worker: Actor, browser: Browser
) -> None:
    market = make_market(session, items_count=2)
    batch = open_batch(session, market)
    assert browser.get(f"/work/tasks/{public('batch', batch.id)}").status_code == 200
    made = block(session, market.requester, worker, reason="Copied <b>answers</b>.")
    assert browser.get(f"/work/tasks/{public('batch', batch.id)}").status_code == 404
    page = browser.get("/work/standing").text
    assert "Copied &lt;b&gt;answers&lt;/b&gt;." in page
    path = f"/work/standing/{public('access_rule', made.id)}/contest"
    empty = browser.post(path, {"reason": " "})
    assert empty.status_code == 422
    assert "This may not be empty." in empty.text
    assert browser.post(path, {"reason": "It was not me."}).status_code == 303
    assert "It was not me." in browser.get("/work/standing").text
    again = browser.post(path, {"reason": "Again."})
    assert again.status_code == 409


def test_a_claim_by_page_that_is_refused_says_why(session: Session, worker: Actor, browser: Browser) -> None:
    market = make_market(session, items_count=2)
    batch = open_batch(session, market)
    block(session, market.requester, worker, reason="Copied.")
    refused = browser.post(f"/work/tasks/{public('batch', batch.id)}/claim", {})
    assert refused.status_code == 403
    assert "Copied." in refused.text
