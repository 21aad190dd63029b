"""A worker downloads the proof of a price chain, with the program, the key and the checkpoint it is checked by."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import offline
from marketplace.audit.keys import load_signer
from marketplace.audit.sealing import seal
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id, public
from marketplace.settlement.accepting import decide_answers
from marketplace.web.context import KEY
from marketplace.work.models import Answer
from marketplace.work.verdicts import Verdict
from tests.builders.web import Browser
from tests.builders.work import Market, claim_and_submit, make_market, make_worker, open_batch


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=4)


def seal_everything(session: Session, app: Flask) -> None:
    signer = load_signer(app.extensions[KEY].settings)
    while seal(session, signer) is not None:
        pass


def test_the_proof_is_downloaded_and_proves_what_the_page_shows(
    session: Session, app: Flask, market: Market, browser: Browser, worker: Actor
) -> None:
    batch = open_batch(session, market, pay="0.4250")
    claimed, _ = claim_and_submit(session, worker, batch)
    answer_id = session.scalars(select(Answer.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "accept")])
    path = f"/work/answers/{public('answer', answer_id)}"
    assert browser.get("/log/checkpoint").status_code == 404
    assert browser.get(f"{path}/proof").status_code == 404
    seal_everything(session, app)
    assert f'{path}/proof"' in browser.get(f"{path}/price-chain").text
    kept = browser.get("/log/checkpoint").text
    claim_and_submit(session, make_worker(session), batch)
    seal_everything(session, app)
    key = browser.get("/log/key").text
    for address in (f"{path}/proof", f"/work/jobs/{public('job', market.job.id)}/proof"):
        answer = browser.get(f"{address}?since={kept.splitlines()[1]}")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        lines, wrong = offline.verify(answer.data, key, kept)
        assert wrong is None
        assert any("the worker's pay is 0.4250 USD" in line or "pay is 0.425" in line for _, line in lines)
    assert browser.get(f"{path}/proof?since=x").status_code == 422
    assert browser.get("/log/verify.py").text == Path(offline.__file__).read_text(encoding="utf-8")


def test_nobody_downloads_the_proof_of_anothers_answer(
    session: Session, app: Flask, market: Market, browser: Browser
) -> None:
    claim_and_submit(session, make_worker(session), open_batch(session, market))
    answer_id = session.scalars(select(Answer.id)).one()
    seal_everything(session, app)
    assert browser.get(f"/work/answers/{public('answer', answer_id)}/proof").status_code == 404
    assert browser.get(f"/work/jobs/{public('job', market.job.id)}/proof").status_code == 404
    assert browser.get(f"/work/jobs/{public('job', new_id())}/proof").status_code == 404
