import datetime as dt
import html
import re

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.identity.models import Person, WebSession
from marketplace.jobs.item_rows import ItemRow
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.treasury import put_in_capital
from marketplace.rails.methods import destination_of
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.mirroring import decide_mirror, propose_mirror
from marketplace.web.context import KEY
from marketplace.work.categories import REVIEW_CATEGORIES
from marketplace.work.models import Answer, Claim
from marketplace.work.verdicts import Verdict
from tests.builders.defaults import operations
from tests.builders.web import Browser
from tests.builders.work import Market, claim_and_submit, make_market, make_worker, open_batch


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=4)


def claim_a_task(browser: Browser) -> str:
    """Claim from the only batch and return the path of the claim."""
    page = browser.get("/work/tasks").text
    action = re.search(r'action="(/work/tasks/bat_\w+/claim)"', page)
    assert action
    answer = browser.post(action[1])
    assert answer.status_code == 303
    return answer.headers["Location"].rpartition("/items/")[0]


def test_every_page_has_an_empty_state(browser: Browser) -> None:
    for path, words in {
        "/work/": "Nothing earned yet",
        "/work/tasks": "No task is open just now",
        "/work/claims": "You have not claimed a task yet",
        "/work/earnings": "Say where your pay should go",
        "/work/keys": "No keys",
        "/work/access": "Where you are signed in",
        "/work/teams": "You are in no team",
    }.items():
        assert words in browser.get(path).text, path


def test_a_task_is_found_read_claimed_answered_and_submitted(
    session: Session, market: Market, browser: Browser
) -> None:
    batch = open_batch(session, market, items_per_task=2)
    kind = browser.get(f"/work/tasks/{public('batch', batch.id)}").text
    assert "2.00" in kind
    assert "Irony counts as what is meant." in kind
    path = claim_a_task(browser)
    assert "Item 1 of 2" in browser.get(f"{path}/items/1").text
    wrong = browser.post(f"{path}/items/1", {"action": "next"})
    assert wrong.status_code == 422
    assert "Not saved yet" in wrong.text
    onward = browser.post(f"{path}/items/1", {"1.label": "good", "action": "next"})
    assert onward.headers["Location"] == f"{path}/items/2"
    assert "1 of 2 answered" in browser.get(path).text
    browser.get(f"{path}/items/2")
    done = browser.post(f"{path}/items/2", {"2.label": "bad", "action": "submit"})
    assert done.headers["Location"] == path
    closed = browser.get(path).text
    assert "accepted by itself on" in closed
    assert [a.content["label"] for a in session.scalars(select(Answer).order_by(Answer.ordinal))] == ["good", "bad"]


def test_submitting_leads_to_the_next_task_if_one_is_left(session: Session, market: Market, browser: Browser) -> None:
    open_batch(session, market, items=2)
    path = claim_a_task(browser)
    browser.get(f"{path}/items/1")
    onward = browser.post(f"{path}/items/1", {"1.label": "good", "action": "submit_next"}).headers["Location"]
    assert onward.endswith("/items/1")
    assert not onward.startswith(path)
    assert "Here is your next task." in browser.get(onward).text
    last = onward.removesuffix("/items/1")
    assert browser.post(onward, {"1.label": "bad", "action": "submit_next"}).headers["Location"] == last
    assert "Submitted. There is no next task for you here" in browser.get(last).text
    assert [a.content["label"] for a in session.scalars(select(Answer).order_by(Answer.ordinal))] == ["good", "bad"]


