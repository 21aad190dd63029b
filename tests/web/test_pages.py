import re

import pytest
from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.identity import keys
from marketplace.identity.models import Organization, Person
from marketplace.identity.terms import TERMS_VERSION
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import ATTRIBUTE, commit_anyway, guarded, public, signed_in
from tests.builders.identity import TESTS, Mailbox, make_member, make_organization, make_worker
from tests.builders.web import Browser, make_app


@pytest.mark.parametrize("path", ["/", "/terms", "/sign-up", "/sign-up/worker", "/sign-up/client", "/work/sign-in"])
def test_open_pages_are_open_and_carry_the_security_headers(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert " style=" not in answer.text
    assert re.search("<script(?! src=)", answer.text) is None


def test_static_files_are_kept_by_browsers_and_set_no_cookie(browser: Browser) -> None:
    page = browser.get("/").text
    path = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = browser.get(path)
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    answer.close()


def test_every_request_has_an_id_and_keeps_a_well_formed_one(browser: Browser) -> None:
    assert len(browser.get("/healthz").headers["X-Request-Id"]) == 32
    given = {"X-Request-Id": "from-the-proxy-1"}
    assert browser.get("/healthz", headers=given).headers["X-Request-Id"] == "from-the-proxy-1"
    bad = {"X-Request-Id": "a b<script>"}
    assert "script" not in browser.get("/healthz", headers=bad).headers["X-Request-Id"]


def test_one_role_for_both_is_said_but_does_not_fail(session: Session) -> None:
    answer = Browser(make_app(session, environ={"ALLOW_ONE_ROLE": "1"})).get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["checks"]["roles"]["state"] == "warning"


def test_an_unknown_path_is_a_page_for_people_and_a_problem_for_programs(browser: Browser) -> None:
    page = browser.get("/nowhere")
    assert page.status_code == 404
    assert "Nothing here" in page.text
    problem = browser.get("/v1/nowhere")
    assert problem.status_code == 404
    assert problem.content_type == "application/problem+json"
    assert problem.get_json()["code"] == "not_found"
    assert problem.get_json()["request_id"] == problem.headers["X-Request-Id"]


def test_a_worker_signs_up_in_the_browser(session: Session, browser: Browser, mail: Mailbox) -> None:
    browser.get("/sign-up/worker")
    values = {
        "name": "Amina Otieno",
        "email": "amina@example.test",
        "country": "KE",
        "languages": ["sw", "en"],
        "adult": "yes",
        "terms": TERMS_VERSION,
    }
    wrong = browser.post("/sign-up/worker", {**values, "adult": "", "name": ""})
    assert wrong.status_code == 422
    assert 'value="amina@example.test"' in wrong.text
    assert wrong.text.count('class="error"') == 2
    assert session.scalars(select(Person)).all() == []
    done = browser.post("/sign-up/worker", values)
    assert done.status_code == 200
    assert "amina@example.test" in done.text
    link = mail.last.text.split("http://localhost")[1].split()[0]
    browser.get(link)
    assert browser.post(link).status_code == 303


def test_a_client_signs_up_and_waits(session: Session, browser: Browser, mail: Mailbox) -> None:
    browser.get("/sign-up/client")
    done = browser.post(
        "/sign-up/client",
        {
            "organization_name": "Street Maps",
            "name": "Jo Kim",
            "email": "jo@example.test",
            "country": "DE",
            "terms": TERMS_VERSION,
        },
    )
    assert done.status_code == 200, done.text
    assert session.scalars(select(Organization.state)).all() == ["pending"]
    assert "/console/sign-in/" in mail.last.text


def test_there_is_no_fourth_kind_of_account(browser: Browser) -> None:
    assert browser.get("/sign-up/platform").status_code == 404
    browser.get("/sign-up/client")
    assert browser.post("/sign-up/platform", {}).status_code == 404


def test_development_mail_is_shown_on_a_development_machine_only(session: Session, mail: Mailbox) -> None:
    developing = Browser(make_app(session, mailer=mail))
    developing.get("/work/sign-in")
    developing.post("/work/sign-in", {"email": "nobody@example.test"})
    assert "nobody@example.test" in developing.get("/development/mail").text
    serving = make_app(session, environ={"DEVELOPMENT": "0"}, mailer=mail)
    assert Browser(serving).get("/development/mail").status_code == 404


def views(app: Flask) -> None:
    """A few views under the APIs and the pages, to see what the guard does with them."""

    @app.get("/v1/whoami")
    @guarded("job.read")
    def whoami() -> ResponseReturnValue:
        return {"name": current_actor().name}

    @app.post("/worker/v1/anybody")
    @signed_in
    def anybody() -> ResponseReturnValue:
        return {"roles": sorted(current_actor().roles)}

    @app.get("/console/page")
    @guarded("ledger.read")
    def page() -> ResponseReturnValue:
        return "a page"

    @app.post("/v1/write/<how>")
    @public
    def write(how: str) -> ResponseReturnValue:
        person = Person(name=how, email=f"{how}@example.test")
        request_session().add(person)
        request_session().flush()
        if how == "raise":
            raise INVALID.error("Not so.", errors=[FieldError("/name", "bad", "Bad name.")], hint=7)
        if how == "crash":
            raise RuntimeError("boom")
        if how == "count":
            commit_anyway()
            return {}, 422
        return {}, 200 if how == "well" else 409


@pytest.fixture
def guarded_browser(session: Session) -> Browser:
    return Browser(make_app(session, views))


def bearer(secret: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Authorization": f"Bearer {secret}"}}


def test_a_guarded_view_asks_for_a_key_and_for_its_permission(session: Session, guarded_browser: Browser) -> None:
    nobody = guarded_browser.get("/v1/whoami")
    assert nobody.status_code == 401
    assert nobody.headers["WWW-Authenticate"] == "Bearer"
    assert nobody.get_json()["code"] == "unauthenticated"
    organization = make_organization(session)
    requester = make_member(session, organization, "requester")
    _key, good = keys.issue_key(session, TESTS, person_id=requester.person_id, organization_id=organization.id)
    assert guarded_browser.get("/v1/whoami", **bearer(good)).get_json() == {"name": requester.name}
    _key, narrow = keys.issue_key(
        session, TESTS, person_id=requester.person_id, organization_id=organization.id, scopes=["task.read"]
    )
    refused = guarded_browser.get("/v1/whoami", **bearer(narrow))
    assert (refused.status_code, refused.get_json()["code"]) == (403, "forbidden")
    assert refused.get_json()["data"] == {"permission": "job.read"}


def test_a_worker_key_works_at_the_worker_api_without_a_form_token(session: Session, guarded_browser: Browser) -> None:
    _key, secret = keys.issue_key(session, make_worker(session))
    answer = guarded_browser.client.post("/worker/v1/anybody", **bearer(secret))
    assert answer.get_json() == {"roles": ["worker"]}


def test_a_visitor_of_a_page_is_asked_to_sign_in_and_comes_back(session: Session, guarded_browser: Browser) -> None:
    answer = guarded_browser.get("/console/page?a=1")
    assert (answer.status_code, answer.location) == (303, "/console/sign-in?next=/console/page?a%3D1")
    member = make_member(session, make_organization(session), "requester")
    guarded_browser.sign_in(session, member, "console")
    forbidden = guarded_browser.get("/console/page")
    assert forbidden.status_code == 403
    assert "ledger.read" in forbidden.text


@pytest.mark.parametrize(
    ("how", "status", "kept"),
    [("well", 200, True), ("refuse", 409, False), ("raise", 422, False), ("crash", 500, False), ("count", 422, True)],
)
def test_a_request_commits_when_it_went_well_and_only_then(
    session: Session, guarded_browser: Browser, how: str, status: int, kept: bool
) -> None:
    answer = guarded_browser.post(f"/v1/write/{how}")
    assert answer.status_code == status
    assert (session.scalar(select(Person.name).where(Person.name == how)) == how) is kept
    if how == "raise":
        assert answer.get_json()["errors"] == [{"pointer": "/name", "code": "bad", "message": "Bad name."}]
        assert answer.get_json()["type"].endswith("/docs/errors/invalid")
    if how == "crash":
        assert "boom" not in answer.text


def test_a_guard_asks_for_permissions_that_exist() -> None:
    with pytest.raises(ValueError, match="no permission"):
        guarded("job.raed")


def test_every_view_of_the_shared_glue_is_guarded(app: Flask) -> None:
    unguarded = [name for name, view in app.view_functions.items() if not hasattr(view, ATTRIBUTE)]
    assert unguarded == ["web.static"]


def test_the_request_session_is_that_of_the_test(session: Session, app: Flask) -> None:
    person = make_worker(session)
    with app.test_request_context("/"):
        assert request.path == "/"
        assert request_session().get(Person, person.person_id) is not None


def test_a_key_may_ask_so_often_a_minute_and_claims_are_counted_apart(session: Session) -> None:
    limits = {"RATE_LIMIT_PER_MINUTE": "3", "RATE_LIMIT_CLAIMS_PER_MINUTE": "1"}
    browser = Browser(make_app(session, views, environ=limits))
    worker, other = make_worker(session), make_worker(session)
    _key, secret = keys.issue_key(session, worker)
    _key, other_secret = keys.issue_key(session, other)
    path = "/worker/v1/anybody"
    first = browser.client.post(path, **bearer(secret))
    assert first.status_code == 200
    assert first.headers["RateLimit-Limit"] == "1"
    assert first.headers["RateLimit-Remaining"] == "0"
    for _ in range(2):
        refused = browser.client.post(path, **bearer(secret))
        assert (refused.status_code, refused.get_json()["code"]) == (429, "rate_limited")
        assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert browser.client.post(path, **bearer(other_secret)).status_code == 200


def test_limits_hold_for_all_processes_together(session: Session) -> None:
    worker = make_worker(session)
    _key, secret = keys.issue_key(session, worker)
    processes = [Browser(make_app(session, views, environ={"RATE_LIMIT_CLAIMS_PER_MINUTE": "40"})) for _ in range(2)]
    answers = [
        processes[turn % 2].client.post("/worker/v1/anybody", **bearer(secret)).status_code for turn in range(60)
    ]
    assert answers.count(200) == 40
    assert answers.count(429) == 20
