from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from marketplace.jobs.models import JobParty
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.operations.queries import list_operations
from marketplace.settlement.models import Installment
from tests.builders.exports import enroll, export_text, rows_of
from tests.builders.identity import make_staff
from tests.builders.jobs import make_party
from tests.builders.media import MemoryStorage
from tests.builders.settlement import Chain, accept, hand_in, make_chain


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


def made_chain(session: Session, policy: str = "full") -> Chain:
    """Two answers, one accepted, of a job through two layers whose people are members for real."""
    chain = make_chain(session, items=3, price_visibility=policy)
    for actor in (chain.client, *(layer for layer, _ in chain.layers)):
        enroll(session, actor)
    accept(session, chain, hand_in(session, chain))
    hand_in(session, chain)
    return chain


def chain_rows(session: Session, storage: MemoryStorage, actor: Actor, chain: Chain) -> list[dict[str, str]]:
    return rows_of(export_text(session, storage, actor, "price_chain.csv", chain.job.id))


def parts(rows: list[dict[str, str]]) -> list[tuple[str, str, str, str]]:
    return [(row["part"], row["layer"], row["amount"], row["earned"]) for row in rows]


def test_the_client_sees_every_part_where_the_policy_is_full(session: Session, storage: MemoryStorage) -> None:
    chain = made_chain(session)
    rows = chain_rows(session, storage, chain.client, chain)
    assert parts(rows) == [
        ("fee", "", "0.045", "0.045"), ("margin", "1", "0.255", "0.255"), ("margin", "2", "0.25", "0.25"),
        ("pay", "", "0.35", "0.35"),
        ("fee", "", "0.045", "0.00"), ("margin", "1", "0.255", "0.00"), ("margin", "2", "0.25", "0.00"),
        ("pay", "", "0.35", "0.00"),
    ]  # fmt: skip
    assert {row["currency"] for row in rows} == {"CNY"}
    assert [row["state"] for row in rows[::4]] == ["accepted", "submitted"]
    assert [row["paid"] for row in rows[:4]] == ["", "0.00", "0.00", "0.00"]


@pytest.mark.parametrize("policy", ["full", "shares", "finance_only"])
def test_the_parts_of_each_answer_sum_to_its_client_price_for_every_reader(
    session: Session, storage: MemoryStorage, policy: str
) -> None:
    chain = made_chain(session, policy)
    for reader in (chain.client, chain.layers[0][0], chain.layers[1][0]):
        sums: dict[str, Decimal] = {}
        for row in chain_rows(session, storage, reader, chain):
            assert row["client_price"] == "0.90"
            sums[row["answer_id"]] = sums.get(row["answer_id"], Decimal(0)) + Decimal(row["amount"])
        assert list(sums.values()) == [Decimal("0.90")] * 2


@pytest.mark.parametrize("policy", ["shares", "finance_only"])
def test_a_hidden_price_is_in_no_cell_of_those_it_is_hidden_from(
    session: Session, storage: MemoryStorage, policy: str
) -> None:
    chain = made_chain(session, policy)
    (upper, _), (lower, _) = chain.layers
    # What the lower layer can subtract from prices it knows is no secret: its rows are only looked at for their form.
    for reader, secrets in (
        (chain.client, {"0.60", "0.255", "0.25", "0.35"}),
        (upper, {"0.25", "0.35"}),
        (lower, set()),
    ):
        rows = chain_rows(session, storage, reader, chain)
        assert not secrets & {cell for row in rows for cell in row.values()}
        hidden = [row for row in rows if row["part"] == "hidden"]
        assert hidden
        for row in hidden:
            assert row["layer"] == row["contract_id"] == row["organization_id"] == row["buys"] == row["sells"] == ""
            assert row["paid"] == ""
            assert bool(row["shares_percent"]) == (policy == "shares")


def test_one_who_pays_the_workers_sees_their_pay_but_not_what_of_it_has_arrived(
    session: Session, storage: MemoryStorage
) -> None:
    chain = made_chain(session, "finance_only")
    rows = chain_rows(session, storage, chain.layers[1][0], chain)
    assert [(row["part"], row["amount"], row["own"], row["paid"]) for row in rows[:4]] == [
        ("fee", "0.045", "false", ""), ("hidden", "0.255", "false", ""), ("margin", "0.25", "true", "0.00"),
        ("pay", "0.35", "false", ""),
    ]  # fmt: skip


def test_a_layer_gets_the_answers_it_is_part_of_and_no_count_of_others(
    session: Session, storage: MemoryStorage
) -> None:
    chain = made_chain(session)
    beside = enroll(session, make_party(session, "subcontractor"))
    session.add(JobParty(job_id=chain.job.id, organization_id=beside.organization))
    session.flush()
    assert chain_rows(session, storage, beside, chain) == []
    (operation,) = list_operations(session, beside).data
    assert (operation.result or {})["rows"] == operation.progress_done == 0
    assert operation.progress_total in {None, 0}


def test_an_organization_gets_its_own_installments_and_finance_everybodys(
    session: Session, storage: MemoryStorage
) -> None:
    chain = made_chain(session)
    finance = make_staff(session, "finance")
    (upper, contract), (lower, _) = chain.layers
    own = rows_of(export_text(session, storage, upper, "payables.csv"))
    assert [(row["payee_kind"], row["amount"], row["currency"], row["state"]) for row in own] == [
        ("layer", "0.1275", "CNY", "scheduled"), ("layer", "0.1275", "CNY", "scheduled"),
    ]  # fmt: skip
    assert {row["payee_id"] for row in own} == {public("organization", upper.organization)}
    assert {row["contract_id"] for row in own} == {public("contract", contract.id)}
    assert [row["due_on"] for row in own] == sorted(row["due_on"] for row in own)
    everybody = rows_of(export_text(session, storage, finance, "payables.csv"))
    assert len(everybody) == session.query(Installment).count() == 6
    assert {row["payee_kind"] for row in everybody} == {"worker", "layer"}
    assert len(rows_of(export_text(session, storage, lower, "payables.csv"))) == 2
