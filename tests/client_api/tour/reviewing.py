"""A scene of the tour about review: what is drawn, what is held, and who lets it through again."""

from __future__ import annotations

from marketplace.db import clock
from marketplace.identity.authentication import actor_for_key
from marketplace.kernel.ids import parse, public
from marketplace.settlement.appeals import finalize_rejections
from marketplace.settlement.sampling import draw_answers
from marketplace.work.claiming import claim_next
from marketplace.work.review_events import CONTEST_FOR
from marketplace.work.submitting import submit
from tests.builders.payouts import inside
from tests.client_api.conftest import SYSTEM, Caller, Market
from tests.client_api.examples import items, job, money
from tests.client_api.story import Story, ok, published
from tests.client_api.tour.working import answers_come_late

ANSWERS = 24


def answers_are_judged(market: Market, story: Story) -> None:
    """A client has a sample of one job reviewed, and rejects too much of another."""
    ok(story.client.get("/review-categories"))
    _sample_is_drawn(story)
    _rejections_are_held(market, story)
    _what_was_rejected_is_bought(market, story)
    _reviewers_share_the_work(market, story)


def reviewer_of(market: Market, story: Story) -> Caller:
    """A reviewer of the story's client."""
    assert story.client.organization_id is not None
    client = story.session.get_one(type(market.organization("client")), story.client.organization_id)
    return market.caller(client, "reviewer")


def answered(story: Story, count: int, **changes: object) -> tuple[str, str]:
    """A job of the client's with one task of so many items, all answered by the worker; the job and the claim."""
    client = story.client
    job_id = str(ok(client.post("/jobs", job(acceptance_by="client", **changes))).json["id"])
    ok(client.post(f"/jobs/{job_id}/items", {"items": items(count)}))
    price = f"{count * 0.9:.2f}"
    ok(client.post("/deposits", {"rail": "sandbox", "amount": money(price)}))
    ok(client.post(f"/jobs/{job_id}/fund", {"amount": money(price)}))
    ok(client.post(f"/jobs/{job_id}/publish"))
    tasks = {"rate": "standard", "items_per_task": count, "pay": money("0.70")}
    batch_id = parse("batch", ok(client.post(f"/jobs/{job_id}/tasks", tasks)).json["id"])
    worker, session = actor_for_key(story.session, story.worker.secret), story.session
    claim = claim_next(session, worker, batch_id)
    submit(session, worker, claim.id, {item.id: {"label": "bad"} for item in claim.items}, 1)
    return job_id, public("claim", claim.id)


def rejection(answer_id: str) -> dict[str, str]:
    """A well-founded rejection, as a body."""
    return {
        "answer_id": answer_id,
        "verdict": "reject",
        "category": "wrong_label",
        "comment": "It is good.",
        "rule": "G1",
    }


def _sample_is_drawn(story: Story) -> None:
    # Every answer, since what a smaller share draws hangs on a secret, and the example would change with it.
    job_id, _ = answered(story, 6, review={"mode": "sample", "first_every": 1})
    assert draw_answers(inside(story.session)) == 1
    drawn = ok(story.client.get(f"/jobs/{job_id}/sampling")).json
    assert (drawn["answers"], drawn["seed"], drawn["drawn"]) == (6, None, {"worker": 6})


def _rejections_are_held(market: Market, story: Story) -> None:
    job_id, claim_id = answered(story, ANSWERS)
    reviewer = reviewer_of(market, story)
    answers = ok(reviewer.get(f"/reviews/{claim_id}")).json["answers"]
    verdicts = [rejection(answer["id"]) for answer in answers]
    decided = ok(reviewer.post(f"/reviews/{claim_id}/verdicts", {"verdicts": verdicts})).json
    assert (len(decided["rejected"]), len(decided["held"])) == (20, 4)
    (contract,) = ok(story.client.get(f"/contracts?job_id={job_id}")).json["data"]
    assert contract["review_breaker"]["rejected"] == 20
    decider = market.caller(market.organization("platform"), "dispute_decider")
    assert [line["claim_id"] for line in ok(decider.get("/reviews?held=true")).json["data"]] == [claim_id]
    assert reviewer.post(f"/contracts/{contract['id']}/lift-breaker", {"reason": "We are right."}).status_code == 403
    ok(decider.post(f"/contracts/{contract['id']}/lift-breaker", {"reason": "The answers were made by a machine."}))
    _worker_contests(market, story, claim_id)
    accepted = [{"answer_id": answer_id, "verdict": "accept"} for answer_id in decided["held"]]
    assert len(ok(decider.post(f"/reviews/{claim_id}/verdicts", {"verdicts": accepted})).json["accepted"]) == 4


