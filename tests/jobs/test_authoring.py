from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.jobs.authoring import change_job, create_job
from marketplace.jobs.drafts import GuidelineDraft, RateDraft
from marketplace.jobs.guidelines import add_version
from marketplace.jobs.items import add_items
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job, JobRate
from marketplace.jobs.queries import get_job, guideline_of, list_jobs, rates_of
from marketplace.jobs.running import _recompute_published, close_job, move_job, open_job, pause_job, resume_job
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from tests.builders.jobs import job_draft, make_job, make_open_job, make_party, text_rows
from tests.builders.work import make_worker


def refused(act: Callable[[], Any]) -> tuple[str, list[tuple[str, str]]]:
    with pytest.raises(DomainError) as refusal:
        act()
    return refusal.value.slug, [(error.pointer, error.code) for error in refusal.value.errors]


def test_a_new_job_is_a_draft_with_its_rate_card_and_guideline(session: Session) -> None:
    client = make_party(session)
    job = create_job(session, client, job_draft(), fee_ppm=50_000)
    (rate,) = rates_of(session, job.id)
    assert (job.state, job.version, job.organization_id) == ("draft", 1, client.organization)
    assert (rate.code, rate.price, rate.fee, rate.item_count) == ("standard", Money.parse("0.90", "CNY"), None, 0)
    guideline = guideline_of(session, job.id, 1)
    assert guideline is not None
    assert guideline.rules == [{"id": "G1", "text": "Boxes touch the object."}]
    kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.subject_id == job.id)).all()
    assert sorted(kinds) == ["job.created", "job.guideline_added"]


def test_everything_wrong_with_a_draft_is_told_at_once_with_its_pointer(session: Session) -> None:
    client = make_party(session)
    draft = job_draft(
        title=" ",
        kind="audio",
        redundancy=0,
        severity=6,
        price_visibility="none",
        deferral_months_max=3,
        settlement_terms=SettlementTerms((TermPart(1, 6, Anchor.MONTH_END),)),
        rates=(
            RateDraft("standard", Money.parse("0", "CNY")),
            RateDraft("standard", Money.parse("1", "USD")),
            RateDraft("Dense!", Money.parse("1", "CNY"), Money.parse("2", "CNY")),
        ),
        guideline=GuidelineDraft("x", (("G1", "a"), ("G1", ""))),
    )
    slug, errors = refused(lambda: create_job(session, client, draft))
    assert slug == "invalid"
    assert errors == [
        ("/title", "required"),
        ("/kind", "unknown_choice"),
        ("/price_visibility", "unknown_choice"),
        ("/redundancy", "out_of_range"),
        ("/severity", "out_of_range"),
        ("/rates/0/price/amount", "not_positive"),
        ("/rates/1/code", "duplicate"),
        ("/rates/1/price/currency", "currency_differs"),
        ("/rates/2/code", "code_invalid"),
        ("/rates/2/worker_pay_min/amount", "above_price"),
        ("/settlement_terms", "deferral_months_max"),
        ("/guideline/rules/1/id", "duplicate"),
        ("/guideline/rules/1/text", "required"),
    ]


def test_errors_of_the_label_schema_point_into_it(session: Session) -> None:
    client = make_party(session)
    draft = job_draft(label_schema={"classes": ["car", "car", 3], "colour": True})
    assert refused(lambda: create_job(session, client, draft))[1] == [("/label_schema/colour", "unknown_field")]
    draft = job_draft(label_schema={"classes": ["car", "car", 3]})
    assert refused(lambda: create_job(session, client, draft))[1] == [
        ("/label_schema/classes/1", "duplicate"),
        ("/label_schema/classes/2", "class_invalid"),
    ]


