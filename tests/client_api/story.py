"""The worked example, small: every step over the API but the worker's, who has an API of their own."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from marketplace.db import clock
from marketplace.identity.authentication import actor_for_key
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.rails.methods import keep_destination
from marketplace.settlement.maturing import fall_due
from marketplace.web.faces import WORKER_API
from marketplace.work.claiming import claim_next
from marketplace.work.submitting import submit
from tests.client_api.conftest import SYSTEM, Answer, Caller, Market
from tests.client_api.examples import items, job, money

COUNT = 4


class Story:
    """One client, two layers, one worker and the platform's people; each step leaves what the next one needs.

    `worker` is the worker at the API of organizations, where there is nothing for them, `program` at their own.
    """

    def __init__(self, market: Market, session: Session) -> None:
        self.session = session
        client, upper, lower = (
            market.organization("client"),
            market.organization("subcontractor", "Upper"),
            market.organization("subcontractor", "Lower"),
        )
        platform = market.organization("platform")
        self.client = market.caller(client, "requester")
        self.upper = market.caller(upper, "manager")
        self.lower = market.caller(lower, "manager")
        self.reviewer = market.caller(lower, "reviewer")
        self.worker = market.caller(None)
        self.program = replace(self.worker, base=WORKER_API.prefix)
        self.finance = market.caller(platform, "finance")
        self.second_finance = market.caller(platform, "finance")
        self.auditor = market.caller(platform, "auditor")
        self.job_id = ""
        self.lower_contract = ""
        for payee in (self.upper, self.lower, self.worker):
            keep_destination(
                session, actor_for_key(session, payee.secret), "sandbox", f"acct_{payee.person_id.hex[:8]}"
            )

    def publish(self) -> None:
        self.job_id = ok(self.client.post("/jobs", job())).json["id"]
        ok(self.client.post(f"/jobs/{self.job_id}/items", {"items": items(COUNT)}))
        assert self.client.post(f"/jobs/{self.job_id}/publish").status_code in {402, 409}
        short = self.client.post(f"/jobs/{self.job_id}/fund", {"amount": money("3.60")})
        assert (short.status_code, short.json["code"]) == (402, "balance_insufficient")
        assert short.json["detail"].startswith("Your balance holds 0.00 CNY, which is 3.60 CNY less than 3.60 CNY.")
        assert short.json["data"] == {"balance": money("0.00"), "missing": money("3.60")}
        deposit = ok(self.client.post("/deposits", {"rail": "sandbox", "amount": money("10.00")}))
        assert ok(self.client.get(f"/deposits/{deposit.json['id']}")).json["state"] == "available"
        assert ok(self.client.get("/balance")).json["data"] == [money("10.00")]
        funded = ok(self.client.post(f"/jobs/{self.job_id}/fund", {"amount": money("3.60")}))
        assert funded.json == {"reserve": money("3.60"), "committed": money("0.00"), "free": money("3.60")}
        published = ok(self.client.post(f"/jobs/{self.job_id}/publish"))
        assert (published.json["state"], published.json["rates"][0]["fee"]) == ("open", money("0.045"))

    def contract(self) -> None:
        listed = ok(self.client.get("/organizations")).json["data"]
        by_name = {organization["name"]: organization["id"] for organization in listed}
        (root,) = ok(self.client.get(f"/contracts?job_id={self.job_id}")).json["data"]
        assert (root["layer"], root["rates"][0]["price"]) == (0, money("0.855"))
        upper = self._offer(self.client, root["id"], by_name["Upper"], "0.855")
        ok(self.upper.post(f"/contracts/{upper}/accept"))
        dear = self.upper.post(f"/contracts/{upper}/offers", offer(by_name["Lower"], "0.90"))
        assert (dear.status_code, dear.json["code"]) == (422, "price_above_parent")
        assert [error["pointer"] for error in dear.json["errors"]] == ["/rates/standard/price/amount"]
        self.lower_contract = self._offer(self.upper, upper, by_name["Lower"], "0.60")
        accepted = ok(self.lower.post(f"/contracts/{self.lower_contract}/accept")).json
        assert (accepted["state"], accepted["rates"][0]["items"], accepted["expires_in_seconds"]) == ("active", 4, None)

    def _offer(self, seller: Caller, contract_id: str, to: str, price: str) -> str:
        made = ok(seller.post(f"/contracts/{contract_id}/offers", offer(to, price)))
        assert made.json["expires_in_seconds"] > 600_000
        return str(made.json["id"])

    def propose(self) -> str:
        """The upper layer asks the lower one to sell for less."""
        body = {"rates": {"standard": {"price": money("0.55")}}, "reason": "Simpler than we thought."}
        made = ok(self.upper.post(f"/contracts/{self.lower_contract}/amendments", body))
        return str(made.json["id"])

    def open_tasks(self) -> None:
        path = f"/contracts/{self.lower_contract}/tasks"
        body = {"rate": "standard", "items_per_task": 2, "pay": money("0.35")}
        opened = ok(self.lower.post(path, body)).json
        assert (opened["task_count"], opened["seats_released"]) == (2, 2)
        assert [row["id"] for row in ok(self.lower.get(path)).json["data"]] == [opened["id"]]
        assert ok(self.upper.get(path)).json["data"] == []

    def work(self) -> list[uuid.UUID]:
        actor = actor_for_key(self.session, self.worker.secret)
        claims: list[uuid.UUID] = []
        while len(claims) < COUNT // 2:
            claim = claim_next(self.session, actor)
            submit(self.session, actor, claim.id, {item.id: {"label": "good"} for item in claim.items}, 1)
            claims.append(claim.id)
        return claims

    def choose_people(self) -> None:
        """A skill of the client's granted to the worker, and a block of the worker for the job."""
        self._grant_skill()
        self._block_worker()

    def _grant_skill(self) -> None:
        body = {"code": "scenes", "name": "Street scenes", "description": "Passed the course."}
        skill = ok(self.client.post("/skills", body)).json
        grant = {
            "worker_id": public("person", self.worker.person_id),
            "expires_at": instant(clock.market_now(self.session) + dt.timedelta(days=30)),
            "reason": "Passed the test.",
        }
        ok(self.client.post(f"/skills/{skill['id']}/grants", grant))

    def _block_worker(self) -> None:
        body = {
            "effect": "block",
            "scope": "job",
            "job_id": self.job_id,
            "worker_id": public("person", self.worker.person_id),
            "reason": "Copied.",
            "expires_at": instant(clock.market_now(self.session) + dt.timedelta(days=30)),
        }
        ok(self.client.post("/access-rules", body))

    def review(self) -> None:
        waiting = ok(self.reviewer.get("/reviews")).json["data"]
        assert len(waiting) == COUNT // 2
        for line in waiting:
            claim = ok(self.reviewer.get(f"/reviews/{line['claim_id']}")).json
            assert [answer["content"] for answer in claim["answers"]] == [{"label": "good"}] * 2
            verdicts = [{"answer_id": answer["id"], "verdict": "accept"} for answer in claim["answers"]]
            assert self.upper.post(f"/reviews/{line['claim_id']}/verdicts", {"verdicts": verdicts}).status_code == 403
            decided = ok(self.reviewer.post(f"/reviews/{line['claim_id']}/verdicts", {"verdicts": verdicts})).json
            assert (decided["claim_state"], len(decided["accepted"])) == ("decided", 2)

    def mature(self) -> None:
        """Move the market to the first due date."""
        now = clock.market_now(self.session)
        clock.advance(self.session, SYSTEM, now + dt.timedelta(days=62), allowed=True)
        assert fall_due(self.session, 100) == 3

    def pay(self) -> dict[str, Any]:
        run = ok(self.finance.post("/payout-runs", {"rail": "sandbox"})).json
        path = f"/payout-runs/{run['id']}"
        own = self.finance.post(f"{path}/approve")
        assert (own.status_code, own.json["code"]) == (403, "payout_two_people")
        early = self.finance.post(f"{path}/execute")
        assert (early.status_code, early.json["code"]) == (409, "state_conflict")
        ok(self.second_finance.post(f"{path}/approve"))
        done: dict[str, Any] = ok(self.second_finance.post(f"{path}/execute")).json
        return done


def offer(to: str, price: str) -> dict[str, Any]:
    return {"seller_organization_id": to, "rates": {"standard": {"price": money(price), "items": COUNT}}}


def ok(answer: Answer) -> Answer:
    assert answer.status_code in {200, 201, 202}, answer.text
    return answer


def published(client: Caller) -> str:
    """Another job of the client, of two items, paid in and published."""
    job_id = str(ok(client.post("/jobs", job())).json["id"])
    ok(client.post(f"/jobs/{job_id}/items", {"items": items(2)}))
    ok(client.post("/deposits", {"rail": "sandbox", "amount": money("1.80")}))
    ok(client.post(f"/jobs/{job_id}/fund", {"amount": money("1.80")}))
    ok(client.post(f"/jobs/{job_id}/publish"))
    return job_id
