from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.authoring import draft_of
from marketplace.jobs.drafts import GuidelineDraft, RateDraft
from marketplace.jobs.duplicating import duplicate_job
from marketplace.jobs.guidelines import add_version
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items, items_digest
from marketplace.jobs.models import Item, Job
from marketplace.jobs.queries import guideline_of, list_jobs, rates_of
from marketplace.jobs.running import archive_job, move_job
from marketplace.jobs.withdrawing import ItemRange
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.lifecycle.items import withdraw_items
from tests.builders.jobs import make_job, make_open_job, make_party, text_rows
from tests.builders.statements import statements


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def copy(session: Session, actor: Actor, job: Job, **more: object) -> Job:
    return duplicate_job(session, actor, job.id, fee_ppm=30_000, **more)  # type: ignore[arg-type]


def test_a_copy_is_a_draft_with_the_same_fields_and_the_newest_guideline(session: Session) -> None:
    client = make_party(session)
    job, _ = make_open_job(session, client, redundancy=2, allowance=cny("3"), redo_max=1, severity=3)
    add_version(session, client, job.id, GuidelineDraft("Be kind.", (("K1", "Always."),)))
    made = copy(session, client, job)
    assert (made.state, made.version, made.fee_ppm, made.published_at) == ("draft", 1, 30_000, None)
    assert draft_of(session, made) == draft_of(session, job)
    guideline = guideline_of(session, made.id, 1)
    assert guideline is not None
    assert (made.guideline_version, guideline.text, guideline.rules) == (
        1,
        "Be kind.",
        [{"id": "K1", "text": "Always."}],
    )
    assert [rate.item_count for rate in rates_of(session, made.id)] == [0]
    assert copy(session, client, made, title="Other").title == "Other"


def test_its_items_come_along_in_order_but_for_withdrawn_ones(session: Session) -> None:
    client = make_party(session)
    rates = (RateDraft("standard", cny("0.90")), RateDraft("dense", cny("1.50")))
    job = make_job(session, client, rates=rates)
    prelabel = {"answer": {"label": "car"}, "model": "m"}
    add_items(session, client, job.id, [*text_rows(5), ItemRow(6, "d", "dense", {"text": "d"}, prelabel=prelabel)])
    withdraw_items(session, client, job.id, ranges=[ItemRange("standard", 2, 3)])
    made = copy(session, client, job, items=True)
    found = session.scalars(select(Item).where(Item.job_id == made.id).order_by(Item.rate_code, Item.ordinal)).all()
    assert [(item.external_id, item.ordinal) for item in found] == [
        ("d", 1),
        ("standard-1", 1),
        ("standard-4", 2),
        ("standard-5", 3),
    ]
    assert found[0].prelabel == prelabel
    counts = {rate.code: (rate.item_count, rate.prelabeled_item_count) for rate in rates_of(session, made.id)}
    assert counts == {"standard": (3, 0), "dense": (1, 1)}
    same = [items_digest(session, one.id, "dense", 1, 1) for one in (job, made)]
    assert same[0] == same[1]
    assert add_items(session, client, made.id, text_rows(5)).added == 2


def test_only_ones_own_jobs_are_copied(session: Session) -> None:
    job = make_job(session, make_party(session))
    with pytest.raises(DomainError, match="not_found"):
        copy(session, make_party(session), job)
    with pytest.raises(DomainError, match="forbidden"):
        copy(session, make_party(session, "subcontractor"), job)


def test_the_number_of_statements_does_not_grow_with_the_items(session: Session) -> None:
    counts = []
    for number in (20, 20_000):
        client = make_party(session)
        job = make_job(session, client)
        add_items(session, client, job.id, text_rows(number))
        with statements(session) as sent:
            made = copy(session, client, job, items=True)
        assert rates_of(session, made.id)[0].item_count == number
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_a_settled_job_is_archived_and_left_out_of_lists_unless_asked_for(session: Session) -> None:
    client = make_party(session)
    job, other = make_job(session, client), make_job(session, client)
    with pytest.raises(DomainError, match="state_conflict"):
        archive_job(session, client, job.id)
    for state in ("cancelled", "settled"):
        move_job(session, client, job, state)
    assert archive_job(session, client, job.id).state == "archived"
    assert [one.id for one in list_jobs(session, client).data] == [other.id]
    assert [one.id for one in list_jobs(session, client, archived=True).data] == [other.id, job.id]
    assert [one.id for one in list_jobs(session, client, states=["archived"]).data] == [job.id]