def test_a_models_proposal_is_filled_in_and_marked_as_such(session: Session, browser: Browser) -> None:
    prelabel = {"answer": {"label": "bad"}, "model": "critic", "version": "2", "confidence_ppm": 934_000}
    rows = [
        ItemRow(1, "a", "standard", {"text": "Film 1"}, prelabel=prelabel),
        ItemRow(2, "b", "standard", {"text": "Film 2"}),
    ]
    open_batch(session, make_market(session, items_count=2, rows=rows), items_per_task=2)
    path = claim_a_task(browser)
    page = browser.get(f"{path}/items/1").text
    assert "A model's proposal" in html.unescape(page)
    assert "critic 2 proposed an answer" in page
    assert "93 %" in page
    assert re.search(r'value="bad" checked', page)
    assert "0 of 2 answered" in browser.get(path).text
    other = browser.get(f"{path}/items/2").text
    assert "proposal" not in other
    assert "checked" not in other
    browser.post(f"{path}/items/1", {"1.label": "good", "action": "next"})
    assert re.search(r'value="good" checked', browser.get(f"{path}/items/1").text)


def test_what_was_typed_survives_a_mistake_and_leaving(session: Session, market: Market, browser: Browser) -> None:
    open_batch(session, market, items_per_task=2)
    path = claim_a_task(browser)
    browser.get(f"{path}/items/1")
    browser.post(f"{path}/items/1", {"1.label": "bad", "action": "save"})
    assert re.search(r'value="bad" checked', browser.get(f"{path}/items/1").text)


def test_a_claim_is_given_back_and_prolonged_by_button(session: Session, market: Market, browser: Browser) -> None:
    open_batch(session, market)
    path = claim_a_task(browser)
    browser.get(path)
    assert browser.post(f"{path}/extend").status_code == 303
    assert "The time starts anew." in browser.get(path).text
    assert browser.post(f"{path}/return").headers["Location"] == "/work/claims"
    assert session.scalars(select(Claim.state)).one() == "returned"


def test_a_redo_shows_the_comment_and_the_old_answer(
    session: Session, market: Market, browser: Browser, worker: Actor
) -> None:
    batch = open_batch(session, market)
    claimed, _ = claim_and_submit(session, worker, batch, "bad")
    answer_id = session.scalars(select(Answer.id)).one()
    verdict = Verdict(answer_id, "redo", "unclear", "Read the last line again.")
    decide_answers(session, market.reviewer, claimed.id, [verdict_of(verdict)])
    assert "Sent back to you" in browser.get("/work/").text
    page = browser.get(f"/work/claims/{public('claim', claimed.id)}/items/1").text
    assert "Read the last line again." in page
    assert re.search(r'value="bad" checked', page)


def verdict_of(verdict: Verdict) -> Verdict:
    """The verdict with a category there is."""
    return Verdict(verdict.answer_id, verdict.verdict, next(iter(REVIEW_CATEGORIES)), verdict.comment, verdict.rule)


def test_a_rejection_can_be_contested_and_says_until_when(
    session: Session, market: Market, browser: Browser, worker: Actor
) -> None:
    batch = open_batch(session, market)
    claimed, _ = claim_and_submit(session, worker, batch)
    answer_id = session.scalars(select(Answer.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [verdict_of(Verdict(answer_id, "reject", None, "No.", "G1"))])
    path = f"/work/claims/{public('claim', claimed.id)}"
    assert "Contest this" in browser.get(path).text
    form = f"/work/answers/{public('answer', answer_id)}/dispute"
    assert "No." in browser.get(form).text
    assert browser.post(form, {"reason": " "}).status_code == 422
    assert browser.post(form, {"reason": "It is what the film says."}).headers["Location"] == path
    assert "it is decided for you" in browser.get(path).text


def test_where_the_price_went_adds_up_on_the_page(
    session: Session, market: Market, browser: Browser, worker: Actor
) -> None:
    batch = open_batch(session, market, pay="0.4250")
    claimed, _ = claim_and_submit(session, worker, batch)
    answer_id = session.scalars(select(Answer.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "accept")])
    page = browser.get(f"/work/answers/{public('answer', answer_id)}/price-chain").text
    assert "0.425 " in page
    assert "scheduled" in page
    assert "0.425" in browser.get("/work/earnings").text


