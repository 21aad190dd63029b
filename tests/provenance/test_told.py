"""Rule 12 where nobody asks: what webhooks are sent, and the files that are made, tell no amount that is hidden."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.exports.formats import FORMATS
from marketplace.kernel.errors import DomainError
from marketplace.notifications import outbox, planning
from marketplace.notifications.models import Webhook, WebhookDelivery
from marketplace.notifications.published import PUBLISHED
from tests.builders.exports import export_text
from tests.builders.media import MemoryStorage
from tests.provenance.sold import CLIENT, FIRST, PAY, SECOND, Reader, Sold, hidden_from, numbers

POLICIES = ["finance_only", "shares", "full"]


def payloads(session: Session, readers: list[Reader]) -> dict[str, list[str]]:
    """What a webhook for everything would be sent, by the reader whose organization has it."""
    hooks = {}
    for reader in readers:
        if reader.actor.organization_id is not None and "reviewer" not in reader.actor.roles:
            hook = Webhook(
                organization_id=reader.actor.organization,
                url="https://hooks.example.com",
                kinds=sorted(PUBLISHED),
                secret=b"sealed",
                next_leaf=0,
            )
            session.add(hook)
            hooks[reader.name] = hook
    session.flush()
    while outbox.sweep(session):
        pass
    while planning.sweep(session):
        pass
    wanted = select(WebhookDelivery.payload)
    return {
        name: list(session.scalars(wanted.where(WebhookDelivery.webhook_id == hook.id))) for name, hook in hooks.items()
    }


@pytest.mark.parametrize("policy", POLICIES)
def test_no_webhook_is_sent_an_amount_that_its_organization_may_not_know(session: Session, policy: str) -> None:
    sold = Sold(session, policy)
    readers = sold.readers(session)
    sent = payloads(session, readers)
    hidden = {reader.name: hidden_from(reader, policy) for reader in readers}
    leaks = {
        (name, text[:80], str(found))
        for name, texts in sent.items()
        for text in texts
        for found in numbers(text) & hidden[name]
    }
    assert leaks == set()
    assert sum(len(texts) for texts in sent.values()) > 30
    told = {name: set().union(*map(numbers, texts)) for name, texts in sent.items()}
    assert {FIRST, SECOND} <= told["second layer"], "the walk looked nowhere"


@pytest.mark.parametrize("policy", POLICIES)
def test_no_file_holds_an_amount_that_who_asked_for_it_may_not_know(session: Session, policy: str) -> None:
    sold = Sold(session, policy)
    storage = MemoryStorage()
    leaks, made = set(), {}
    for reader in sold.readers(session):
        if reader.actor.organization_id is None or not reader.actor.may("export.create"):
            continue
        for name, form in FORMATS.items():
            for answers in ("used", "not_used") if form.not_used else ("used",):
                job_id = None if form.of_job is None else sold.chain.job.id
                try:
                    text = export_text(session, storage, reader.actor, name, job_id, answers)
                except DomainError:
                    continue
                made[reader.name, name] = numbers(text)
                leaks |= {(reader.name, name, str(found)) for found in numbers(text) & hidden_from(reader, policy)}
    assert leaks == set()
    assert {CLIENT, FIRST, SECOND} <= made["second layer", "price_chain.csv"], "the files say nothing"
    assert PAY in made["third layer", "price_chain.csv"]
