from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.settlement.accepting import decide_answers
from tests.builders.consensus import find_consensus
from tests.builders.exports import export_text, lines_of
from tests.builders.media import MemoryStorage
from tests.builders.work import accept_all, claim_and_submit, make_market, make_worker, open_batch


def test_each_item_is_a_line_with_its_value_and_the_answers_it_comes_from(session: Session) -> None:
    storage = MemoryStorage()
    market = make_market(session, items_count=2, redundancy=3)
    batch = open_batch(session, market, items_per_task=2)
    for label in ("good", "bad", "good"):
        claimed, _ = claim_and_submit(session, make_worker(session), batch, label)
        decide_answers(session, market.reviewer, claimed.id, accept_all(session, claimed.id))
    find_consensus(session)
    first, second = lines_of(export_text(session, storage, market.requester, "consensus.jsonl", market.job.id))
    assert first["item"]["external_id"] == "text-0000001"
    assert first["item"]["input"] == {"text": "Film 1"}
    assert (first["value"], first["method"], first["version"]) == ({"label": "good"}, "majority", 1)
    assert first["confidence"] == pytest.approx(2 / 3, abs=1e-6)
    assert [part["agreement"] for part in first["answers"]] == [1.0, 0.0, 1.0]
    workers = [part["worker"] for part in first["answers"]]
    assert len(set(workers)) == 3
    assert [part["worker"] for part in second["answers"]] == workers, "a worker is called the same throughout a job"
    answers = {
        line["answer_id"]: line["worker"]
        for line in lines_of(export_text(session, storage, market.requester, "results.jsonl", market.job.id))
    }
    assert {part["answer_id"]: part["worker"] for part in first["answers"]}.items() <= answers.items()
