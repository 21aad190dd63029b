"""Jobs in every state, with clients, items and money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.contracts.roots import create_root
from marketplace.identity.models import Organization, Person
from marketplace.identity.permissions import ROLES
from marketplace.jobs.authoring import create_job
from marketplace.jobs.drafts import GuidelineDraft, JobDraft, RateDraft
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.reserve import fund
from marketplace.jobs.running import open_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.funding import j1_funds_available, j1_funds_received

HALF_AND_HALF = SettlementTerms((TermPart(1, 1, Anchor.MONTH_END), TermPart(1, 6, Anchor.MONTH_END)))


def make_party(session: Session, kind: str = "client", *roles: str, **overrides: Any) -> Actor:
    """A person with roles in a new approved organization of that kind, as an actor."""
    default = {"client": "requester", "subcontractor": "manager", "platform": "auditor"}[kind]
    identifier = new_id()
    values = {"kind": kind, "name": f"{kind} {identifier.hex[-6:]}", "country": "CN", "state": "approved", **overrides}
    organization = Organization(id=identifier, **values)
    person = Person(name="Wu", email=f"{identifier.hex}@example.org")
    session.add_all([organization, person])
    session.flush()
    return colleague(organization.id, kind, person.id, *(roles or (default,)))


def colleague(organization_id: Any, kind: str, person_id: Any, *roles: str) -> Actor:
    """An actor with these roles' permissions."""
    permissions: frozenset[str] = frozenset().union(*(ROLES[role] for role in roles))
    return Actor(person_id, organization_id, kind, frozenset(roles), permissions, "session", "Wu")


def job_draft(**overrides: Any) -> JobDraft:
    """The worked example's job: images, 0.90 CNY, half at one month's end and half at the sixth's."""
    currency = overrides.get("currency", "CNY")
    values: dict[str, Any] = {
        "title": "Cars on streets",
        "kind": "text_classification",
        "instructions": "Choose the class.",
        "label_schema": {"classes": ["car", "bus"]},
        "currency": currency,
        "rates": (RateDraft("standard", Money.parse("0.90" if currency != "JPY" else "90", currency)),),
        "layers_max": 2,
        "settlement_terms": HALF_AND_HALF,
        "guideline": GuidelineDraft("Be exact.", (("G1", "Boxes touch the object."),)),
        **overrides,
    }
    return JobDraft(**values)


def make_job(session: Session, actor: Actor | None = None, **overrides: Any) -> Job:
    """A draft job."""
    return create_job(session, actor or make_party(session), job_draft(**overrides))


def text_rows(count: int, rate_code: str = "standard", start: int = 1) -> Iterator[ItemRow]:
    """Rows of texts, made one at a time."""
    for number in range(start, start + count):
        yield ItemRow(number, f"{rate_code}-{number}", rate_code, {"text": f"text number {number}"})


def deposit(session: Session, organization_id: Any, amount: Money) -> None:
    """Money a client has with us and may tie to jobs."""
    pairs = [*j1_funds_received(organization_id, "sandbox", amount), *j1_funds_available("sandbox", amount)]
    key, subject = f"test:deposit:{new_id()}", ("organization", organization_id)
    post(session, system_actor("tests"), kind="J1", key=key, pairs=pairs, subject=subject)


def make_open_job(
    session: Session,
    actor: Actor,
    *,
    rows: Iterable[ItemRow] | None = None,
    funds: Money | None = None,
    **overrides: Any,
) -> tuple[Job, Contract]:
    """A published job with its root contract: ten items and a reserve of 1,000 units unless given."""
    job = make_job(session, actor, **overrides)
    add_items(session, actor, job.id, text_rows(10) if rows is None else rows)
    amount = funds or Money.parse("1000", job.currency)
    deposit(session, job.organization_id, amount)
    fund(session, actor, job.id, amount)
    job = open_job(session, actor, lock_job(session, job.id))
    return job, create_root(session, job)
