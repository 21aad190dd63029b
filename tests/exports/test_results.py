from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.jobs.item_rows import ItemRow
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse, public
from marketplace.kernel.money import Money
from marketplace.ledger.treasury import put_in_capital
from marketplace.settlement import appeals
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import auto_accept
from marketplace.settlement.mirroring import decide_mirror, propose_mirror
from marketplace.work import disputing, leases
from marketplace.work.models import Answer, Batch
from marketplace.work.states import ANSWER
from marketplace.work.verdicts import Verdict
from tests.builders.defaults import operations
from tests.builders.exports import ask, export_text, lines_of, rows_of, run_exports, seen
from tests.builders.media import MemoryStorage
from tests.builders.operations import inside
from tests.builders.settlement import move_clock_to, redo, reject
from tests.builders.work import Market, claim_and_submit, make_market, make_worker, open_batch

NOT_USED = "pay_not_use"
READERS: dict[str, Callable[[str], list[dict[str, Any]]]] = {"results.jsonl": lines_of, "results.csv": rows_of}


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


PLATFORM = Actor(None, None, None, frozenset(), frozenset(["*"]), "command_line", "the operator")


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=8)


def decided(session: Session, market: Market, *verdicts: str, worker: Actor | None = None) -> list[str]:
    """An answer for each verdict, decided so; the public ids. An empty verdict leaves it waiting."""
    batch = session.query(Batch).filter_by(job_id=market.job.id).one_or_none() or open_batch(session, market)
    ids = []
    for verdict in verdicts:
        claimed, _ = claim_and_submit(session, worker or make_worker(session), batch)
        answer_id = session.query(Answer.id).filter_by(claim_id=claimed.id).scalar()
        ids.append(public("answer", answer_id))
        given = {
            "accept": Verdict(answer_id, "accept"),
            "reject": reject(answer_id),
            "redo": redo(answer_id),
            NOT_USED: Verdict(answer_id, NOT_USED, "wrong_label", "Paid all the same.", "G1"),
        }
        if verdict:
            decide_answers(session, market.reviewer, claimed.id, [given[verdict]])
    return ids


def later(session: Session, **time: int) -> None:
    move_clock_to(session, market_now(session) + dt.timedelta(**time))


def test_each_accepted_answer_is_a_line_with_where_it_came_from(
    session: Session, market: Market, storage: MemoryStorage
) -> None:
    answer_id, _ = decided(session, market, "accept", "")
    (line,) = lines_of(export_text(session, storage, market.requester, "results.jsonl", market.job.id))
    item = line.pop("item")
    assert (item["external_id"], item["rate"], item["ordinal"], item["input"]) == (
        "text-0000001", "standard", 1, {"text": "Film 1"},
    )  # fmt: skip
    assert line.pop("worker").startswith("worker-")
    assert line.pop("submitted_at") <= line.pop("decided_at")
    assert line == {
        "answer_id": answer_id, "answer": {"label": "good"}, "state": "accepted", "used": True, "attempt": 1,
        "guideline_version": 1, "decided_by": "review", "corrected": False, "correction": None,
        "price": {"amount": "1.00", "currency": "USD"},
    }  # fmt: skip


def test_nothing_of_what_is_not_paid_for_is_in_it_and_what_is_not_used_is_kept_apart(
    session: Session, market: Market, storage: MemoryStorage
) -> None:
    accepted, unused, *_ = decided(session, market, "accept", NOT_USED, "reject")
    later(session, days=8)
    appeals.finalize_rejections(session)
    decided(session, market, "redo")
    later(session, hours=2)
    leases.expire(session)
    decided(session, market, "reject", "redo", "")
    (by_mistake,) = decided(session, market, "accept")
    put_in_capital(session, PLATFORM, Money.parse("10", "USD"))
    mirror = propose_mirror(session, operations(session), parse("answer", by_mistake), "The wrong one.")
    decide_mirror(session, operations(session), mirror.id, confirm=True)
    session.expire_all()
    assert {answer.state for answer in session.query(Answer)} == set(ANSWER.states) - {"held", "accepted_on_appeal"}
    for name, read in READERS.items():
        used = read(export_text(session, storage, market.requester, name, market.job.id))
        assert [row["answer_id"] for row in used] == [accepted]
        apart = read(export_text(session, storage, market.requester, name, market.job.id, "not_used"))
        assert [(row["answer_id"], row["state"], str(row["used"]).lower()) for row in apart] == [
            (unused, "paid_not_used", "false")
        ]


def test_a_correction_stands_beside_the_answer_and_in_its_place_in_tables(
    session: Session, market: Market, storage: MemoryStorage
) -> None:
    (waiting,) = decided(session, market, "")
    answer = session.get_one(Answer, parse("answer", waiting))
    fixed = Verdict(answer.id, "accept", correction={"label": "bad"})
    decide_answers(session, market.reviewer, answer.claim_id, [fixed])
    for name, read in READERS.items():
        (row,) = read(export_text(session, storage, market.requester, name, market.job.id))
        assert str(row["corrected"]).lower() == "true"
        if name == "results.jsonl":
            assert (row["answer"], row["correction"]) == ({"label": "good"}, {"label": "bad"})
        if name == "results.csv":
            assert row["Answer.label"] == "bad"


