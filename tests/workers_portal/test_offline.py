"""What a device kept while there was no network: accepted late, once, in the right name, or refused with the reason."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.jobs.reserve import fund
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.settlement.accepting import decide_answers
from marketplace.work import leases
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer, Claim
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.settlement import redo
from tests.builders.web import Browser
from tests.builders.work import Market, answers_to, give_money, make_market, make_worker, open_batch
from tests.work.test_submitting import pass_time

KEPT = {"Piecework-Outbox": "1"}
LEASE = 3600


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=2)


@pytest.fixture
def path(session: Session, market: Market, worker: Actor) -> str:
    claimed = claim_next(session, worker, open_batch(session, market, items_per_task=2, lease_seconds=LEASE).id)
    return f"/work/claims/{public('claim', claimed.id)}"


def send(browser: Browser, path: str, number: int, label: str, action: str, attempt: int = 1) -> str:
    """What the device sends once there is a network; where it led, or the code of the refusal."""
    browser.get("/work/outbox")
    form = {f"{number}.label": label, "action": action, "attempt": attempt}
    answer = browser.post(f"{path}/items/{number}", form, headers=KEPT)
    if answer.status_code == 303:
        return answer.headers["Location"]
    assert answer.status_code == 409
    assert answer.text == ""
    return answer.headers["Piecework-Refusal"]


def lose(session: Session) -> None:
    pass_time(session, LEASE + 1)
    leases.expire(session)


def contents(session: Session) -> list[str]:
    return [answer.content["label"] for answer in session.scalars(select(Answer).order_by(Answer.ordinal))]


def test_what_was_kept_is_saved_and_submitted_in_its_order(session: Session, browser: Browser, path: str) -> None:
    assert send(browser, path, 1, "good", "next") == f"{path}/items/2"
    assert send(browser, path, 2, "bad", "submit") == path
    assert contents(session) == ["good", "bad"]


def test_it_comes_late_while_nobody_has_the_task(session: Session, browser: Browser, path: str) -> None:
    lose(session)
    assert send(browser, path, 1, "good", "next") == f"{path}/items/2"
    assert send(browser, path, 2, "bad", "submit") == path
    assert contents(session) == ["good", "bad"]


def test_who_has_the_task_by_then_keeps_it_and_what_comes_late_is_kept_with_the_reason(
    session: Session, browser: Browser, path: str
) -> None:
    lose(session)
    claim_next(session, make_worker(session))
    assert send(browser, path, 1, "good", "next") == f"{path}/items/2"
    assert "the seat is no longer free" not in browser.get(path).text
    assert send(browser, path, 2, "bad", "submit") == path
    assert contents(session) == []
    assert send(browser, path, 2, "bad", "submit") == path  # the same again
    assert send(browser, path, 2, "good", "submit") == "state_conflict"
    assert "the seat is no longer free" in browser.get(path).text
    assert ">kept<" in browser.get("/work/claims").text


def test_what_was_kept_is_contested_whole_and_then_its_answers_are_there(
    session: Session, market: Market, browser: Browser, path: str
) -> None:
    give_money(session, market.job.organization_id, Money.parse("2.00", "USD"))
    fund(session, market.requester, market.job.id, Money.parse("2.00", "USD"))
    lose(session)
    claim_next(session, make_worker(session))
    send(browser, path, 1, "good", "next")
    send(browser, path, 2, "bad", "submit")
    assert "there is nothing to contest" in browser.get(path).text
    market.job.late_answers_max = 2
    session.flush()
    assert "came too late to count" in browser.get(f"{path}/dispute").text
    assert browser.post(f"{path}/dispute", {"reason": ""}).status_code == 422
    assert browser.post(f"{path}/dispute", {"reason": "My network was gone."}).status_code == 303
    assert contents(session) == ["good", "bad"]
    assert browser.get(path).text.count("You contested this:") == 2


def test_after_the_week_no_page_promises_that_it_can_be_contested(
    session: Session, market: Market, browser: Browser, path: str
) -> None:
    lose(session)
    claim_next(session, make_worker(session))
    send(browser, path, 1, "good", "next")
    send(browser, path, 2, "bad", "submit")
    market.job.late_answers_max = 2
    session.flush()
    assert "Contest this" in browser.get(path).text
    assert "can be contested until" in browser.get("/work/claims").text
    pass_time(session, 8 * 86_400)
    assert "Contest this" not in browser.get(path).text
    assert "can be contested until" not in browser.get("/work/claims").text


def test_where_the_job_has_no_money_left_contesting_says_so_and_nothing_is_lost(
    session: Session, market: Market, browser: Browser, path: str
) -> None:
    market.job.late_answers_max = 2
    lose(session)
    claim_next(session, make_worker(session))
    send(browser, path, 1, "good", "next")
    send(browser, path, 2, "bad", "submit")
    refused = browser.post(f"{path}/dispute", {"reason": "My network was gone."})
    assert refused.status_code == 422
    assert "more may come free" in refused.text
    assert "the seat is no longer free" in browser.get(path).text


def test_after_a_day_nothing_is_kept(session: Session, browser: Browser, path: str) -> None:
    lose(session)
    claim_next(session, make_worker(session))
    pass_time(session, 86_400)
    assert send(browser, path, 1, "good", "next") == "lease_over"


def test_an_answer_typed_in_as_the_time_ends_is_saved_and_can_be_submitted_all_the_same(
    session: Session, browser: Browser, path: str
) -> None:
    lose(session)
    browser.post(f"{path}/items/1", {"1.label": "good", "action": "next", "attempt": 1})
    assert "Submit it all the same" not in browser.get(path).text
    browser.post(f"{path}/items/2", {"2.label": "bad", "action": "save", "attempt": 1})
    page = browser.get(path).text
    assert "Submit it all the same" in page
    # Without it a device that keeps the form would not know whose it is, and never send it.
    assert 'name="person"' in page
    browser.post(f"{path}/submit", {"attempt": 1})
    assert contents(session) == ["good", "bad"]


def test_the_same_again_is_as_good_as_given_and_another_answer_is_not(
    session: Session, browser: Browser, path: str
) -> None:
    send(browser, path, 1, "good", "next")
    send(browser, path, 2, "bad", "submit")
    assert send(browser, path, 2, "bad", "submit") == path
    assert send(browser, path, 1, "good", "next") == path
    assert send(browser, path, 1, "bad", "next") == "state_conflict"
    assert contents(session) == ["good", "bad"]
    submitted = select(func.count()).where(AuditEvent.kind == "claim.submitted")
    assert session.scalars(submitted).one() == 1


def test_an_answer_that_breaks_a_rule_stays_on_the_device(session: Session, browser: Browser, path: str) -> None:
    browser.get("/work/outbox")
    refused = browser.post(f"{path}/items/1", {"action": "next", "attempt": 1}, headers=KEPT)
    assert refused.headers["Piecework-Refusal"] == "answers_invalid"


def test_an_answer_to_an_earlier_attempt_does_not_become_one_to_the_redo(
    session: Session, browser: Browser, path: str
) -> None:
    send(browser, path, 1, "good", "next")
    assert send(browser, path, 1, "bad", "next", attempt=2) == "state_conflict"
    assert browser.post(f"{path}/items/1", {"1.label": "bad", "action": "next", "attempt": 2}).status_code == 303
    draft = session.scalars(select(Claim.draft)).one()
    assert draft is not None
    assert list(draft.values()) == [{"label": "good"}]


def test_a_redo_that_comes_too_late_stays_on_the_device(
    session: Session, market: Market, browser: Browser, path: str
) -> None:
    send(browser, path, 1, "good", "next")
    send(browser, path, 2, "bad", "submit")
    claim_id = session.scalars(select(Claim.id)).one()
    first, second = session.scalars(select(Answer.id).order_by(Answer.ordinal))
    decide_answers(session, market.reviewer, claim_id, [redo(first), Verdict(second, "accept")])
    lose(session)
    assert send(browser, path, 1, "bad", "submit", attempt=2) == "state_conflict"
    assert contents(session) == ["good", "bad"]


def test_in_another_name_nothing_is_accepted(session: Session, market: Market, browser: Browser) -> None:
    other = make_worker(session)
    claimed = claim_next(session, other, open_batch(session, market).id)
    browser.get("/work/outbox")
    path = f"/work/claims/{public('claim', claimed.id)}/items/1"
    refused = browser.post(path, {"1.label": "good", "action": "submit", "attempt": 1}, headers=KEPT)
    assert refused.status_code in {404, 409}
    assert contents(session) == []
    submit(session, other, claimed.id, answers_to(claimed), 1)


def test_the_device_learns_who_is_signed_in_and_a_stranger_learns_nothing(browser: Browser, worker: Actor) -> None:
    known = browser.get("/work/outbox/who")
    assert known.json is not None
    assert known.json["person"] == public("person", worker.person)
    assert browser.client.application.test_client().get("/work/outbox/who").status_code == 303


def test_a_lost_claim_is_taken_up_again_by_button(session: Session, browser: Browser, path: str) -> None:
    lose(session)
    assert "Take it up again" in browser.get(path).text
    assert browser.post(f"{path}/take-up").status_code == 303
    assert "0 of 2 answered" in browser.get(path).text


def test_signing_out_clears_what_the_device_kept(browser: Browser) -> None:
    browser.get("/work/")
    assert browser.post("/work/sign-out").headers["Clear-Site-Data"] == '"storage"'


def test_the_worker_of_the_pages_is_asked_for_anew_each_time(browser: Browser) -> None:
    with browser.client.get("/work/offline.js") as script:
        assert script.status_code == 200
        assert script.headers["Cache-Control"] == "no-cache"
        assert script.mimetype == "text/javascript"
