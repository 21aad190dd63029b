from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.offering import accept, decline
from marketplace.contracts.queries import root_of
from marketplace.jobs.drafts import RateDraft
from marketplace.jobs.models import ItemWithdrawal, Job
from marketplace.jobs.ordinals import spans_of
from marketplace.jobs.queries import list_items, withdrawn_of
from marketplace.jobs.reserve import free
from marketplace.jobs.withdrawing import NAMES_MAX, ItemRange
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.lifecycle.cancelling import cancel_job
from marketplace.lifecycle.completing import complete_jobs
from marketplace.lifecycle.costs import cost_preview
from marketplace.lifecycle.funding import fund_job
from marketplace.lifecycle.items import add_items, withdraw_items
from marketplace.lifecycle.pausing import pause_job
from marketplace.lifecycle.publishing import publish_job
from marketplace.work.claiming import claim_next
from marketplace.work.opening import open_tasks
from marketplace.work.results import progress
from marketplace.work.withdrawing import finish_batches, withdraw
from tests.builders.contracts import make_layers, make_offer
from tests.builders.jobs import deposit, make_job, make_open_job, make_party, text_rows
from tests.builders.payouts import inside
from tests.builders.settlement import accept as accept_answers
from tests.builders.settlement import hand_in, make_chain
from tests.builders.statements import statements
from tests.builders.work import make_worker


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def held(session: Session, contract: Contract, rate: str = "standard") -> tuple[list[Any], list[Any]]:
    """The contract's allotment and what of it is free, as (first, last) pairs."""
    row = session.get_one(ContractRate, (contract.id, rate), populate_existing=True)
    return spans_of(row.allotment), spans_of(row.free)


def events(session: Session, kind: str) -> list[AuditEvent]:
    return list(session.scalars(select(AuditEvent).where(AuditEvent.kind == kind).order_by(AuditEvent.id)))


def data(event: AuditEvent) -> Any:
    return json.loads(event.body)["data"]


def test_items_added_to_a_running_job_go_on_in_order_and_belong_to_the_root(session: Session) -> None:
    client = make_party(session)
    job, root = make_open_job(session, client, rows=text_rows(3))
    make_layers(session, client, root, ["0.855"], items=3)
    version = root.version
    assert add_items(session, client, job.id, text_rows(2, start=4)).spans == {"standard": (4, 5)}
    assert held(session, root) == ([(1, 5)], [(4, 5)])
    assert root.version == version + 1
    again = add_items(session, client, job.id, text_rows(5))
    assert (again.added, again.skipped_existing) == (0, 5)
    pause_job(session, client, job.id)
    add_items(session, client, job.id, text_rows(1, start=6))
    assert held(session, root) == ([(1, 6)], [(4, 6)])
    spans = [data(event)["rates"]["standard"] for event in events(session, "job.items_added") if data(event)["added"]]
    assert [(span["first"], span["last"]) for span in spans] == [(1, 3), (4, 5), (6, 6)]


def test_a_rate_without_items_at_publication_takes_them_later(session: Session) -> None:
    client = make_party(session)
    rates = (RateDraft("standard", cny("0.90")), RateDraft("dense", cny("1.50")))
    job, root = make_open_job(session, client, rows=text_rows(1), rates=rates)
    assert held(session, root, "dense") == ([], [])
    add_items(session, client, job.id, text_rows(2, "dense"))
    assert held(session, root, "dense") == ([(1, 2)], [(1, 2)])


def test_an_ended_job_takes_no_more_items_and_gives_none_back(session: Session) -> None:
    client = make_party(session)
    job, _ = make_open_job(session, client)
    cancel_job(session, client, job.id)
    for doing in (
        lambda: add_items(session, client, job.id, text_rows(1, start=99)),
        lambda: withdraw_items(session, client, job.id, all_free=True),
    ):
        with pytest.raises(DomainError, match="state_conflict"):
            doing()


