from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.provenance.chains import ChainView, answer_chain, item_chains
from marketplace.provenance.margins import job_margins, own_margin
from marketplace.work.models import Answer
from tests.builders.jobs import make_party
from tests.builders.settlement import accept, hand_in, make_chain
from tests.builders.work import make_worker


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def told(view: ChainView) -> list[tuple[str, str]]:
    return [(line.part.kind.value, line.part.amount.text()) for line in view.parts]


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refusal:
        act()
    return refusal.value.slug


def test_everybody_in_the_chain_reads_the_worked_example(session: Session) -> None:
    chain = make_chain(session, items=2)
    handed = hand_in(session, chain)
    answer_id = handed.answer_ids[0]
    auditor = make_party(session, "platform", "auditor")
    readers = [chain.client, handed.worker, auditor, *(seller for seller, _ in chain.layers)]
    for reader in readers:
        view = answer_chain(session, reader, answer_id)
        assert told(view) == [("fee", "0.045"), ("margin", "0.255"), ("margin", "0.25"), ("pay", "0.35")]
        assert (view.client_price, view.accepted) == (cny("0.90"), False)
        assert all(line.earned.is_zero and not line.payments for line in view.parts)


def test_acceptance_turns_the_plan_into_earned_and_dated_parts(session: Session) -> None:
    chain = make_chain(session, items=1)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    view = answer_chain(session, handed.worker, handed.answer_ids[0])
    assert [line.earned.text() for line in view.parts] == ["0.045", "0.255", "0.25", "0.35"]
    pay = view.parts[-1]
    assert [(payment.amount.text(), payment.state) for payment in pay.payments] == [("0.175", "scheduled")] * 2
    assert pay.part.own
    assert pay.paid.is_zero


def test_under_finance_only_payments_of_others_are_hidden_too(session: Session) -> None:
    chain = make_chain(session, items=1, price_visibility="finance_only")
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    (_, (second, _)) = chain.layers
    view = answer_chain(session, second, handed.answer_ids[0])
    assert told(view) == [("fee", "0.045"), ("hidden", "0.255"), ("margin", "0.25"), ("pay", "0.35")]
    assert [len(line.payments) for line in view.parts] == [0, 0, 2, 0]
    client = answer_chain(session, chain.client, handed.answer_ids[0])
    assert told(client) == [("fee", "0.045"), ("hidden", "0.855")]
    auditor = answer_chain(session, make_party(session, "platform", "auditor"), handed.answer_ids[0])
    assert [len(line.payments) for line in auditor.parts] == [0, 2, 2, 2]


def test_who_has_no_part_in_the_answer_gets_not_found(session: Session) -> None:
    chain = make_chain(session, items=1)
    handed = hand_in(session, chain)
    strangers = [make_party(session), make_party(session, "subcontractor"), make_worker(session)]
    for stranger in strangers:
        assert refused(partial(answer_chain, session, stranger, handed.answer_ids[0])) == "not_found"
    reviewer = chain.reviewer
    assert refused(lambda: answer_chain(session, reviewer, handed.answer_ids[0])) == "forbidden"


def test_an_items_chains_are_those_of_its_answers_that_one_may_see(session: Session) -> None:
    chain = make_chain(session, items=1, redundancy=2)
    one, two = hand_in(session, chain), hand_in(session, chain)
    item_id = session.get_one(Answer, one.answer_ids[0]).item_id
    assert [view.answer_id for view in item_chains(session, chain.client, item_id)] == one.answer_ids + two.answer_ids
    assert [view.answer_id for view in item_chains(session, two.worker, item_id)] == two.answer_ids
    stranger = make_worker(session)
    assert refused(lambda: item_chains(session, stranger, item_id)) == "not_found"


def test_margins_of_a_job_sum_to_what_its_answers_cost(session: Session) -> None:
    chain = make_chain(session, items=3)
    for _ in range(2):
        accept(session, chain, hand_in(session, chain))
    hand_in(session, chain)
    margins = job_margins(session, chain.client, chain.job.id)
    assert (margins.answers, margins.total) == (2, cny("1.80"))
    assert [(line.part.kind.value, line.amount.text()) for line in margins.lines] == [
        ("fee", "0.09"),
        ("margin", "0.51"),
        ("margin", "0.50"),
        ("pay", "0.70"),
    ]


def test_margins_of_a_job_follow_the_policy_and_finance_sees_all(session: Session) -> None:
    chain = make_chain(session, items=1, price_visibility="finance_only")
    accept(session, chain, hand_in(session, chain))

    def lines(reader: Actor) -> list[tuple[str, str]]:
        return [(line.part.kind.value, line.amount.text()) for line in job_margins(session, reader, chain.job.id).lines]

    assert lines(chain.client) == [("fee", "0.045"), ("hidden", "0.855")]
    finance = make_party(session, "platform", "finance")
    assert lines(finance) == [("fee", "0.045"), ("margin", "0.255"), ("margin", "0.25"), ("pay", "0.35")]
    (first, _) = chain.layers[0]
    assert refused(lambda: job_margins(session, first, chain.job.id)) == "not_found"


def test_a_layer_reads_its_own_margin_and_nobody_elses(session: Session) -> None:
    chain = make_chain(session, items=2, price_visibility="finance_only")
    accept(session, chain, hand_in(session, chain))
    ((first, one), (second, two)) = chain.layers
    mine = own_margin(session, first, one.id)
    assert [(rate.buys.text(), rate.sells.text(), rate.answers) for rate in mine.rates] == [("0.855", "0.60", 1)]
    assert (mine.earned, mine.paid, mine.by_state["scheduled"]) == (cny("0.255"), cny("0"), cny("0.255"))
    assert refused(lambda: own_margin(session, first, two.id)) == "not_found"
    assert refused(lambda: own_margin(session, second, one.id)) == "not_found"
    assert refused(lambda: own_margin(session, chain.client, one.id)) == "not_found"