def test_how_an_answer_was_accepted_is_told(session: Session, market: Market, storage: MemoryStorage) -> None:
    worker = make_worker(session)
    by_review, on_appeal, by_timer = decided(session, market, "accept", "reject", "", worker=worker)
    disputing.open_dispute(session, worker, parse("answer", on_appeal), "It is good.")
    later(session, days=30)
    appeals.overturn_silent(session)
    auto_accept(inside(session))
    lines = lines_of(export_text(session, storage, market.requester, "results.jsonl", market.job.id))
    assert {line["answer_id"]: line["decided_by"] for line in lines} == {
        by_review: "review", by_timer: "timer", on_appeal: "appeal",
    }  # fmt: skip


def test_a_worker_has_one_name_within_a_job_another_in_the_next_and_never_their_own(
    session: Session, market: Market, storage: MemoryStorage
) -> None:
    other = make_market(session, items_count=2)
    worker, second = make_worker(session, "Amina Otieno"), make_worker(session)
    decided(session, market, "accept", "accept", worker=worker)
    decided(session, market, "accept", worker=second)
    decided(session, other, "accept", worker=worker)
    texts = [
        export_text(session, storage, place.requester, name, place.job.id)
        for place in (market, other)
        for name in ("results.jsonl", "results.csv")
    ]
    names = [line["worker"] for line in lines_of(texts[0])]
    assert (len(names), len(set(names))) == (3, 2)
    assert lines_of(texts[2])[0]["worker"] not in names
    hex_id = worker.person.hex
    for told in texts:
        assert all(secret not in told for secret in ("Amina", "example.org", public("person", worker.person), hex_id))


def test_the_table_has_a_column_for_each_field(session: Session, storage: MemoryStorage) -> None:
    market = make_market(session, items_count=1)
    decided(session, market, "accept")
    made = export_text(session, storage, market.requester, "results.csv", market.job.id)
    assert made.endswith("\r\n")
    (row,) = rows_of(made)
    assert (row["Input.text"], row["Answer.label"], row["price"], row["currency"]) == ("Film 1", "good", "1.00", "USD")


def test_texts_that_would_run_in_a_spreadsheet_are_made_harmless(session: Session, storage: MemoryStorage) -> None:
    rows = [ItemRow(1, "=cmd|' /C calc'!A0", "standard", {"text": '@SUM(1,2)\r\n"quoted"'})]
    market = make_market(session, items_count=1, rows=rows)
    decided(session, market, "accept")
    (row,) = rows_of(export_text(session, storage, market.requester, "results.csv", market.job.id))
    assert row["external_id"] == "'=cmd|' /C calc'!A0"
    assert row["Input.text"] == '\'@SUM(1,2)\r\n"quoted"'


def test_a_ready_export_says_its_size_and_digest_and_is_recorded(
    session: Session, market: Market, storage: MemoryStorage
) -> None:
    decided(session, market, "accept", "accept")
    export = ask(session, market.requester, "results.jsonl", market.job.id)
    assert seen(session, export).state == "queued"
    run_exports(session, storage)
    made = seen(session, export)
    (kept,) = storage.kept.values()
    assert made.export.sha256 == hashlib.sha256(kept).digest()
    assert (made.export.byte_count, made.export.row_count, made.state) == (len(kept), 2, "ready")
    assert made.operation.result == {
        "export": public("export", export.id),
        "rows": 2,
        "bytes": len(kept),
        "sha256": hashlib.sha256(kept).hexdigest(),
    }
    kinds = session.query(AuditEvent.kind).filter_by(subject_id=export.id).order_by(AuditEvent.recorded_at)
    assert [kind for (kind,) in kinds] == ["export.requested", "export.ready"]


def test_who_may_not_read_results_or_has_another_organization_gets_none(session: Session, market: Market) -> None:
    others = {
        "not_found": make_market(session).requester,
        "forbidden": market.reviewer,
    }
    for slug, actor in others.items():
        with pytest.raises(DomainError) as refused:
            ask(session, actor, "results.jsonl", market.job.id)
        assert refused.value.slug == slug


def test_rights_taken_away_before_it_is_made_make_it_fail(
    session: Session, market: Market, storage: MemoryStorage
) -> None:
    decided(session, market, "accept")
    export = ask(session, market.requester, "results.jsonl", market.job.id)
    session.execute(text("DELETE FROM membership WHERE person_id = :id"), {"id": market.requester.person})
    run_exports(session, storage)
    failed = seen(session, export)
    assert (failed.state, failed.operation.problem_code, storage.kept) == ("failed", "forbidden", {})


@pytest.mark.parametrize(
    ("name", "with_job", "answers", "pointer"),
    [
        ("results.xml", True, "used", "/format"),
        ("coco.json", True, "used", "/format"),
        ("results.jsonl", False, "used", "/job_id"),
        ("results.jsonl", True, "all", "/answers"),
        ("label_studio.json", True, "not_used", "/answers"),
    ],
)
def test_what_no_export_can_be_made_of_is_refused_at_its_field(
    session: Session, market: Market, name: str, with_job: bool, answers: str, pointer: str
) -> None:
    with pytest.raises(DomainError) as refused:
        ask(session, market.requester, name, market.job.id if with_job else None, answers)
    assert refused.value.slug == "export_refused"
    assert [error.pointer for error in refused.value.errors] == [pointer]
