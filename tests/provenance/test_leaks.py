"""Rule 12 on every address: no answer, page or list shows a price that the job's policy hides from its reader.

The test takes every GET of the whole application from its table of addresses, so that a new one is walked without a
word here, and looks for hidden amounts in whatever comes back, whichever field, text or attribute they stand in.
"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

import client_api
import workers_portal
from marketplace import console
from marketplace.kernel.ids import public
from marketplace.web.guard import ATTRIBUTE, PUBLIC, SIGNED_IN
from tests.builders.payouts import sandbox
from tests.builders.web import make_app
from tests.provenance.sold import (
    CLIENT,
    FEE,
    FIRST,
    FLOOR,
    LESS,
    PAY,
    SECOND,
    SHARE,
    Looker,
    Sold,
    hidden_from,
    ids,
    numbers,
    paths,
)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["finance_only", "shares", "full"])
def test_no_address_shows_an_amount_that_its_reader_may_not_know(session: Session, policy: str) -> None:
    sold = Sold(session, policy)
    app = make_app(
        session, client_api.register, workers_portal.register, console.register, rails={"sandbox": sandbox(session)}
    )
    known = ids(session)
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    leaks, walked = [], 0
    for reader in sold.readers(session):
        looker = Looker(app, session, reader.actor)
        hidden = hidden_from(reader, policy)
        for rule in rules:
            guard = getattr(app.view_functions[rule.endpoint], ATTRIBUTE, PUBLIC)
            if guard == PUBLIC or (guard != SIGNED_IN and not reader.actor.may(guard)):
                continue
            for path in paths(rule, known):
                answer = looker.get(path)
                if answer is None:
                    continue
                walked += 1
                status, text = answer
                assert status < 500, (path, text)
                leaks += [(reader.name, path, str(found)) for found in numbers(text) & hidden]
    assert sorted(set(leaks)) == []
    assert walked > 300


def test_the_amounts_a_reader_does_know_are_found_by_the_same_walk(session: Session) -> None:
    """Else the test above could be passed by looking nowhere."""
    sold = Sold(session, "finance_only")
    app = make_app(session, client_api.register, workers_portal.register, console.register)
    answer_ids = ids(session)["answer"]
    seen: dict[str, set[Decimal]] = {}
    for reader in sold.readers(session):
        if reader.name in {"second layer", "worker"}:
            looker = Looker(app, session, reader.actor)
            prefix = "/worker/v1" if reader.name == "worker" else "/v1"
            texts = [looker.get(f"{prefix}/answers/{one}/price-chain") for one in answer_ids]
            seen[reader.name] = set().union(*(numbers(text[1]) for text in texts if text))
    assert {FIRST, SECOND, FIRST - SECOND} <= seen["second layer"]
    assert PAY not in seen["second layer"]
    assert {PAY, CLIENT, FEE} <= seen["worker"]


def test_below_the_client_the_price_caps_are_one_pay_floor_for_each_rate(session: Session) -> None:
    """Rule 1."""
    sold = Sold(session, "full")
    app = make_app(session, client_api.register)
    path = f"/v1/jobs/{public('job', sold.chain.job.id)}"
    seen = {}
    for reader in sold.readers(session):
        if reader.name in {"requester", "first layer"}:
            answer = Looker(app, session, reader.actor).get(path)
            assert answer is not None
            job = json.loads(answer[1])
            (rate,) = job["rates"]
            seen[reader.name] = (job["worker_share_min_ppm"], rate["worker_pay_min"], rate["pay_floor"]["amount"])
    least = {"amount": str(LESS), "currency": "CNY"}
    assert seen["requester"] == (int(SHARE * 10_000), least, str(FLOOR))
    assert seen["first layer"] == (None, None, str(FLOOR))