def test_the_price_of_what_was_accepted_by_mistake_says_who_pays_the_worker(
    session: Session, market: Market, browser: Browser, worker: Actor
) -> None:
    claimed, _ = claim_and_submit(session, worker, open_batch(session, market, pay="0.4250"))
    answer_id = session.scalars(select(Answer.id)).one()
    path = f"/work/answers/{public('answer', answer_id)}/price-chain"
    assert "This is the plan" in browser.get(path).text
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "accept")])
    put_in_capital(session, system_actor("tests"), Money.parse("10", "USD"))
    mirror = propose_mirror(session, operations(session), answer_id, "It was the wrong button.")
    decide_mirror(session, operations(session), mirror.id, confirm=True)
    page = browser.get(path).text
    assert "What you earned by it stays yours" in page
    assert "This is the plan" not in page


def test_a_key_is_shown_once_and_revoked(session: Session, browser: Browser) -> None:
    browser.get("/work/keys")
    shown = browser.post("/work/keys", {"name": "phone"}).text
    assert len(re.findall(r"pwk_[\w-]+", shown)) == 1
    listed = browser.get("/work/keys").text
    assert not re.search(r"pwk_[\w-]{10,}", listed)
    revoke = re.search(r'action="(/work/keys/key_\w+/revoke)"', listed)
    assert revoke
    browser.post(revoke[1])
    assert "revoked" in browser.get("/work/keys").text


def test_another_workers_claim_is_not_there(session: Session, market: Market, browser: Browser) -> None:
    batch = open_batch(session, market)
    claimed, _ = claim_and_submit(session, make_worker(session, "Bo"), batch)
    assert browser.get(f"/work/claims/{public('claim', claimed.id)}").status_code == 404


def test_a_visitor_is_sent_to_sign_in(app: object, browser: Browser) -> None:
    stranger = browser.client.application.test_client()
    answer = stranger.get("/work/earnings")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/work/sign-in?next=/work/earnings"


def test_the_page_keeps_no_payout_method_on_a_rail_that_is_not_here(
    session: Session, browser: Browser, worker: Actor
) -> None:
    browser.get("/work/payout-method")
    answer = browser.post("/work/payout-method", {"rail": "nowhere", "destination": "amina"})
    assert answer.status_code == 422
    assert destination_of(session, worker.person, "nowhere") is None


def test_pay_goes_elsewhere_only_after_another_code_and_two_days(
    session: Session, app: Flask, browser: Browser, worker: Actor
) -> None:
    browser.get("/work/payout-method")
    browser.post("/work/payout-method", {"rail": "sandbox", "destination": "acct_of_amina"})
    session.execute(update(WebSession).values(created_at=real_now(session) - dt.timedelta(hours=1)))
    page = browser.get("/work/payout-method").text
    assert "acct_of_amina" not in page
    assert "…mina" in page
    assert 'name="destination"' not in page
    refused = browser.post("/work/payout-method", {"rail": "sandbox", "destination": "acct_of_a_thief"})
    assert refused.status_code == 422
    assert "Sign in again" in refused.text

    email = session.get_one(Person, worker.person).email
    browser.post("/work/sign-in", {"email": email, "next": "/work/payout-method"})
    mailbox = app.extensions[KEY].mailer
    code = re.search(r"asked for it:\n(.+)\n", mailbox.last.text)
    assert code
    back = browser.post("/work/sign-in/code", {"email": email, "code": code[1], "next": "/work/payout-method"})
    assert back.headers["Location"].endswith("/work/payout-method")
    browser.get("/work/payout-method")
    assert browser.post("/work/payout-method", {"rail": "sandbox", "destination": "acct_new"}).status_code == 303

    assert (mailbox.last.to, mailbox.last.subject) == (email, "Where you are paid is about to change")
    page = browser.get("/work/payout-method").text
    assert "…mina" in page
    assert "…ew" in page
    action = re.search(r"/work/payout-method/changes/pmc_[0-9a-z]+/cancel", page)
    assert action
    assert browser.post(action[0]).status_code == 303
    assert "…ew" not in browser.get("/work/payout-method").text
    assert destination_of(session, worker.person, "sandbox") == "acct_of_amina"
