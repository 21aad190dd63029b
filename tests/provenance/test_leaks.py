"""Rule 12 on every address: no answer, page or list shows a price that the job's policy hides from its reader.

The test takes every GET of the whole application from its table of addresses, so that a new one is walked without a
word here, and looks for hidden amounts in whatever comes back, whichever field, text or attribute they stand in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from itertools import combinations, pairwise, product
from typing import Final
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

import client_api
import workers_portal
from marketplace import console
from marketplace.contracts import amending
from marketplace.db.base import Base
from marketplace.identity import directory, keys
from marketplace.jobs.drafts import RateDraft
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import PREFIXES, public
from marketplace.kernel.money import Money
from marketplace.lifecycle.freezing import freeze_contract
from marketplace.lifecycle.recalling import recall_items
from marketplace.notifications import feed
from marketplace.rails.methods import set_destination
from marketplace.settlement.accepting import decide_answers
from marketplace.web.faces import API, CONSOLE, WORK, WORKER_API, face_of
from marketplace.web.guard import ATTRIBUTE, PUBLIC, SIGNED_IN
from marketplace.work.claiming import claim_next
from marketplace.work.disputing import open_dispute
from marketplace.work.opening import open_tasks
from tests.audit.parts import seal_all
from tests.builders.contracts import make_layers
from tests.builders.jobs import make_open_job, make_party, text_rows
from tests.builders.payouts import execute, make_approved_run, make_finance, mature, sandbox
from tests.builders.settlement import Chain, accept, another, hand_in, payable_worker, reject
from tests.builders.web import Browser, make_app
from tests.builders.work import SETUP, make_worker

CLIENT, FEE, NET = Decimal("9.00"), Decimal("0.45"), Decimal("8.55")
FIRST, SECOND, PAY = Decimal("7.1307"), Decimal("5.2903"), Decimal("3.7109")
ASKED: Final = Decimal("5.4407")
"""What the third layer asks for; layers buy at NET, FIRST and SECOND, the worker gets PAY: no digit of one is like
another's, so that an amount that is found tells which it is."""
ITEMS: Final = 12
IDS_TRIED: Final = 4
NOUNS: Final = {"run": "payout_run"}
_BRAND: Final = re.compile(r'<a class="brand".*?</a>', re.DOTALL)
_NUMBER: Final = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and what of the prices between client and worker they know for sure."""

    name: str
    actor: Actor
    known: tuple[Decimal, ...]


class Sold:
    """A job sold through three layers with work in every state, money paid out, and a change of price under way."""

    def __init__(self, session: Session, policy: str) -> None:
        client = make_party(session, "client")
        job, root = make_open_job(
            session, client, rows=text_rows(ITEMS), layers_max=4, price_visibility=policy,
            rates=(_rate(str(CLIENT)),),
        )  # fmt: skip
        layers = make_layers(session, client, root, [str(NET), str(FIRST), str(SECOND)], ITEMS)
        (first, _), (second, middle), (third, lowest) = layers
        batch = open_tasks(
            session, third, lowest.id, "standard", items=ITEMS - 2, items_per_task=2, pay=Money.parse(str(PAY), "CNY")
        )
        self.chain = Chain(job, client, layers, batch, another(session, third, "reviewer"))
        for party in (client, first, second, third, self.chain.reviewer):
            _join(session, party)
        self.worker, self.other = payable_worker(session), make_worker(session)
        for _ in range(2):
            accept(session, self.chain, hand_in(session, self.chain, self.worker))
        mixed = hand_in(session, self.chain, self.worker)
        decide_answers(session, self.chain.reviewer, mixed.claim_id, [reject(mixed.answer_ids[0])])
        open_dispute(session, self.worker, mixed.answer_ids[0], "It is a car.")
        hand_in(session, self.chain, self.worker)
        claim_next(session, self.worker, batch.id)
        amending.propose(session, third, lowest.id, {"standard": Money.parse(str(ASKED), "CNY")}, "Dense scenes.")
        recall_items(session, second, lowest.id, {"standard": 1})
        self._pay(session)
        freeze_contract(session, first, middle.id, "Wait for the payday.")
        self.parties = (client, first, second, third)

    def _pay(self, session: Session) -> None:
        for seller, _ in self.chain.layers:
            set_destination(session, seller, "sandbox", f"acct_{seller.organization.hex}")
        mature(session)
        finance = make_finance(session)
        execute(session, finance, sandbox(session), make_approved_run(session, finance))
        seal_all(session)
        while feed.sweep(session):
            pass

    def readers(self, session: Session) -> list[Reader]:
        client, first, second, third = self.parties
        stranger = _join(session, make_party(session, "subcontractor"))
        return [
            Reader("requester", client, ()),
            Reader("client's reviewer", _join(session, another(session, client, "reviewer")), ()),
            Reader("first layer", first, (FIRST,)),
            Reader("second layer", second, (FIRST, SECOND, ASKED)),
            Reader("third layer", third, (SECOND, PAY, ASKED)),
            Reader("third layer's reviewer", self.chain.reviewer, (SECOND, PAY, ASKED)),
            Reader("worker", self.worker, (PAY,)),
            Reader("another worker", self.other, (PAY,)),
            Reader("stranger", stranger, ()),
        ]


def _join(session: Session, actor: Actor) -> Actor:
    """Write down that the actor belongs to their organization, so that they can sign in and are told of things."""
    for role in actor.roles:
        directory.add_member(session, SETUP, actor.person, actor.organization, role)
    return actor


def _rate(price: str) -> RateDraft:
    return RateDraft("standard", Money.parse(price, "CNY"))


def _sums(amounts: set[Decimal]) -> set[Decimal]:
    """What a list or a sum may show of these: for some answers, in halves, and rounded down as it is paid out."""
    exact = {amount * count / 2 for amount in amounts for count in range(1, 2 * ITEMS + 1)}
    return exact | {amount.quantize(Decimal("0.01"), ROUND_DOWN) for amount in exact if amount > 1}


def hidden_from(reader: Reader) -> set[Decimal]:
    """Prices and margins the reader does not know, in every sum; what follows by subtraction is known."""
    known = {CLIENT, FEE, NET, *reader.known}
    follows = known | {abs(one - other) for one, other in combinations(known, 2)}
    prices = [NET, FIRST, SECOND, PAY]
    everything = {*prices, ASKED, *(above - below for above, below in pairwise(prices))}
    return _sums(everything - follows) - _sums(follows)


def numbers(text: str) -> set[Decimal]:
    """Every number with decimals in an answer, but those that draw the house's mark on each page."""
    return {Decimal(found.replace(",", "")) for found in _NUMBER.findall(_BRAND.sub("", text))}


