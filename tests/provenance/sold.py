"""A job sold through three layers under a policy of prices, its readers, and what each of them may not see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from itertools import combinations, pairwise, product
from typing import Any, Final
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

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
from marketplace.rails.methods import keep_destination
from marketplace.settlement.accepting import decide_answers
from marketplace.web.faces import API, CONSOLE, WORK, WORKER_API, face_of
from marketplace.work.claiming import claim_next
from marketplace.work.disputing import open_dispute
from marketplace.work.opening import open_tasks
from tests.audit.parts import seal_all
from tests.builders.contracts import make_layers
from tests.builders.jobs import make_open_job, make_party, text_rows
from tests.builders.payouts import execute, make_approved_run, make_finance, mature, sandbox
from tests.builders.settlement import Chain, accept, another, hand_in, payable_worker, reject
from tests.builders.web import Browser
from tests.builders.work import SETUP, make_worker

CLIENT, FEE, NET = Decimal("9.00"), Decimal("0.45"), Decimal("8.55")
FIRST, SECOND, PAY = Decimal("7.1307"), Decimal("5.2903"), Decimal("3.7109")
ASKED: Final = Decimal("5.4407")
"""What the third layer asks for; layers buy at NET, FIRST and SECOND, the worker gets PAY: no digit of one is like
another's, so that an amount that is found tells which it is."""
FLOOR: Final = Decimal("2.7153")
"""What everybody knows of the client's price caps: the larger of the two."""
LESS: Final = Decimal("2.6109")
"""The smaller of these caps, an amount here: only the client and the platform know that there are two (rule 1)."""
SHARE: Final = Decimal("30.17")
"""The larger one, in percent; as parts per million it counts as the same number."""
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

    @property
    def sees_caps(self) -> bool:
        """Whether the client's price caps may be named to them."""
        return self.actor.organization_kind in {"client", "platform"}


class Sold:
    """A job sold through three layers with work in every state, money paid out, and a change of price under way."""

    def __init__(self, session: Session, policy: str) -> None:
        client = make_party(session, "client")
        job, root = make_open_job(
            session, client, rows=text_rows(ITEMS), layers_max=3, deferral_months_max=12, price_visibility=policy,
            rates=(_rate(str(CLIENT)),), worker_share_min_ppm=int(SHARE * 10_000),
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
            keep_destination(session, seller, "sandbox", f"acct_{seller.organization.hex}")
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
            Reader("dispute decider", _join(session, make_party(session, "platform", "dispute_decider")), ()),
        ]


def _join(session: Session, actor: Actor) -> Actor:
    """Write down that the actor belongs to their organization, so that they can sign in and are told of things."""
    for role in actor.roles:
        directory.add_member(session, SETUP, actor.person, actor.organization, role)
    return actor


def _rate(price: str) -> RateDraft:
    return RateDraft("standard", Money.parse(price, "CNY"), Money.parse(str(LESS), "CNY"))


def _sums(amounts: set[Decimal]) -> set[Decimal]:
    """What a list or a sum may show of these: for some answers, in halves, and rounded down as it is paid out."""
    exact = {amount * count / 2 for amount in amounts for count in range(1, 2 * ITEMS + 1)}
    return exact | {amount.quantize(Decimal("0.01"), ROUND_DOWN) for amount in exact if amount > 1}


def hidden_from(reader: Reader, policy: str) -> set[Decimal]:
    """Prices and margins the reader does not know, in every sum; what follows by subtraction is known.

    Where all prices are shown a price that is only asked for is not; the caps behind the floor never are.
    """
    caps = set() if reader.sees_caps else {LESS, SHARE}
    if policy == "full":
        return caps | _sums({ASKED} - set(reader.known))
    known = {CLIENT, FEE, NET, FLOOR, *reader.known}
    follows = known | {abs(one - other) for one, other in combinations(known, 2)}
    prices = [NET, FIRST, SECOND, PAY]
    everything = {*prices, ASKED, *(above - below for above, below in pairwise(prices))}
    return caps | _sums(everything - follows) - _sums(follows)


def numbers(text: str) -> set[Decimal]:
    """Every number with decimals in an answer, but those that draw the house's mark on each page."""
    found = {Decimal(found.replace(",", "")) for found in _NUMBER.findall(_BRAND.sub("", text))}
    return found | ({SHARE} if re.search(r"\b301,?700\b", text) else set())


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

    def send(self, method: str, path: str, body: Any, key: str) -> TestResponse:
        """A request of the program with a body; `key` is its idempotency key."""
        headers = {**self.headers, "Idempotency-Key": key, "If-Match": '"1"'}
        return self.program.open(path, method=method, headers=headers, json=body)