def test_withdrawn_items_leave_every_contract_above_and_the_parties_are_told(session: Session) -> None:
    client = make_party(session)
    job, root = make_open_job(session, client)
    (_, upper), (lower_seller, lower) = make_layers(session, client, root, ["0.855", "0.60"], items=8)
    open_tasks(session, lower_seller, lower.id, "standard", items=2, items_per_task=1, pay=cny("0.35"))
    done = withdraw_items(session, client, job.id, ranges=[ItemRange("standard", 5, 6), ItemRange("standard", 9, 9)])
    assert (done.items, done.rates, done.already) == (3, {"standard": 3}, 0)
    assert held(session, root) == ([(1, 4), (7, 8), (10, 10)], [(10, 10)])
    assert held(session, upper) == ([(1, 4), (7, 8)], [])
    assert held(session, lower) == ([(1, 4), (7, 8)], [(3, 4), (7, 8)])
    told = events(session, "contract.items_withdrawn")
    assert [event.subject_id for event in told] == [upper.id, lower.id]
    digests = [sha256(ordinals.encode()).hexdigest() for ordinals in ("{[5,7)}", "{[5,7),[9,10)}")]
    assert data(told[0])["rates"] == {"standard": {"items": 2, "ordinals_digest": digests[0], "ordinals": [[5, 6]]}}
    assert set(told[1].organization_ids) == {lower.buyer_organization_id, lower.seller_organization_id}
    (of_job,) = events(session, "job.items_withdrawn")
    assert set(of_job.organization_ids) == {client.organization}
    told_of = {"items": 3, "ordinals_digest": digests[1], "ordinals": [[5, 6], [9, 9]]}
    assert data(of_job)["rates"] == {"standard": told_of}
    items = list_items(session, client, job.id).data
    withdrawn = withdrawn_of(session, [item.id for item in items])
    assert [item.ordinal for item in items if item.id in withdrawn] == [5, 6, 9]


def test_an_offer_shrinks_too_and_comes_back_without_what_was_withdrawn(session: Session) -> None:
    client = make_party(session)
    job, root = make_open_job(session, client)
    seller = make_party(session, "subcontractor")
    offered = make_offer(session, client, root, seller, "0.855", items=4)
    withdraw_items(session, client, job.id, external_ids=["standard-1", "standard-7"])
    assert held(session, offered) == ([(2, 4)], [(2, 4)])
    assert held(session, root) == ([(2, 6), (8, 10)], [(5, 6), (8, 10)])
    decline(session, seller, offered.id)
    assert held(session, root) == ([(2, 6), (8, 10)], [(2, 6), (8, 10)])
    other = make_offer(session, client, root, seller, "0.855", items=2)
    withdraw_items(session, client, job.id, all_free=True)
    assert held(session, accept(session, seller, other.id)) == ([], [])


def test_what_is_in_a_task_is_refused_by_name_and_nothing_is_withdrawn(session: Session) -> None:
    chain = make_chain(session, items=4, items_per_task=2)
    claim_next(session, make_worker(session), chain.batch.id)
    names = ["standard-1", "standard-3"]
    with pytest.raises(DomainError, match="items_in_work") as refused:
        withdraw_items(session, chain.client, chain.job.id, external_ids=names)
    assert refused.value.data == {"items": 2, "external_ids": names}
    assert withdraw_items(session, chain.client, chain.job.id, all_free=True).items == 0
    assert session.scalars(select(ItemWithdrawal)).all() == []
    before = free(session, chain.job)
    withdraw(session, chain.layers[-1][0], chain.batch.id)
    done = withdraw_items(session, chain.client, chain.job.id, external_ids=["standard-3"])
    assert (done.items, free(session, chain.job)) == (1, before + cny("1.80"))
    with pytest.raises(DomainError, match="items_in_work"):
        withdraw_items(session, chain.client, chain.job.id, external_ids=["standard-1"])


def test_what_was_withdrawn_before_is_passed_over(session: Session) -> None:
    client = make_party(session)
    job, _ = make_open_job(session, client)
    withdraw_items(session, client, job.id, ranges=[ItemRange("standard", 2, 3)])
    done = withdraw_items(session, client, job.id, ranges=[ItemRange("standard", 1, 4), ItemRange("standard", 3, 5)])
    assert (done.items, done.already) == (3, 2)
    assert withdraw_items(session, client, job.id, ranges=[ItemRange("standard", 1, 5)]).items == 0
    assert len(events(session, "job.items_withdrawn")) == 2


