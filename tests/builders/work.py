"""A published, funded job with its root contract, and people to work on it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.contracts.roots import create_root
from marketplace.identity import directory
from marketplace.identity.permissions import permissions_of
from marketplace.jobs import authoring, items, reserve
from marketplace.jobs.drafts import GuidelineDraft, JobDraft, RateDraft
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.running import open_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.funding import j1_funds_available, j1_funds_received
from marketplace.work.claiming import Claimed, claim_next
from marketplace.work.models import Answer, Batch
from marketplace.work.opening import open_tasks
from marketplace.work.submitting import Submitted, submit
from marketplace.work.verdicts import Verdict

SETUP = system_actor("tests")
SCHEMA: dict[str, Any] = {"classes": ["good", "bad"]}


@dataclass(frozen=True, slots=True)
class Market:
    """A job, its root contract, and the client's requester and reviewer."""

    job: Job
    contract: Contract
    requester: Actor
    reviewer: Actor


def make_organization(session: Session, kind: str, *roles: str) -> list[Actor]:
    """An organization with one person for each role; the actors in that order."""
    organization = directory.create_organization(
        session, SETUP, kind=kind, name=f"{kind.title()} {new_id().hex[-6:]}", country="DE"
    )
    actors = []
    for role in roles:
        person = directory.create_person(session, name=f"A {role}", email=f"{new_id().hex}@example.org", verified=True)
        directory.add_member(session, SETUP, person.id, organization.id, role)
        permissions = permissions_of([role], organization_state="approved")
        actors.append(Actor(person.id, organization.id, kind, frozenset([role]), permissions, "session", person.name))
    return actors


def make_worker(session: Session, name: str = "A worker") -> Actor:
    """A worker of the open crowd."""
    person = directory.create_person(session, name=name, email=f"{new_id().hex}@example.org", verified=True)
    directory.create_worker(session, SETUP, person.id, country="KE", languages=["en"])
    permissions = permissions_of(["worker"], organization_state=None)
    return Actor(person.id, None, None, frozenset(["worker"]), permissions, "session", name)


def give_money(session: Session, organization_id: uuid.UUID, amount: Money) -> None:
    """A deposit that has arrived."""
    pairs = j1_funds_received(organization_id, "sandbox", amount) + j1_funds_available("sandbox", amount)
    subject = ("organization", organization_id)
    post(session, SETUP, kind="J1", key=f"tests:{new_id()}", pairs=pairs, subject=subject)


def make_market(
    session: Session,
    *,
    items_count: int = 10,
    price: str = "1.00",
    funded: str | None = None,
    fee_ppm: int = 0,
    rows: Iterable[ItemRow] | None = None,
    **overrides: Any,
) -> Market:
    """A text job in USD with items of one rate, open, funded for all its answers unless `funded` says less; `rows` are
    its items where plain ones will not do.
    """
    requester, reviewer = make_organization(session, "client", "requester", "reviewer")
    draft = JobDraft(
        title="Reviews of films",
        kind="text_classification",
        instructions="Say whether the review is good or bad.",
        label_schema=SCHEMA,
        currency="USD",
        rates=(RateDraft("standard", Money.parse(price, "USD")),),
        acceptance_by="client",
        guideline=GuidelineDraft("Read it all.", (("G1", "Irony counts as what is meant."),)),
    )
    draft = replace(draft, **overrides)
    job = authoring.create_job(session, requester, draft, fee_ppm=fee_ppm)
    plain = (ItemRow(n, f"text-{n:07d}", "standard", {"text": f"Film {n}"}) for n in range(1, items_count + 1))
    items.add_items(session, requester, job.id, plain if rows is None else rows)
    needed = Money.parse(price, "USD") * items_count * draft.redundancy
    amount = needed if funded is None else Money.parse(funded, "USD")
    give_money(session, requester.organization, needed + amount)
    reserve.fund(session, requester, job.id, amount)
    job = lock_job(session, job.id)
    open_job(session, requester, job)
    contract = create_root(session, job)
    return Market(job, contract, requester, reviewer)


def open_batch(session: Session, market: Market, *, pay: str = "1.00", **overrides: Any) -> Batch:
    """All items of the market in tasks of one item, unless said otherwise; opened by the client itself."""
    arguments: dict[str, Any] = {"items": "all", "items_per_task": 1, **overrides}
    return open_tasks(
        session, market.requester, market.contract.id, "standard", pay=Money.parse(pay, "USD"), **arguments
    )


def answers_to(claimed: Claimed, label: str = "good") -> dict[uuid.UUID, dict[str, Any]]:
    """The same answer to every item of a claim."""
    return {item.id: {"label": label} for item in claimed.items}


def claim_and_submit(session: Session, worker: Actor, batch: Batch, label: str = "good") -> tuple[Claimed, Submitted]:
    """The next task of a batch, answered."""
    claimed = claim_next(session, worker, batch.id)
    return claimed, submit(session, worker, claimed.id, answers_to(claimed, label), 1)


def accept_all(session: Session, claim_id: uuid.UUID) -> list[Verdict]:
    """An accept for every answer of the claim that waits."""
    waiting = select(Answer.id).where(Answer.claim_id == claim_id, Answer.state == "submitted")
    return [Verdict(answer_id, "accept") for answer_id in session.scalars(waiting.order_by(Answer.ordinal))]
