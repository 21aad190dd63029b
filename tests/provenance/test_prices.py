from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.contracts import amending
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.lifecycle.succeeding import declare_default
from marketplace.provenance.chains import answer_chain
from marketplace.work.opening import open_tasks
from tests.builders.contracts import make_layers
from tests.builders.jobs import make_open_job, make_party, text_rows
from tests.builders.settlement import Chain, Handed, another, hand_in, make_chain

Told = tuple[str, str, str, int, str | None, str | None]


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def told(session: Session, chain: Chain, reader: Actor, handed: Handed) -> list[Told]:
    """Price, amount, under what, version, set by and agreed by, in short names."""
    names = {chain.client.organization: "client"}
    names |= {seller.organization: f"layer {number}" for number, (seller, _) in enumerate(chain.layers, start=1)}
    view = answer_chain(session, reader, handed.answer_ids[0])
    return [
        (one.price, one.amount.text(), one.under, one.version, names.get(one.set_by), names.get(one.agreed_by))  # type: ignore[arg-type]
        for one in view.origins
    ]


CLIENT: Told = ("client_price", "0.90", "publication", 1, "client", None)
FEE: Told = ("fee", "0.045", "publication", 1, None, None)
FIRST: Told = ("buying", "0.855", "offer", 1, "client", "layer 1")
SECOND: Told = ("buying", "0.60", "offer", 1, "layer 1", "layer 2")
PAY: Told = ("pay", "0.35", "tasks", 1, "layer 2", None)
WHOLE = [CLIENT, FEE, FIRST, SECOND, PAY]
UNNAMED: Told = ("pay", "0.35", "tasks", 1, None, None)


@pytest.mark.parametrize("policy", ["full", "shares", "finance_only"])
def test_each_reader_is_told_who_set_the_prices_that_they_know_and_no_other(session: Session, policy: str) -> None:
    chain = make_chain(session, items=1, price_visibility=policy)
    handed = hand_in(session, chain)
    (first, _), (second, _) = chain.layers
    auditor = make_party(session, "platform", "auditor")
    known = {
        chain.client: [CLIENT, FEE, FIRST],
        first: [CLIENT, FEE, FIRST, SECOND],
        second: [CLIENT, FEE, SECOND, PAY],
        handed.worker: [CLIENT, FEE, UNNAMED],
        auditor: WHOLE,
    }
    for reader, some in known.items():
        assert told(session, chain, reader, handed) == (WHOLE if policy == "full" else some)


@pytest.mark.parametrize("policy", ["shares", "finance_only"])
def test_a_worker_cannot_tell_from_the_origins_how_many_layers_there_are(session: Session, policy: str) -> None:
    seen = []
    for prices in (("0.855",), ("0.855", "0.60"), ("0.855", "0.60", "0.50")):
        chain = make_chain(session, items=1, prices=prices, price_visibility=policy, layers_max=3)
        handed = hand_in(session, chain)
        view = answer_chain(session, handed.worker, handed.answer_ids[0])
        seen.append([(one.price, one.layer, one.contract_id, one.amendment_id) for one in view.origins])
    assert seen[0] == seen[1] == seen[2]


def test_an_amended_price_names_its_version_and_who_proposed_and_agreed(session: Session) -> None:
    chain = make_chain(session, items=2)
    (first, _), (second, lowest) = chain.layers
    before = hand_in(session, chain)
    proposed = amending.propose(session, second, lowest.id, {"standard": cny("0.70")}, "Dense scenes.")
    amending.accept(session, first, proposed.id)
    assert told(session, chain, before.worker, before) == WHOLE


def test_of_equal_prices_the_newest_version_before_the_tasks_were_opened_is_named(session: Session) -> None:
    client = make_party(session, "client")
    job, root = make_open_job(session, client, rows=text_rows(3))
    layers = make_layers(session, client, root, ["0.855", "0.60"], 3)
    (first, _), (second, lowest) = layers
    seen = []
    for price in ("0.70", "0.60", None):
        batch = open_tasks(session, second, lowest.id, "standard", items=1, items_per_task=1, pay=cny("0.35"))
        chain = Chain(job, client, layers, batch, another(session, second, "reviewer"))
        handed = hand_in(session, chain)
        seen.append(told(session, chain, client, handed)[3])
        if price is not None:
            proposed = amending.propose(session, first, lowest.id, {"standard": cny(price)}, "Other scenes.")
            amending.accept(session, second, proposed.id)
    assert seen == [
        ("buying", "0.60", "offer", 1, "layer 1", "layer 2"),
        ("buying", "0.70", "amendment", 2, "layer 1", "layer 2"),
        ("buying", "0.60", "amendment", 3, "layer 1", "layer 2"),
    ]


def test_prices_set_before_a_default_stay_those_of_who_set_them(session: Session) -> None:
    chain = make_chain(session, items=1)
    (first, upper), _ = chain.layers
    declare_default(session, first, upper.id, first.organization, "We cannot go on.")
    handed = hand_in(session, chain)
    auditor = make_party(session, "platform", "auditor")
    assert told(session, chain, auditor, handed) == WHOLE


def test_a_price_below_the_clients_own_card_was_set_by_the_offer(session: Session) -> None:
    chain = make_chain(session, items=1, prices=("0.80", "0.60"))
    handed = hand_in(session, chain)
    price = told(session, chain, handed.worker, handed)[0]
    assert price == ("client_price", "0.845", "offer", 1, "client", None)