@pytest.mark.parametrize(
    ("choice", "pointer"),
    [
        ({}, ""),
        ({"external_ids": ["standard-1"], "all_free": True}, ""),
        ({"external_ids": []}, "/external_ids"),
        ({"external_ids": ["x"] * (NAMES_MAX + 1)}, "/external_ids"),
        ({"external_ids": ["standard-1", "nobody"]}, "/external_ids/1"),
        ({"ranges": [ItemRange("standard", 1, 11)]}, "/ranges/0"),
        ({"ranges": [ItemRange("standard", 3, 2)]}, "/ranges/0"),
        ({"ranges": [ItemRange("standard", 1, 1), ItemRange("gold", 1, 1)]}, "/ranges/1/rate"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(session: Session, choice: Any, pointer: str) -> None:
    client = make_party(session)
    job, _ = make_open_job(session, client)
    with pytest.raises(DomainError, match="invalid") as refused:
        withdraw_items(session, client, job.id, **choice)
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_only_the_client_withdraws_and_adds(session: Session) -> None:
    client = make_party(session)
    job, root = make_open_job(session, client)
    ((seller, _),) = make_layers(session, client, root, ["0.855"])
    with pytest.raises(DomainError, match="forbidden"):
        withdraw_items(session, seller, job.id, all_free=True)
    with pytest.raises(DomainError, match="not_found"):
        withdraw_items(session, make_party(session), job.id, all_free=True)
    with pytest.raises(DomainError, match="not_found"):
        add_items(session, make_party(session), job.id, text_rows(1))


def test_items_withdrawn_from_a_draft_are_not_published(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    add_items(session, client, job.id, text_rows(4))
    withdraw_items(session, client, job.id, external_ids=["standard-2"])
    assert cost_preview(session, client, job.id).total == cny("2.70")
    deposit(session, client.organization, cny("5"))
    fund_job(session, client, job.id, cny("5"))
    publish_job(session, client, job.id)
    root = root_of(session, job.id)
    assert root is not None
    assert held(session, root) == ([(1, 1), (3, 4)], [(1, 1), (3, 4)])


def test_a_draft_of_which_everything_was_withdrawn_is_not_published(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    add_items(session, client, job.id, text_rows(2))
    withdraw_items(session, client, job.id, all_free=True)
    deposit(session, client.organization, cny("5"))
    fund_job(session, client, job.id, cny("5"))
    with pytest.raises(DomainError, match="invalid"):
        publish_job(session, client, job.id)


def test_a_job_completes_when_all_but_the_withdrawn_items_are_decided(session: Session) -> None:
    chain = make_chain(session, items=2, funds="5")
    add_items(session, chain.client, chain.job.id, text_rows(3, start=3))
    for _ in range(2):
        accept_answers(session, chain, hand_in(session, chain))
    finish_batches(session)
    assert complete_jobs(inside(session)) == 0
    withdraw_items(session, chain.client, chain.job.id, all_free=True)
    seen = progress(session, chain.client, chain.job.id)
    assert (seen.items, seen.items_withdrawn, seen.tasks_done) == (5, 3, 2)
    assert complete_jobs(inside(session)) == 1
    assert session.get_one(Job, chain.job.id, populate_existing=True).state == "completed"


def test_a_job_of_which_nothing_was_done_stays_open_without_items(session: Session) -> None:
    chain = make_chain(session, items=2)
    withdraw(session, chain.layers[-1][0], chain.batch.id)
    withdraw_items(session, chain.client, chain.job.id, all_free=True)
    finish_batches(session)
    assert complete_jobs(inside(session)) == 0
    assert session.get_one(Job, chain.job.id, populate_existing=True).state == "open"


def test_the_number_of_statements_does_not_grow_with_the_items(session: Session) -> None:
    counts = []
    for number in (20, 20_000):
        client = make_party(session)
        job, root = make_open_job(session, client, rows=text_rows(number))
        make_layers(session, client, root, ["0.855", "0.60"], items=number)
        with statements(session) as sent:
            add_items(session, client, job.id, text_rows(number, start=number + 1))
            adding = len(sent)
            assert withdraw_items(session, client, job.id, all_free=True).items == 2 * number
        counts.append((adding, len(sent)))
    assert counts[0] == counts[1]
