from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from marketplace.contracts.allotting import give_back, take
from marketplace.contracts.checks import allotments_are_disjoint, chains_telescope
from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.offering import accept, withdraw
from marketplace.contracts.ordinals import count, ordinals, spans_of
from marketplace.db.engine import transaction
from marketplace.kernel.errors import DomainError
from tests.builders.contracts import make_layers, make_offer
from tests.builders.jobs import make_open_job, make_party, text_rows


@st.composite
def sets_of_ordinals(draw: st.DrawFn) -> set[int]:
    return draw(st.sets(st.integers(1, 60), max_size=40))


def as_multirange(members: set[int]) -> MultiRange[int]:
    pieces: list[Range[int]] = []
    for member in sorted(members):
        if pieces and pieces[-1].upper == member:
            pieces[-1] = Range(pieces[-1].lower, member + 1)
        else:
            pieces.append(Range(member, member + 1))
    return MultiRange(pieces)


@given(members=sets_of_ordinals(), wanted=st.integers(0, 50))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_the_first_ordinals_are_the_smallest(session: Session, members: set[int], wanted: int) -> None:
    whole = as_multirange(members)
    one = "cast(:members AS int8multirange)"
    written = "{" + ",".join(f"[{piece.lower},{piece.upper})" for piece in whole) + "}"
    statement = text(f"SELECT ordinals_first({one}, :wanted), ordinals_count({one})")
    found, size = session.execute(statement, {"members": written, "wanted": wanted}).one()
    taken = {member for piece in found for member in range(piece.lower, piece.upper)}
    assert taken == set(sorted(members)[:wanted])
    assert size == len(members) == count(whole)


def test_what_is_taken_and_given_back_is_free_again(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    first = take(session, root.id, "standard", 3)
    second = take(session, root.id, "standard", 4)
    assert (spans_of(first), spans_of(second)) == ([(1, 3)], [(4, 7)])
    give_back(session, root.id, "standard", first)
    assert spans_of(take(session, root.id, "standard", 5)) == [(1, 3), (8, 9)]


def test_what_was_not_taken_cannot_be_given_back(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    for wrong in (ordinals((1, 3)), ordinals((11, 12))):
        with pytest.raises(AssertionError, match="were not taken"):
            give_back(session, root.id, "standard", wrong)


def test_a_refusal_to_take_says_how_many_are_left(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    with pytest.raises(DomainError) as refusal:
        take(session, root.id, "standard", 11, pointer="/items")
    assert (refusal.value.slug, refusal.value.data["free"]) == ("allotment_short", 10)


def test_the_checks_name_allotments_that_overlap_and_prices_that_rise(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    one, two = make_party(session, "subcontractor"), make_party(session, "subcontractor")
    first = make_offer(session, client, root, one, "0.60", items=4)
    second = make_offer(session, client, root, two, "0.60", items=4)
    assert list(allotments_are_disjoint(session)) == []
    assert list(chains_telescope(session)) == []
    with session.begin_nested() as spoiled:
        session.execute(
            text("UPDATE contract_rate SET allotment = '{[1,9)}', price_amount = 900000 WHERE contract_id = :id"),
            {"id": second.id},
        )
        problems = sorted(finding.problem for finding in allotments_are_disjoint(session))
        assert problems == [
            "rate standard: holds items that a sibling holds too",
            "rate standard: is paid more than its parent is",
        ]
        spoiled.rollback()
    assert first.id != second.id


def test_of_two_offers_that_race_for_the_last_items_exactly_one_wins(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        client = make_party(session)
        _, root = make_open_job(session, client, rows=text_rows(10))
        sellers = [make_party(session, "subcontractor") for _ in range(8)]

    def race(number: int) -> str:
        try:
            with transaction(committing_engine) as session:
                make_offer(session, client, root, sellers[number], "0.60", items=6)
        except DomainError as error:
            return error.slug
        return "won"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(race, range(8)))
    assert outcomes == ["allotment_short"] * 7 + ["won"]
    with transaction(committing_engine) as session:
        assert list(allotments_are_disjoint(session)) == []
        free = session.scalar(select(func.ordinals_count(ContractRate.free)).where(ContractRate.contract_id == root.id))
        assert free == 4


def test_an_offer_is_accepted_or_withdrawn_but_never_both(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        client, seller = make_party(session), make_party(session, "subcontractor")
        _, root = make_open_job(session, client)
        offers = [make_offer(session, client, root, seller, "0.60", items=1).id for _ in range(5)]

    def run(task: tuple[str, int]) -> str:
        what, number = task
        try:
            with transaction(committing_engine) as session:
                if what == "accept":
                    return accept(session, seller, offers[number]).state
                return withdraw(session, client, offers[number]).state
        except DomainError as error:
            return error.slug

    tasks = [(what, number) for number in range(5) for what in ("accept", "withdraw")]
    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(run, tasks))
    for number in range(5):
        pair = outcomes[2 * number : 2 * number + 2]
        assert sorted(pair) in (["active", "state_conflict"], ["state_conflict", "withdrawn"])
    with transaction(committing_engine) as session:
        assert list(allotments_are_disjoint(session)) == []


def test_a_million_items_change_hands_in_milliseconds_as_one_row(session: Session) -> None:
    million = 1_000_000
    client = make_party(session)
    _, root = make_open_job(session, client)
    session.execute(
        text("UPDATE contract_rate SET allotment = '{[1,1000001)}', free = '{[1,1000001)}' WHERE contract_id = :id"),
        {"id": root.id},
    )
    started = time.monotonic()
    layers = make_layers(session, client, root, ["0.60", "0.50"], items=million)
    took = time.monotonic() - started
    row = session.get_one(ContractRate, (layers[-1][1].id, "standard"))
    assert (spans_of(row.allotment), count(row.free)) == ([(1, million)], million)
    assert took < 2, f"two layers of a million items took {took:.1f} s"
    assert session.get_one(Contract, root.id).state == "active"
