"""Finding work by what one looks for, in the order one wants, at a bounded cost."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from marketplace.jobs.labels import KINDS
from marketplace.jobs.screening import Screening
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.settlement import appeals
from marketplace.settlement.accepting import decide_answers
from marketplace.work.finding import FIT_UNKNOWN, ORDERS, Wanted, open_batches
from marketplace.work.models import Answer, Batch
from marketplace.work.protection_models import PayFigure
from marketplace.work.verdicts import Verdict
from tests.builders.screening import days_pass, grant_skill, make_skill
from tests.builders.work import claim_and_submit, make_market, make_organization, make_worker, open_batch
from tests.work.test_reviewing import REASONS


@pytest.fixture
def worker(session: Session) -> Actor:
    return make_worker(session)


def found(session: Session, worker: Actor, **wanted: Any) -> list[uuid.UUID]:
    return [line.id for line in open_batches(session, worker, Wanted(**wanted)).data]


def opened(session: Session, pay: str = "0.50", **overrides: Any) -> Batch:
    return open_batch(session, make_market(session, items_count=2, **overrides), pay=pay)


def of_kind(session: Session, batch: Batch, kind: str) -> None:
    session.execute(text("UPDATE job SET kind = :kind WHERE id = :id"), {"kind": kind, "id": batch.job_id})
    session.expire_all()


def earn(session: Session, batch: Batch, hourly: str) -> None:
    amount = Money.parse(hourly, "USD").amount
    row = PayFigure(
        job_id=batch.job_id,
        rate_code=batch.rate_code,
        kind="text_classification",
        currency="USD",
        lower_amount=amount,
        median_amount=amount,
        upper_amount=amount,
        claims=9,
        workers=3,
        measured_at=session.execute(text("SELECT market_now()")).scalar_one(),
    )
    session.add(row)
    session.flush()


@contextmanager
def statements(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database, with its values."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        sent.append((statement, values))

    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def test_work_is_found_by_its_kind_and_by_how_it_can_be_done(session: Session, worker: Actor) -> None:
    texts, pictures, sounds = (opened(session) for _ in range(3))
    of_kind(session, pictures, "image_boxes")
    of_kind(session, sounds, "audio_transcript")
    assert found(session, worker) == [texts.id, pictures.id, sounds.id]
    assert found(session, worker, kinds=("image_boxes",)) == [pictures.id]
    assert found(session, worker, kinds=("image_boxes", "text_classification")) == [texts.id, pictures.id]
    for way in ("phone", "keyboard", "without_hearing", "without_sight"):
        able = {kind for kind in KINDS if getattr(KINDS[kind].ACCESSIBILITY, way)}
        expected = [
            batch.id
            for batch, kind in ((texts, "text_classification"), (pictures, "image_boxes"), (sounds, "audio_transcript"))
            if kind in able
        ]
        assert found(session, worker, **{way: True}) == expected, way
    assert found(session, worker, kinds=("audio_transcript",), without_hearing=True) == []


def test_work_is_found_by_language_skill_and_severity(session: Session, worker: Actor) -> None:
    (client,) = make_organization(session, "client", "requester")
    skill = make_skill(session, client, name="Streets")
    grant_skill(session, client, skill, worker, days=60)
    plain, english = opened(session), opened(session, screening=Screening(languages=("en",)))
    skilled = opened(session)
    session.execute(
        text("UPDATE job SET screening_skills = ARRAY[:skill] WHERE id = :id"),
        {"skill": skill.id, "id": skilled.job_id},
    )
    hard = opened(session, severity=2)
    assert found(session, worker, language="en") == [english.id]
    assert found(session, worker, language="sw") == []
    assert found(session, worker, skill_id=skill.id) == [skilled.id]
    assert found(session, worker, severity_max=1) == [plain.id, english.id, skilled.id]
    assert hard.id in found(session, worker, severity_max=2)


def test_work_is_found_by_what_is_known_to_be_earned_an_hour(session: Session, worker: Actor) -> None:
    _unknown, low, high = (opened(session) for _ in range(3))
    earn(session, low, "1.50")
    earn(session, high, "4.00")
    assert found(session, worker, hourly_min=Money.parse("1.50", "USD")) == [low.id, high.id]
    assert found(session, worker, hourly_min=Money.parse("1.51", "USD")) == [high.id]
    assert found(session, worker, hourly_min=Money.parse("0.01", "EUR")) == []


def test_what_pays_most_comes_first_by_the_hour_and_then_by_the_answer(session: Session, worker: Actor) -> None:
    cheap, dear, known = opened(session, "0.20"), opened(session, "0.90"), opened(session, "0.10")
    earn(session, known, "2.00")
    assert found(session, worker, order="pay") == [known.id, dear.id, cheap.id]


def test_what_fits_best_comes_first(session: Session, worker: Actor) -> None:
    market = make_market(session, items_count=6)
    done = open_batch(session, market, items=4)
    claims = [claim_and_submit(session, worker, done)[0].id for _ in range(4)]
    for number, claim_id in enumerate(claims):
        answer_id = session.query(Answer.id).filter(Answer.claim_id == claim_id).scalar()
        verdict = Verdict(answer_id, "accept") if number else Verdict(answer_id, "reject", **REASONS)
        decide_answers(session, market.reviewer, claim_id, [verdict])
    days_pass(session, 8)
    assert appeals.finalize_rejections(session) == 1
    other, own, asked = opened(session), opened(session), opened(session, screening=Screening(languages=("en",)))
    of_kind(session, other, "free_text")
    # Three of four accepted are 75 in the own kind, ten more where a language is asked for; another kind has 50.
    assert FIT_UNKNOWN == 50
    assert found(session, worker, order="fit") == [asked.id, own.id, other.id]
    assert found(session, make_worker(session), order="fit") == [asked.id, other.id, own.id]


@pytest.mark.parametrize("order", ORDERS)
def test_pages_lose_and_double_nothing_while_others_open_tasks(session: Session, worker: Actor, order: Any) -> None:
    market = make_market(session, items_count=40)
    wanted = [open_batch(session, market, items=1, pay=f"0.{10 + n % 3}").id for n in range(9)]
    seen: list[uuid.UUID] = []
    cursor = None
    while True:
        page = open_batches(session, worker, Wanted(order=order), cursor=cursor, limit=2)
        seen += [line.id for line in page.data]
        cursor = page.next_cursor
        if cursor is None:
            break
        open_batch(session, market, items=1, pay="0.50")
    assert len(seen) == len(set(seen))
    assert set(wanted) <= set(seen)


@pytest.mark.parametrize(("order", "most"), [("oldest", 1), ("pay", 1), ("fit", 2)])
def test_a_page_costs_the_same_statements_however_much_is_open(
    session: Session, worker: Actor, order: Any, most: int
) -> None:
    market = make_market(session, items_count=60)
    for _ in range(30):
        open_batch(session, market, items=2)
    with statements(session) as sent:
        page = open_batches(session, worker, Wanted(order=order), limit=25)
    assert (len(page.data), len(sent)) == (25, most)


def multiply(session: Session, batch: Batch, times: int) -> None:
    """As many batches as that one, each with a task and a seat, without the way through opening."""
    session.execute(
        text("""
            WITH copied AS (
                INSERT INTO batch (id, job_id, contract_id, rate_code, price_chain_id, price_amount, pay_amount,
                                   currency, items_per_task, item_count, task_count, seats_per_task, seats_released,
                                   lease_seconds, settlement_terms, terms_hash)
                SELECT uuid7(), job_id, contract_id, rate_code, price_chain_id, price_amount, pay_amount, currency, 1,
                       1, 1, 1, 1, lease_seconds, settlement_terms, terms_hash
                FROM batch, generate_series(1, :times) WHERE id = :id
                RETURNING id, job_id
            ), tasks AS (
                INSERT INTO task (id, batch_id, job_id, position, ordinals, item_count)
                SELECT uuid7(), id, job_id, 0, '{[1,2)}', 1 FROM copied RETURNING id, batch_id
            )
            INSERT INTO seat (batch_id, task_id) SELECT batch_id, id FROM tasks
        """),
        {"id": batch.id, "times": times},
    )


def rows_read(plan: dict[str, Any], table: str) -> float:
    """How many rows a plan took out of a table."""
    own = plan["Actual Rows"] * plan["Actual Loops"] if plan.get("Relation Name") == table else 0.0
    return float(own) + sum(rows_read(part, table) for part in plan.get("Plans", ()))


@pytest.mark.parametrize("order", ["oldest", "pay"])
def test_at_a_thousand_open_batches_a_page_reads_each_at_most_once(committing_engine: Engine, order: Any) -> None:
    with Session(committing_engine) as session:
        worker = make_worker(session)
        multiply(session, open_batch(session, make_market(session, items_count=2)), 1000)
        session.execute(text("ANALYZE"))
        with statements(session) as sent:
            page = open_batches(session, worker, Wanted(order=order), limit=50)
        assert (len(page.data), len(sent)) == (50, 1)
        ((statement, values),) = sent
        explained = session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        plan = explained.scalar_one()[0]["Plan"]
        assert rows_read(plan, "batch") <= 1001
        assert rows_read(plan, "seat") <= 2 * 1002
        session.rollback()
