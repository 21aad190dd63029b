"""The books and the log are read by who may: figures, lines, proofs, a month that is closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditLeaf, AuditTimestamp
from marketplace.audit.notes import Signer
from marketplace.audit.sealing import seal
from marketplace.db.clock import market_now
from marketplace.exports.keeping import keep_books
from marketplace.kernel.ids import public
from marketplace.ledger.models import Journal
from tests.builders.media import MemoryStorage
from tests.builders.payouts import inside
from tests.client_api.story import Story, ok
from tests.client_api.tour.working import (
    proofs_are_taken_home,
)


def books_and_log_are_read(story: Story, session: Session, signer: Signer) -> None:
    auditor = story.auditor
    ok(auditor.get("/ledger/trial-balance"))
    ok(auditor.get("/finance/cash-forecast?days=365"))
    fees = ok(auditor.get("/ledger/accounts?code=4010&currency=CNY")).json["data"][0]["id"]
    ok(auditor.get(f"/ledger/accounts/{fees}"))
    ok(auditor.get(f"/ledger/accounts/{fees}/lines?limit=2"))
    ok(auditor.get("/ledger/journals?kind=J3&limit=2"))
    journal = session.scalars(select(Journal.id).order_by(Journal.id).limit(1)).one()
    ok(auditor.get(f"/ledger/journals/{public('journal', journal)}"))
    _a_month_is_closed(story, session)
    assert keep_books(inside(session), inside(session), MemoryStorage())
    book = ok(auditor.get("/kept-books")).json["data"][0]
    ok(auditor.get(f"/kept-books/{book['id']}"))
    assert seal(session, signer) is not None
    assert session.scalar(select(func.count()).select_from(AuditLeaf))
    known = ok(auditor.get("/finance/ageing")).json
    ok(auditor.get(f"/finance/ageing-lines?as_of={known['as_of']}&known_at={known['known_at']}"))
    head = ok(auditor.get("/audit/checkpoints/latest")).json
    ok(auditor.get("/audit/checkpoints"))
    ok(auditor.get(f"/audit/checkpoint?tree_size={head['tree_size']}"))
    # Which the program that asks for it would refuse: here only its place in the API is shown.
    at, token = datetime(2027, 2, 1, 12, tzinfo=UTC), b"\x30\x03\x02\x01\x01"
    session.add(
        AuditTimestamp(tree_size=head["tree_size"], authority="https://tsa.example/", stamped_at=at, token=token)
    )
    session.flush()
    ok(auditor.get("/audit/timestamps"))
    ok(auditor.get(f"/audit/consistency-proof?first={head['tree_size']}"))
    event = ok(auditor.get("/audit/events")).json["data"][0]
    ok(auditor.get(f"/audit/events/{event['id']}/proof"))
    ok(auditor.get(f"/audit/events/{event['id']}/receipt"))
    ok(story.client.get(f"/audit/receipts?subject={story.job_id}"))
    result = ok(story.client.get(f"/jobs/{story.job_id}/results")).json["data"][0]
    for part in ("answers/" + result["answer_id"], "items/" + result["item_id"], f"jobs/{story.job_id}"):
        ok(story.client.get(f"/{part}/bundle"))
    ok(story.lower.get(f"/contracts/{story.lower_contract}/bundle"))
    proofs_are_taken_home(story.program, story.job_id, ok(story.program.get("/statements")).json["data"][0])


def _a_month_is_closed(story: Story, session: Session) -> None:
    month = f"{market_now(session).date().replace(day=1) - timedelta(days=40):%Y-%m}"
    ok(story.finance.get(f"/ledger/month?month={month}"))
    early = ok(story.finance.post("/ledger/periods", {"month": month})).json["id"]
    ok(story.second_finance.post(f"/ledger/periods/{early}/refuse", {"reason": "A statement is missing."}))
    proposed = ok(story.finance.post("/ledger/periods", {"month": month})).json["id"]
    ok(story.second_finance.post(f"/ledger/periods/{proposed}/approve"))
    ok(story.finance.get("/ledger/periods"))
    ok(story.finance.get(f"/ledger/periods/{proposed}"))
    reason = {"reason": "It was closed before the auditor had seen it."}
    reopening = ok(story.finance.post(f"/ledger/periods/{proposed}/reopen", reason)).json["id"]
    ok(story.second_finance.post(f"/ledger/periods/{reopening}/approve"))