def test_a_draft_is_changed_by_whoever_read_its_newest_version(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    changed = change_job(session, client, job.id, 1, {"redundancy": 3, "title": "New"})
    assert (changed.redundancy, changed.title, changed.version) == (3, "New", 2)
    assert refused(lambda: change_job(session, client, job.id, 1, {"title": "Late"}))[0] == "stale"
    assert refused(lambda: change_job(session, client, job.id, 2, {"colour": 1})) == (
        "invalid",
        [("/colour", "unknown_field")],
    )
    assert refused(lambda: change_job(session, client, job.id, 2, {"currency": "USD"}))[1] == [
        ("/currency", "not_changeable")
    ]


def test_rates_come_and_go_until_they_have_items(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    dense = RateDraft("dense", Money.parse("1.50", "CNY"))
    standard = RateDraft("standard", Money.parse("0.80", "CNY"))
    change_job(session, client, job.id, 1, {"rates": (dense, standard)})
    assert [(rate.code, str(rate.price)) for rate in rates_of(session, job.id)] == [
        ("dense", "1.50 CNY"),
        ("standard", "0.80 CNY"),
    ]
    add_items(session, client, job.id, text_rows(1))
    change_job(session, client, job.id, 2, {"rates": (standard,)})
    assert refused(lambda: change_job(session, client, job.id, 3, {"rates": (dense,)}))[1] == [
        ("/rates", "rate_in_use")
    ]


def test_after_publication_only_the_wording_changes(session: Session) -> None:
    client = make_party(session)
    job, _ = make_open_job(session, client)
    assert refused(lambda: change_job(session, client, job.id, job.version, {"redundancy": 2}))[0] == "state_conflict"
    assert change_job(session, client, job.id, job.version, {"title": "Clearer"}).title == "Clearer"


def test_guidelines_have_versions_and_the_stale_author_is_refused(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    second = add_version(session, client, job.id, GuidelineDraft("More exact."), version=1)
    assert (second.version, job.guideline_version) == (2, 2)
    assert refused(lambda: add_version(session, client, job.id, GuidelineDraft("x"), version=1))[0] == "stale"
    assert refused(lambda: add_version(session, client, job.id, GuidelineDraft("")))[1] == [("/text", "required")]
    first = guideline_of(session, job.id, 1)
    assert first is not None
    assert first.text == "Be exact."


def test_publication_fixes_the_fee_rounded_down_at_ledger_scale(session: Session) -> None:
    client = make_party(session)
    rates = (RateDraft("standard", Money.parse("0.0013", "USD")),)
    job, _ = make_open_job(session, client, currency="USD", rates=rates)
    (rate,) = rates_of(session, job.id)
    assert rate.fee == Money.parse("0.000065", "USD")
    assert job.published_at is not None


def test_the_event_of_publication_can_be_recomputed_from_the_rows(session: Session) -> None:
    client = make_party(session)
    job, _ = make_open_job(session, client)
    before = _recompute_published(session, [job.id])
    change_job(session, client, job.id, job.version, {"title": "Clearer"})
    pause_job(session, client, job.id)
    assert _recompute_published(session, [job.id]) == before


def test_a_job_without_items_is_not_published(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    move_job(session, client, job, "funded")
    assert refused(lambda: open_job(session, client, lock_job(session, job.id)))[1] == [("/items", "required")]


def test_pause_resume_and_close_follow_the_state_table(session: Session) -> None:
    client = make_party(session)
    job, _ = make_open_job(session, client)
    assert pause_job(session, client, job.id).state == "paused"
    assert refused(lambda: pause_job(session, client, job.id))[0] == "state_conflict"
    assert resume_job(session, client, job.id).state == "open"
    assert close_job(session, client, job.id).state == "draining"
    assert refused(lambda: resume_job(session, client, job.id))[0] == "state_conflict"


def test_a_draft_is_not_resumed_around_its_publication(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    move_job(session, client, job, "funded")
    assert refused(lambda: resume_job(session, client, job.id))[0] == "state_conflict"


def test_one_tenant_never_sees_anothers_jobs(session: Session) -> None:
    client, other = make_party(session), make_party(session)
    job = make_job(session, client)
    for stranger in (other, make_party(session, "subcontractor"), make_worker(session)):
        assert refused(partial(get_job, session, stranger, job.id))[0] == "not_found"
        assert list_jobs(session, stranger).data == []
    assert [found.id for found in list_jobs(session, client).data] == [job.id]
    assert get_job(session, make_party(session, "platform"), job.id) is job
    for act in (pause_job, resume_job, close_job):
        assert refused(partial(act, session, other, job.id))[0] == "not_found"


def test_roles_without_the_permission_do_not_author(session: Session) -> None:
    reviewer = make_party(session, "client", "reviewer")
    assert refused(lambda: create_job(session, reviewer, job_draft()))[0] == "forbidden"
    worker = make_worker(session)
    assert refused(lambda: create_job(session, worker, job_draft()))[0] == "forbidden"


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_jobs_are_priced_in_any_currency(session: Session, currency: str) -> None:
    client = make_party(session)
    rates = (RateDraft("standard", Money.parse("3", currency)),)
    job = make_job(session, client, currency=currency, rates=rates)
    assert session.get_one(JobRate, (job.id, "standard")).price == Money.parse("3", currency)
    assert session.get_one(Job, job.id).currency == currency
