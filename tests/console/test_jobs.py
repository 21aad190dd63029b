from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.running import move_job
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger import balances
from marketplace.ledger.recipes import accounts
from marketplace.rails.models import Deposit
from marketplace.work.models import Answer
from marketplace.work.quality_reports import report_one_job
from tests.builders.consensus import find_consensus
from tests.builders.identity import make_staff
from tests.builders.jobs import make_job, make_open_job, make_party, text_rows
from tests.builders.settlement import accept, hand_in, make_chain
from tests.console.conftest import Enter


def test_a_client_follows_progress_and_money_of_its_job(session: Session, enter: Enter) -> None:
    chain = make_chain(session, items=10)
    accept(session, chain, hand_in(session, chain))
    page = enter(chain.client).get(f"/console/jobs/{public('job', chain.job.id)}")
    assert page.status_code == 200, page.text
    for text in ("0.90", "0.045", "accepted", "Reserve"):
        assert text in page.text, text


def test_a_job_is_paused_and_resumed(session: Session, enter: Enter) -> None:
    client = make_party(session, "client")
    job, _root = make_open_job(session, client, rows=text_rows(2))
    browser = enter(client)
    path = f"/console/jobs/{public('job', job.id)}"
    browser.get(path)
    assert browser.post(f"{path}/pause").status_code == 303
    assert browser.post(f"{path}/pause").status_code == 422
    session.expire_all()
    assert job.state == "paused"
    assert browser.post(f"{path}/resume").status_code == 303
    assert browser.post(f"{path}/explode").status_code == 404


def test_a_settled_job_is_archived_and_shown_when_asked_for(session: Session, enter: Enter) -> None:
    client = make_party(session, "client")
    job = make_job(session, client, allowance=Money.parse("2.25", "CNY"))
    browser = enter(client)
    path = f"/console/jobs/{public('job', job.id)}"
    assert "2.25" in browser.get(path).text
    assert browser.post(f"{path}/archive").status_code == 422
    for state in ("cancelled", "settled"):
        move_job(session, client, job, state)
    assert browser.post(f"{path}/archive").status_code == 303
    assert job.title not in browser.get("/console/jobs").text
    assert job.title in browser.get("/console/jobs?archived=1").text


def test_money_is_paid_in_and_tied_to_a_job(session: Session, enter: Enter) -> None:
    client = make_party(session, "client")
    job, _root = make_open_job(session, client, rows=text_rows(2))
    browser = enter(client)
    assert browser.get("/console/money").status_code == 200
    wrong = browser.post("/console/money", {"rail": "sandbox", "amount": "12,5", "currency": "CNY"})
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    assert browser.post("/console/money", {"rail": "sandbox", "amount": "12.50", "currency": "cny"}).status_code == 303
    deposit = session.scalars(select(Deposit).where(Deposit.organization_id == client.organization)).one()
    assert (deposit.state, deposit.money) == ("available", Money.parse("12.50", "CNY"))
    path = f"/console/jobs/{public('job', job.id)}"
    browser.get(path)
    before = balances.balance(session, accounts.job_reserve(job.id, "CNY"))
    assert browser.post(f"{path}/fund", {"amount": "1000000"}).status_code == 422
    assert browser.post(f"{path}/fund", {"amount": "2.50"}).status_code == 303
    after = balances.balance(session, accounts.job_reserve(job.id, "CNY"))
    assert after - before == Money.parse("2.50", "CNY")
    assert browser.post("/console/money", {"rail": "elsewhere", "amount": "1", "currency": "CNY"}).status_code == 404


def test_client_and_layer_see_how_good_the_answers_are_as_far_as_each_may(session: Session, enter: Enter) -> None:
    chain = make_chain(session, items=10)
    accept(session, chain, hand_in(session, chain))
    find_consensus(session)
    assert report_one_job(session) == 1
    path = f"/console/jobs/{public('job', chain.job.id)}"
    page = enter(chain.client).get(path)
    assert page.status_code == 200, page.text
    for text in ("Quality of the answers", "The whole job", "worker-", "100.0 %"):
        assert text in page.text, text
    page = enter(chain.layers[0][0]).get(path)
    assert "Contract of" in page.text
    assert "The whole job" not in page.text
    assert "worker-" not in page.text, "its workers are those of the layer below"


def test_one_client_never_sees_the_job_of_another(session: Session, enter: Enter) -> None:
    chain = make_chain(session)
    stranger = enter(make_party(session, "client"))
    path = f"/console/jobs/{public('job', chain.job.id)}"
    assert stranger.get(path).status_code == 404
    assert stranger.get(f"{path}/chains").status_code == 404
    assert chain.job.title not in stranger.get("/console/jobs").text
    assert stranger.post(f"{path}/cancel").status_code == 404
    session.expire_all()
    assert chain.job.state == "open"


def test_a_layer_sees_the_job_without_the_client_money(session: Session, enter: Enter) -> None:
    chain = make_chain(session)
    page = enter(chain.layers[1][0]).get(f"/console/jobs/{public('job', chain.job.id)}").text
    assert "Reserve" not in page
    assert "0.855" not in page  # what the layer above buys at is not this layer's to see


def test_a_price_chain_is_shown_to_the_last_digit(session: Session, enter: Enter) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    answer_id = session.scalars(select(Answer.id)).one()
    browser = enter(make_staff(session, "auditor"))
    listed = browser.get(f"/console/jobs/{public('job', chain.job.id)}/chains").text
    assert public("answer", answer_id) in listed
    page = browser.get(f"/console/answers/{public('answer', answer_id)}/chain").text
    for text in ("0.045", "0.255", "0.25", "0.35", "0.90", "0.175"):
        assert text in page, text
