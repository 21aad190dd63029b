"""What is kept of ages says the same as all postings, at any day and moment, however far it goes."""

import datetime as dt
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, event, literal_column, select, text
from sqlalchemy.orm import Session

from marketplace.audit.sealing import Checkpoint, seal
from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.kernel.actor import Actor
from marketplace.ledger import horizons
from marketplace.ledger.snapshots import take_snapshots
from marketplace.payouts import age_rows
from marketplace.payouts.age_models import KeptAge
from marketplace.payouts.age_rows import AGES
from marketplace.payouts.ageing import BUCKETS, Chosen, Moment, ageing_csv, lines, sums
from marketplace.payouts.kept_ages import AgesDifferError, compare_ages, differing_accounts, forget_ages, keep_ages
from tests.audit.parts import SIGNER
from tests.builders.identity import make_staff
from tests.builders.payouts import execute, inside, make_approved_run, make_due_chain, make_finance, mature, sandbox
from tests.builders.settlement import accept, hand_in, make_chain, move_clock_to


@pytest.fixture
def reader(session: Session) -> Actor:
    return make_staff(session, "auditor")


def keep(session: Session) -> int:
    take_snapshots(inside(session), tail_min=1)
    return keep_ages(session)


def sealed(session: Session) -> Checkpoint:
    session.flush()
    head = seal(session, SIGNER)
    assert head is not None
    return head


def grow_old(session: Session) -> None:
    session.execute(text("UPDATE kept_horizon SET compared_at = compared_at - interval '1 day'"))


def said(session: Session, reader: Actor, when: Moment) -> tuple[object, ...]:
    """Everything that can be read of a day and moment: the sums, the file, and each bucket's lines in pages."""
    paged: list[object] = []
    for kind, bucket in [(None, None), ("worker", None), *((None, bucket) for bucket in BUCKETS)]:
        chosen = Chosen(payee_kind=kind, bucket=bucket)
        page = lines(session, reader, when, chosen, limit=3)
        found = list(page.data)
        while page.next_cursor is not None:
            page = lines(session, reader, when, chosen, cursor=page.next_cursor, limit=3)
            found += page.data
        paged.append((kind, bucket, found))
    return sums(session, reader, when), list(ageing_csv(session, reader, when)), paged