def _worker_contests(market: Market, story: Story, claim_id: str) -> None:
    """Everything that was rejected is contested at once; one dispute is upheld, and the worker appeals."""
    opened = ok(story.program.post(f"/claims/{claim_id}/disputes", {"reason": "All of these are right."})).json["data"]
    assert len(opened) == 20
    decider = market.caller(market.organization("platform"), "dispute_decider")
    path = f"/disputes/{opened[0]['id']}"
    ok(decider.post(f"{path}/decide", {"decision": "upheld", "reason": "It is not good."}))
    ok(story.program.post(f"{path}/appeal", {"reason": "Nobody looked at the second line."}))
    for one in opened[1:]:
        ok(decider.post(f"/disputes/{one['id']}/decide", {"decision": "overturned", "reason": "The worker is right."}))
    second = market.caller(market.organization("platform"), "dispute_decider")
    ok(second.post(f"{path}/decide-appeal", {"decision": "granted", "reason": "The worker is right."}))


def _what_was_rejected_is_bought(market: Market, story: Story) -> None:
    job_id, claim_id = answered(story, 2)
    reviewer, session = reviewer_of(market, story), story.session
    first, second = ok(reviewer.get(f"/reviews/{claim_id}")).json["answers"]
    corrected = {"answer_id": second["id"], "verdict": "accept", "correction": {"label": "good"}}
    ok(reviewer.post(f"/reviews/{claim_id}/verdicts", {"verdicts": [rejection(first["id"]), corrected]}))
    clock.advance(session, SYSTEM, clock.market_now(session) + CONTEST_FOR, allowed=True)
    while finalize_rejections(session):
        pass
    path, reason = f"/answers/{first['id']}/pay-not-use", {"comment": "We want to see what went wrong."}
    results = f"/jobs/{job_id}/results"
    assert [line["content"] for line in ok(story.client.get(results)).json["data"]] == [None, {"label": "bad"}]
    assert ok(story.client.post(path, reason)).json["content"] == {"label": "bad"}
    one, other = ok(story.client.get(results)).json["data"]
    assert (one["content"], one["used"], other["correction"]["content"]) == ({"label": "bad"}, False, {"label": "good"})


def many_claims_are_accepted(market: Market, story: Story) -> None:
    """Two tasks of one job are accepted together, and then nothing of it waits."""
    job_id = published(story.client)
    batch = ok(
        story.client.post(f"/jobs/{job_id}/tasks", {"rate": "standard", "items_per_task": 1, "pay": money("0.70")})
    ).json
    claims = [answers_come_late(story.program, story.session, batch["id"]) for _ in range(2)]
    reviewer = reviewer_of(market, story)
    assert ok(reviewer.post("/reviews/accept", {"claim_ids": claims})).json["answer_count"] == 2
    assert ok(reviewer.post("/reviews/accept", {"job_id": job_id})).json["accepted"] == []


def _reviewers_share_the_work(market: Market, story: Story) -> None:
    job_id, claim_id = answered(story, 1)
    first, second = reviewer_of(market, story), reviewer_of(market, story)
    taken = ok(first.post("/reviews/take-next", {"job_id": job_id})).json
    assert (taken["claim_id"], taken["reserved_by_me"]) == (claim_id, True)
    refused = second.post("/reviews/take-next", {"job_id": job_id})
    assert (refused.status_code, refused.json["code"]) == (409, "nothing_to_review")
    (line,) = ok(second.get(f"/reviews?job_id={job_id}&order=deadline")).json["data"]
    assert (line["reserved_by_me"], line["seconds_left"] > 0) == (False, True)
    (answer,) = ok(first.get(f"/reviews/{claim_id}")).json["answers"]
    verdict = {"answer_id": answer["id"], "verdict": "accept"}
    ok(first.post(f"/reviews/{claim_id}/verdicts", {"verdicts": [verdict]}))
    assert [one["decided"] for one in ok(first.get("/review-statistics/own")).json["data"]] == [1]
    assert len(ok(story.client.get("/review-statistics?days=7")).json["data"]) >= 1
