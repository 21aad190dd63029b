from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.jobs.authoring import change_job
from marketplace.jobs.drafts import RateDraft
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.models import Job
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import client_deposits
from marketplace.lifecycle.cancelling import cancel_job
from marketplace.lifecycle.costs import CostPreview, cost_preview
from marketplace.lifecycle.funding import fund_job
from marketplace.lifecycle.publishing import publish_job
from marketplace.work.models import Seat
from tests.builders.jobs import deposit, job_draft, make_job, make_party, text_rows
from tests.builders.settlement import accept, hand_in, make_chain
from tests.builders.statements import statements
from tests.builders.work import make_market, open_batch


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def seats(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Seat)) or 0


def test_before_publication_the_sums_are_those_that_publication_will_fix(session: Session) -> None:
    client = make_party(session)
    rates = (RateDraft("standard", cny("0.333333")), RateDraft("dense", cny("1.50")))
    job = make_job(session, client, rates=rates, redundancy=3, allowance=cny("7.5"))
    add_items(session, client, job.id, text_rows(10))
    add_items(session, client, job.id, text_rows(2, "dense"))
    seen = cost_preview(session, client, job.id)
    assert [(one.code, one.items, one.answers, one.cost, one.fee, one.fees) for one in seen.rates] == [
        ("standard", 10, 30, cny("9.99999"), cny("0.016666"), cny("0.49998")),
        ("dense", 2, 6, cny("9"), cny("0.075"), cny("0.45")),
    ]
    assert (seen.cost, seen.fees, seen.allowance) == (cny("18.99999"), cny("0.94998"), cny("7.5"))
    assert (seen.total, seen.funded, seen.missing) == (cny("26.48999") + cny("0.01"), cny("0"), seen.total)
    deposit(session, client.organization, cny("20"))
    fund_job(session, client, job.id, cny("20"))
    publish_job(session, client, job.id)
    after = cost_preview(session, client, job.id)
    assert [one.fee for one in after.rates] == [one.fee for one in seen.rates]
    assert (after.total, after.funded, after.free, after.missing) == (seen.total, cny("20"), cny("20"), cny("6.49999"))


def test_while_work_goes_on_the_parts_sum_to_what_is_funded(session: Session) -> None:
    chain = make_chain(session, items=4, funds="2.70")
    accept(session, chain, hand_in(session, chain))
    seen = cost_preview(session, chain.client, chain.job.id)
    assert (seen.funded, seen.spent, seen.reserve) == (cny("2.70"), cny("0.90"), cny("1.80"))
    assert (seen.committed, seen.free) == (cny("1.80"), cny("0"))
    assert (seen.total, seen.missing) == (cny("3.60"), cny("0.90"))


def test_what_went_back_is_funded_no_more_and_nothing_is_missing_of_an_ended_job(session: Session) -> None:
    chain = make_chain(session, items=4, funds="2.70")
    accept(session, chain, hand_in(session, chain))
    cancel_job(session, chain.client, chain.job.id)
    seen = cost_preview(session, chain.client, chain.job.id)
    assert (seen.funded, seen.spent, seen.reserve, seen.missing) == (cny("0.90"), cny("0.90"), cny("0"), cny("0"))


def test_layers_and_other_clients_do_not_see_it_and_staff_does(session: Session) -> None:
    chain = make_chain(session)
    for stranger in (chain.layers[0][0], make_party(session)):
        with pytest.raises(DomainError, match="not_found"):
            cost_preview(session, stranger, chain.job.id)
    assert isinstance(cost_preview(session, make_party(session, "platform"), chain.job.id), CostPreview)


def test_the_number_of_statements_does_not_grow_with_the_items(session: Session) -> None:
    counts = []
    for items in (10, 2_000):
        client = make_party(session)
        job = make_job(session, client)
        add_items(session, client, job.id, text_rows(items))
        session.flush()
        with statements(session) as sent:
            assert cost_preview(session, client, job.id).rates[0].items == items
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 10


def test_no_seat_is_released_for_the_allowance_and_it_returns_at_the_end(session: Session) -> None:
    market = make_market(session, items_count=10, allowance=Money.parse("3", "USD"), funded="7")
    open_batch(session, market)
    assert seats(session) == 4
    fund_job(session, market.requester, market.job.id, Money.parse("2.50", "USD"))
    assert seats(session) == 6
    client = client_deposits(market.requester.organization, "USD")
    before = balance(session, client)
    cancel_job(session, market.requester, market.job.id)
    assert balance(session, client) == before + Money.parse("9.50", "USD")


def test_a_job_funded_for_its_allowance_alone_is_not_published(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client, allowance=cny("5"))
    add_items(session, client, job.id, text_rows(1))
    deposit(session, client.organization, cny("6"))
    fund_job(session, client, job.id, cny("5"))
    with pytest.raises(DomainError, match="job_unfunded"):
        publish_job(session, client, job.id)
    fund_job(session, client, job.id, cny("1"))
    assert publish_job(session, client, job.id).state == "open"


def test_an_allowance_is_in_the_jobs_currency_and_stands_after_publication(session: Session) -> None:
    client = make_party(session)
    for wrong, pointer in ((Money.parse("1", "USD"), "/allowance/currency"), (-cny("1"), "/allowance/amount")):
        with pytest.raises(DomainError) as refused:
            make_job(session, client, allowance=wrong)
        assert [error.pointer for error in refused.value.errors] == [pointer]
    job = make_job(session, client, allowance=cny("1"))
    assert change_job(session, client, job.id, job.version, {"allowance": cny("2")}).allowance == cny("2")
    assert change_job(session, client, job.id, job.version, {"allowance": None}).allowance == cny("0")
    add_items(session, client, job.id, [ItemRow(1, "a", "standard", {"text": "a"})])
    deposit(session, client.organization, cny("6"))
    fund_job(session, client, job.id, cny("6"))
    publish_job(session, client, job.id)
    with pytest.raises(DomainError, match="state_conflict"):
        change_job(session, client, job.id, session.get_one(Job, job.id).version, {"allowance": cny("3")})


def test_a_draft_has_no_allowance_unless_it_says_so(session: Session) -> None:
    assert job_draft().allowance is None
    assert make_job(session).allowance.is_zero