def ids(session: Session) -> dict[str, list[str]]:
    """Ids of everything there is, by noun."""
    found: dict[str, list[str]] = {}
    for noun in PREFIXES:
        table = Base.metadata.tables.get({"event": "audit_event"}.get(noun, noun))
        if table is not None and "id" in table.c:
            some = session.execute(select(table.c.id).order_by(table.c.id.desc()).limit(IDS_TRIED)).scalars()
            found[noun] = [public(noun, identifier) for identifier in some if isinstance(identifier, UUID)]
    return found


def paths(rule: Rule, known: dict[str, list[str]]) -> Iterator[str]:
    """The addresses of a rule with every id that fits; none where a parameter is no id."""
    names = sorted(rule.arguments)
    for chosen in product(*(["1"] if name == "number" else known.get(_noun(name), []) for name in names)):
        path = rule.rule
        for name, value in zip(names, chosen, strict=True):
            path = re.sub(rf"<(\w+:)?{name}>", value, path)
        yield path


def _noun(parameter: str) -> str:
    noun = parameter.removesuffix("_id")
    return NOUNS.get(noun, noun)


class Looker:
    """Asks every face as one reader would: programs with a key, people in a browser."""

    def __init__(self, app: Flask, session: Session, actor: Actor) -> None:
        _, secret = keys.issue_key(
            session, SETUP, person_id=actor.person, organization_id=actor.organization_id, scopes=None
        )
        self.program = app.test_client()
        self.headers = {"Authorization": f"Bearer {secret}"}
        face = "work" if actor.organization_id is None else "console"
        self.face = WORK if face == "work" else CONSOLE
        self.browser = Browser(app).sign_in(session, actor, face)

    def get(self, path: str) -> tuple[int, str] | None:
        face = face_of(path)
        if face in {API, WORKER_API}:
            answer = self.program.get(path, headers=self.headers)
        elif face is self.face:
            answer = self.browser.get(path)
        else:
            return None
        return answer.status_code, answer.get_data(as_text=True)


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
        hidden = hidden_from(reader) if policy != "full" else _sums({ASKED} - set(reader.known))
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
