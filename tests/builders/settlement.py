"""Jobs sold through layers with work submitted, ready to be decided; and time that moves."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.db import clock
from marketplace.identity.models import Person
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.terms import SettlementTerms
from marketplace.rails.methods import keep_destination
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer, Batch
from marketplace.work.opening import open_tasks
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Decisions, Verdict
from tests.builders.contracts import make_layers
from tests.builders.jobs import colleague, make_open_job, make_party, text_rows
from tests.builders.work import make_worker


@dataclass(slots=True)
class Chain:
    """An open job, its layers from 1 down, the batch that the lowest opened, and a reviewer of the lowest."""

    job: Job
    client: Actor
    layers: list[tuple[Actor, Contract]]
    batch: Batch
    reviewer: Actor
    workers: list[Actor] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Handed:
    """A submitted claim: who did it, and its answers in the order of its items."""

    worker: Actor
    claim_id: uuid.UUID
    answer_ids: list[uuid.UUID]


def make_chain(
    session: Session,
    *,
    items: int = 10,
    items_per_task: int = 1,
    prices: Sequence[str] = ("0.855", "0.60"),
    pay: str = "0.35",
    currency: str = "CNY",
    funds: str | None = None,
    payable: bool = True,
    batch_terms: SettlementTerms | None = None,
    **overrides: object,
) -> Chain:
    """The worked example's chain: 0.90 CNY of the client, 5 % fee, layers buying at `prices`, workers at `pay`.

    With `payable` every layer has said where it is paid. `batch_terms` are the workers', the job's unless given.
    """
    client = make_party(session, "client")
    amount = None if funds is None else Money.parse(funds, currency)
    job, root = make_open_job(session, client, rows=text_rows(items), funds=amount, currency=currency, **overrides)
    layers = make_layers(session, client, root, prices, items, currency=currency) if prices else []
    opener, contract = layers[-1] if layers else (client, root)
    batch = open_tasks(
        session,
        opener,
        contract.id,
        "standard",
        items="all",
        items_per_task=items_per_task,
        pay=Money.parse(pay, currency),
        settlement_terms=batch_terms,
    )
    if payable:
        for seller, _ in layers:
            keep_destination(session, seller, "sandbox", f"acct_{seller.organization.hex}")
    reviewer = another(session, opener, "reviewer")
    return Chain(job, client, layers, batch, reviewer)


def another(session: Session, actor: Actor, *roles: str) -> Actor:
    """Another person of the same organization with these roles."""
    person = Person(name="Li", email=f"{new_id().hex}@example.org")
    session.add(person)
    session.flush()
    assert actor.organization_kind is not None
    return colleague(actor.organization, actor.organization_kind, person.id, *roles)


def payable_worker(session: Session) -> Actor:
    """A worker who has said where to be paid."""
    worker = make_worker(session)
    keep_destination(session, worker, "sandbox", f"acct_{worker.person.hex}")
    return worker


def hand_in(session: Session, chain: Chain, worker: Actor | None = None) -> Handed:
    """Claim and answer the next task of the batch, by a worker who can be paid unless given."""
    worker = worker or payable_worker(session)
    claimed = claim_next(session, worker, chain.batch.id)
    submit(session, worker, claimed.id, {item.id: {"label": "car"} for item in claimed.items}, 1)
    answers = select(Answer.id).where(Answer.claim_id == claimed.id).order_by(Answer.ordinal)
    return Handed(worker, claimed.id, list(session.scalars(answers)))


def accept(session: Session, chain: Chain, handed: Handed) -> Decisions:
    """Accept all of it."""
    return accept_by(session, chain.reviewer, handed)


def accept_by(session: Session, reviewer: Actor, handed: Handed) -> Decisions:
    """Accept all of it, by whom else may."""
    return decide_answers(session, reviewer, handed.claim_id, [Verdict(one, "accept") for one in handed.answer_ids])


def reject(answer_id: uuid.UUID) -> Verdict:
    """A well-founded rejection."""
    return Verdict(answer_id, "reject", "wrong_label", "It is a bus.", "G1")


def redo(answer_id: uuid.UUID) -> Verdict:
    """A well-founded request to redo."""
    return Verdict(answer_id, "redo", "imprecise", "Look again.", "G1")


def move_clock_to(session: Session, moment: dt.datetime | dt.date) -> None:
    """Move market time forward; a date means noon of it, UTC."""
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time(12), dt.UTC)
    clock.advance(session, system_actor("tests"), moment, allowed=True)


def next_day(session: Session, month: int, day: int) -> dt.date:
    """The next such day in market time that lies ahead, in a year without a 29 February."""
    today = clock.market_now(session).date()
    year = today.year + (today >= dt.date(today.year, month, day))
    while year % 4 == 0:
        year += 1
    return dt.date(year, month, day)
