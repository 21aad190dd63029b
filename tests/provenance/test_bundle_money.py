"""What a bundle tells of its reader's own money: extras, installments, advances, payouts, rests, tax, currencies."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.audit import offline
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.money import Money
from marketplace.provenance import bundle_scopes
from marketplace.provenance.bundling import make_bundle
from marketplace.provenance.statement_files import statement_csv
from marketplace.provenance.statements import Month
from marketplace.settlement import extras
from marketplace.work.models import Claim
from tests.audit.parts import SIGNER, seal_all
from tests.builders.advances import parts_of, take
from tests.builders.payouts import execute, make_approved_run, make_finance, mature, sandbox
from tests.builders.quotes import a_rate, wants
from tests.builders.settlement import Chain, accept, hand_in, make_chain, payable_worker
from tests.builders.taxes import withhold_from
from tests.provenance.test_bundles import KEY, signed_again

SYSTEM = system_actor("tests")


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def month_of(session: Session) -> Month:
    return Month(market_now(session).date().replace(day=1))


def earn(session: Session, worker: Actor) -> Chain:
    """Three answers, a bonus of the client's and a top-up of the layer's."""
    chain = make_chain(session, items=4, allowance=cny("5.00"), price_visibility="finance_only")
    for _ in range(3):
        handed = hand_in(session, chain, worker)
        accept(session, chain, handed)
    claim = session.get_one(Claim, handed.claim_id)
    given: dict[str, Any] = {"worker_id": worker.person, "claim": claim}
    bonus = extras.pay_from_allowance(
        session, SYSTEM, kind="bonus", job=chain.job, contract_id=chain.batch.contract_id, amount=cny("1.00"), key="b",
        **given,
    )  # fmt: skip
    assert bonus is not None
    contract = chain.layers[-1][1]
    extras.pay_from_layer(session, SYSTEM, kind="wage_top_up", contract=contract, amount=cny("0.11"), key="t", **given)
    return chain


def pay_out(session: Session) -> None:
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))


def bundle(session: Session, reader: Actor, month: Month) -> bytes:
    seal_all(session)
    return make_bundle(session, reader, SIGNER, bundle_scopes.of_month(session, reader, month))


def said(content: bytes, word: str, **given: Any) -> str:
    lines, wrong = offline.verify(content, KEY, **given)
    assert wrong is None, wrong
    return "\n".join(line for of, line in lines if of == word)


@pytest.fixture
def paid(session: Session) -> tuple[Actor, Month]:
    """A worker whose first half fell due and was paid, after a part that was taken early and less tax."""
    worker = payable_worker(session)
    earn(session, worker)
    finance = make_finance(session)
    take(session, worker, parts_of(session, worker)[-1])
    pay_out(session)
    withhold_from(session, finance, worker, ("KE", 50_000))
    mature(session)
    pay_out(session)
    return worker, month_of(session)


def test_a_month_of_a_worker_is_proven_to_the_last_rest(session: Session, paid: tuple[Actor, Month]) -> None:
    worker, month = paid
    content = bundle(session, worker, month)
    proven = said(content, "proven")
    for told in (
        "bonus of 1.00 CNY beside the price of answers",
        "wage_top_up of 0.11 CNY beside the price of answers",
        "the sum of its 4 parts",
        "for paying early",
        "withheld for KE, at an approved rate",
        "carried in",
        "carried on",
    ):
        assert told in proven
    assert "stays owed and goes into the next payout" in said(content, "as told")
    statement = "".join(statement_csv(session, worker, month))
    assert "the statement adds up" in said(content, "proven", statement=statement)


def test_a_changed_statement_is_refuted(session: Session, paid: tuple[Actor, Month]) -> None:
    worker, month = paid
    content = bundle(session, worker, month)
    statement = "".join(statement_csv(session, worker, month))
    amount = next(one for one in json.loads(content)["installments"] if one["whole"])["amount"]["amount"]
    forged = statement.replace(f",{amount},", ",0.99,")
    assert forged != statement
    assert offline.verify(content, KEY, statement=forged)[1] is not None
    opening = statement.replace("closing,", "opening,", 1)
    assert offline.verify(content, KEY, statement=opening + "closing,,due,,,,,,,,,,9.99,CNY,,,,,\r\n")[1] is not None


LIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "its parts do not sum": lambda told: told["installments"][0]["amount"].update(amount="9.99"),
    "on another day": lambda told: told["installments"][0].update(due_on="2031-01-01"),
    "was booked as another amount": lambda told: told["extras"][0]["amount"].update(amount="9.99"),
    "its parts do not": lambda told: told["extras"][0]["shares"].pop(),
    "is not the sum of its parts": lambda told: told["payouts"][0]["carried_out"].update(amount="0"),
    "carries in more than was left over": lambda told: _grow(told["payouts"][1], "carried_in", "9.00"),
    "a fee nobody accepted": lambda told: _grow(told["payouts"][1], "advance_fee", "0.10"),
    "that nobody approved": lambda told: told["payouts"][1]["withheld"][0].update(rate_ppm=60_000),
    "pays less than is left after tax": lambda told: told["payouts"][1]["paid"].update(amount="0.01"),
    "not what the log committed to": lambda told: told["withholdings"][0]["lines"][0].update(rate_ppm=60_000),
    "settled otherwise": lambda told: told["payouts"][0]["lines"].append(
        {"installment": "ins_" + "0" * 26, "amount": {"amount": "0", "currency": "CNY"}}
    ),
}


def _grow(payout: dict[str, Any], part: str, to: str) -> None:
    """Tell of another part of a payout, and of an amount that it still sums to."""
    more = cny(to) - cny(payout[part]["amount"])
    whole = cny(payout["amount"]["amount"])
    payout[part]["amount"] = to
    payout["amount"]["amount"] = (whole + more if part == "carried_in" else whole - more).text()


def test_an_operator_who_signs_lies_about_money_is_found_out(session: Session, paid: tuple[Actor, Month]) -> None:
    worker, month = paid
    content = bundle(session, worker, month)
    for problem, lie in LIES.items():
        told = json.loads(content)
        lie(told)
        assert problem in str(offline.verify(signed_again(told), KEY)[1])


def test_no_flipped_bit_of_a_month_is_accepted(session: Session, paid: tuple[Actor, Month]) -> None:
    worker, month = paid
    content = bundle(session, worker, month)
    chance = random.Random(20270228)
    for _ in range(300):
        place, bit = chance.randrange(len(content)), 1 << chance.randrange(8)
        flipped = content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]
        assert offline.verify(flipped, KEY)[1] is not None, f"byte {place}, bit {bit}"


def test_pay_in_another_currency_is_proven_at_the_rate_that_was_quoted(session: Session) -> None:
    worker = payable_worker(session)
    earn(session, worker)
    a_rate(session)
    wants(session, worker)
    mature(session)
    a_rate(session)
    pay_out(session)
    content = bundle(session, worker, month_of(session))
    assert "as quoted" in said(content, "proven")
    told = json.loads(content)
    told["payouts"][0]["paid"]["amount"] = "1.00"
    assert "than was quoted" in str(offline.verify(signed_again(told), KEY)[1])


def test_the_client_and_the_layer_prove_what_they_paid_beside_the_price_and_learn_no_more(session: Session) -> None:
    worker = payable_worker(session)
    chain = earn(session, worker)
    mature(session)
    pay_out(session)
    seal_all(session)
    seen = {}
    for name, reader in (("client", chain.client), ("layer", chain.layers[-1][0]), ("upper", chain.layers[0][0])):
        content = make_bundle(session, reader, SIGNER, bundle_scopes.of_job(session, reader, chain.job.id))
        seen[name] = said(content, "proven") + said(content, "as told")
        told = json.loads(content)
        assert {one["payee"] for one in told["installments"]} <= {"layer"}
        assert len({one["id"] for one in told["payouts"]}) <= 1
    assert "bonus of 1.00 CNY" in seen["client"]
    assert "wage_top_up" not in seen["client"]
    assert "wage_top_up of 0.11 CNY" in seen["layer"]
    assert "of it was taken from" in seen["layer"]
    assert "bonus" not in seen["layer"]
    assert "beside the price" not in seen["upper"]


def test_where_all_prices_are_shown_nobody_is_told_whose_answers_or_payouts_these_are(session: Session) -> None:
    worker = payable_worker(session)
    chain = make_chain(session, items=2, price_visibility="full")
    accept(session, chain, hand_in(session, chain, worker))
    mature(session)
    pay_out(session)
    seal_all(session)
    content = make_bundle(session, chain.client, SIGNER, bundle_scopes.of_job(session, chain.client, chain.job.id))
    told = json.loads(content)
    assert "all parts sum to the price" in said(content, "proven")
    assert {share["installment"] for share in told["answers"][0]["shares"]["pay"]} == {None}
    assert (told["installments"], told["payouts"]) == ([], [])
    kinds = {json.loads(event["body"])["kind"] for event in told["events"]}
    assert kinds.isdisjoint({"installment.due", "payout.settled", "claim.created"})