def test_every_day_and_moment_reads_the_same_from_what_is_kept_as_from_all_postings(
    session: Session, reader: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads, days = [], [market_now(session).date()]

    def note(*, kept: bool) -> None:
        if kept:
            keep(session)
        heads.append(sealed(session))
        days.append(market_now(session).date())

    chain = make_chain(session, items=8)
    accept(session, chain, hand_in(session, chain))
    note(kept=True)
    accept(session, chain, hand_in(session, chain))
    note(kept=False)
    finance, rail = make_finance(session), sandbox(session)
    mature(session)
    rail.script("pay_out", "refuse")
    rail.script("pay_out", "unknown_before_executing")
    execute(session, finance, rail, make_approved_run(session, finance))
    note(kept=True)
    accept(session, chain, hand_in(session, chain))
    mature(session)
    note(kept=False)
    move_clock_to(session, market_now(session).date() + dt.timedelta(days=40))
    accept(session, chain, hand_in(session, chain))
    note(kept=False)

    moments = [
        Moment(day, head) for day, head in product([days[0], days[3], days[-1]], [heads[1], heads[3], heads[-1]])
    ]
    while_kept = [said(session, reader, when) for when in moments]
    assert session.scalar(select(KeptAge.account_id).limit(1)) is not None
    keep(session)
    kept_to_the_end = [said(session, reader, when) for when in moments]
    monkeypatch.setattr(age_rows, "ANEW_MAX", 0)
    where_much_does_not_count = [said(session, reader, when) for when in moments]
    forget_ages(session)
    from_all = [said(session, reader, when) for when in moments]

    assert while_kept == from_all
    assert kept_to_the_end == from_all
    assert where_much_does_not_count == from_all
    assert len({str(one) for one in from_all}) > len(heads)


def test_what_is_kept_follows_the_postings_and_can_be_thrown_away_and_made_again(session: Session) -> None:
    make_due_chain(session)
    assert keep(session) == 1
    before = session.execute(select(KeptAge.account_id, KeptAge.since, KeptAge.amount)).all()
    assert keep(session) == 0
    forget_ages(session)
    assert keep(session) == 1
    assert session.execute(select(KeptAge.account_id, KeptAge.since, KeptAge.amount)).all() == before


@pytest.mark.parametrize("again", [False, True], ids=["for now", "and made again"])
def test_what_is_thrown_away_while_somebody_reads_is_still_read_whole(
    session: Session, reader: Actor, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    make_due_chain(session)
    keep(session)
    make_due_chain(session)
    when = Moment(market_now(session).date(), sealed(session))
    reached = horizons.reached

    def just_before_it_goes(session: Session, name: str) -> int | None:
        found = reached(session, name)
        if name == AGES:
            forget_ages(session)
            with monkeypatch.context() as undone:
                undone.setattr(horizons, "reached", reached)
                assert not again or keep(session) == 1
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(horizons, "reached", just_before_it_goes)
        found = sums(session, reader, when)
        rows = list(ageing_csv(session, reader, when))
    forget_ages(session)
    assert found == sums(session, reader, when) != []
    assert rows == list(ageing_csv(session, reader, when))


def test_only_accounts_that_were_touched_are_written_anew(session: Session) -> None:
    make_due_chain(session)
    keep(session)
    place: Any = select(KeptAge.account_id, KeptAge.since, literal_column("CAST(ctid AS text)"))
    before = set(session.execute(place).all())
    make_due_chain(session)
    keep(session)
    assert before < set(session.execute(place).all())
    assert differing_accounts(session) == []


def test_what_others_post_while_lines_are_written_waits_for_the_next_step(committing_engine: Engine) -> None:
    def keep_all() -> int:
        take_snapshots(lambda: transaction(committing_engine), tail_min=1)
        with transaction(committing_engine) as session:
            return keep_ages(session)

    with transaction(committing_engine) as session:
        chain = make_chain(session)
        accept(session, chain, hand_in(session, chain))
    keep_all()
    with transaction(committing_engine) as session:
        other = make_chain(session)
        accept(session, other, hand_in(session, other))
        handed = [hand_in(session, chain)]

    @event.listens_for(committing_engine, "before_cursor_execute")
    def meanwhile(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "INSERT INTO kept_age" in statement and handed:
            with transaction(committing_engine) as another:
                accept(another, chain, handed.pop())

    for _ in range(2):
        assert keep_all() == 1
        with transaction(committing_engine) as session:
            assert differing_accounts(session) == []
    assert handed == []


def test_what_is_kept_is_compared_once_a_day(session: Session) -> None:
    make_due_chain(session)
    assert compare_ages(inside(session)) == 0
    keep(session)
    assert compare_ages(inside(session)) == 0
    grow_old(session)
    assert compare_ages(inside(session)) == 1
    assert compare_ages(inside(session)) == 0


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE kept_age SET amount = amount + 1 WHERE account_id = (SELECT min(account_id) FROM kept_age)",
        "UPDATE kept_age SET since = since - 1 WHERE account_id = (SELECT min(account_id) FROM kept_age)",
        "DELETE FROM kept_age WHERE account_id = (SELECT min(account_id) FROM kept_age)",
    ],
)
def test_what_differs_from_the_postings_is_thrown_away_and_said_aloud(session: Session, harm: str) -> None:
    make_due_chain(session)
    keep(session)
    grow_old(session)
    account_id = session.scalar(select(KeptAge.account_id).order_by(KeptAge.account_id))
    session.execute(text(harm))
    assert differing_accounts(session) == [account_id]
    with pytest.raises(AgesDifferError, match="1 accounts"):
        compare_ages(inside(session))
    assert horizons.reached(session, AGES) is None
    keep(session)
    assert differing_accounts(session) == []
