import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.checking import run_checks
from marketplace.ledger.models import Posting
from marketplace.ledger.recipes.accounts import rail_available
from marketplace.ledger.snapshot_models import AccountSnapshot
from marketplace.ledger.snapshots import (
    HOT,
    SnapshotsDifferError,
    compare_snapshots,
    forget_snapshots,
    take_snapshots,
)
from marketplace.ledger.totals import totals_by_code
from tests.builders.payouts import inside
from tests.ledger.parts import RAIL, cny, deposit, fill

AVAILABLE = rail_available(RAIL, "CNY")


def take(session: Session) -> int:
    return take_snapshots(inside(session), tail_min=1)


def kept(session: Session) -> dict[int, tuple[int, int]]:
    wanted = select(AccountSnapshot.account_id, AccountSnapshot.through_posting_id, AccountSnapshot.debited)
    return {row[0]: (row[1], row[2]) for row in session.execute(wanted)}


def grow_old(session: Session) -> None:
    session.execute(text("UPDATE account_snapshot SET compared_at = compared_at - interval '1 day'"))


def test_a_balance_is_the_snapshot_and_what_came_since(session: Session) -> None:
    fill(session, deposit(new_id()), cny("10"), key="a")
    assert take(session) == 2
    assert balance(session, AVAILABLE) == cny("10")
    fill(session, deposit(new_id()), cny("2.5"), key="b")
    assert balance(session, AVAILABLE) == cny("12.5")
    assert {debited for _, debited in kept(session).values()} == {0, cny("10").amount}
    take(session)
    assert balance(session, AVAILABLE) == cny("12.5")
    newest = session.scalar(select(func.max(Posting.id)))
    assert {through for through, _ in kept(session).values()} == {newest}


def test_income_is_positive_on_its_own_side(session: Session) -> None:
    fee = AccountRef(Code.PLATFORM_FEE, "CNY")
    assert balance(session, fee) == Money(0, "CNY")


def test_snapshots_are_not_worth_it_before_the_tail_is_long(session: Session) -> None:
    fill(session, deposit(new_id()), cny("10"))
    # By ids, which other tests have used up too: nobody has posted so many.
    assert take_snapshots(inside(session), tail_min=10**12) == 0
    assert kept(session) == {}


def test_an_account_that_comes_later_is_summed_from_the_beginning(session: Session) -> None:
    fill(session, deposit(new_id()), cny("10"), key="a")
    take(session)
    fill(session, deposit(new_id(), "USD"), Money.parse("3", "USD"), key="b")
    fill(session, deposit(new_id()), cny("1"), key="c")
    take(session)
    assert balance(session, rail_available(RAIL, "USD")) == Money.parse("3", "USD")
    assert balance(session, AVAILABLE) == cny("11")
    assert run_checks(session, ["I10"]).holds


def test_a_long_way_is_gone_in_portions(session: Session) -> None:
    for number in range(5):
        fill(session, deposit(new_id()), cny("1"), key=f"k{number}")
    first = (session.scalar(select(func.min(Posting.id))) or 0) - 1
    session.execute(
        text("INSERT INTO account_snapshot SELECT id, :first, 0 FROM account WHERE code IN (1100, 1110)"),
        {"first": first},
    )
    assert take_snapshots(inside(session), tail_min=1, portion=3) == 2 * 4  # ten postings, three at a time
    assert balance(session, AVAILABLE) == cny("5")
    assert run_checks(session, ["I10"]).holds


def test_all_snapshots_can_be_thrown_away_and_made_again(session: Session) -> None:
    fill(session, deposit(new_id()), cny("10"))
    take(session)
    before = kept(session)
    assert forget_snapshots(session) == 2
    assert balance(session, AVAILABLE) == cny("10")
    take(session)
    assert kept(session) == before


def test_each_snapshot_is_compared_once_a_day(session: Session) -> None:
    fill(session, deposit(new_id()), cny("10"))
    take(session)
    assert compare_snapshots(inside(session)) == 0
    grow_old(session)
    assert compare_snapshots(inside(session)) == 2
    assert compare_snapshots(inside(session)) == 0


def test_a_snapshot_that_differs_is_found_by_the_check_thrown_away_and_said_aloud(session: Session) -> None:
    fill(session, deposit(new_id()), cny("10"))
    take(session)
    session.execute(text("UPDATE account_snapshot SET debited = debited + 1 WHERE debited > 0"))
    (result,) = run_checks(session, ["I10"]).results
    assert ["ledger units are in the snapshot" in finding.problem for finding in result.findings] == [True]
    grow_old(session)
    with pytest.raises(SnapshotsDifferError, match="1 of 2"):
        compare_snapshots(inside(session))
    assert balance(session, AVAILABLE) == cny("10")
    assert run_checks(session, ["I10"]).holds


def by_hand(session: Session) -> list[tuple[int, str, int, int]]:
    legs = (
        "SELECT debit_account_id AS id, amount AS debited, 0 AS credited FROM posting "
        "UNION ALL SELECT credit_account_id, 0, amount FROM posting"
    )
    sums = "SELECT code, currency, sum(debited), sum(credited) FROM account JOIN legs USING (id) GROUP BY 1, 2"
    rows = session.execute(text(f"WITH legs AS ({legs}) {sums} ORDER BY currency, code"))
    return [(code, currency, int(debited), int(credited)) for code, currency, debited, credited in rows]


@pytest.mark.slow
def test_the_trial_balance_is_kept_sums_and_what_came_since(session: Session) -> None:
    fill(session, deposit(new_id()), cny("10"), key="a")
    assert totals_by_code(session) == by_hand(session)
    take_snapshots(inside(session), tail_min=1, portion=1)
    kept_sums = text("SELECT max(through_posting_id) FROM code_total")
    assert session.scalar(kept_sums) == session.scalar(select(func.max(Posting.id)))
    assert totals_by_code(session) == by_hand(session)
    fill(session, deposit(new_id(), "USD"), Money.parse("3", "USD"), key="b")
    fill(session, deposit(new_id()), cny("1"), key="c")
    assert totals_by_code(session) == by_hand(session)
    take(session)
    assert totals_by_code(session) == by_hand(session)
    assert run_checks(session, ["I10"]).holds
    forget_snapshots(session)
    assert totals_by_code(session) == by_hand(session)


def test_the_trial_balance_reads_no_posting_that_its_sums_hold(session: Session) -> None:
    fill(session, deposit(new_id()), cny("10"))
    take(session)
    session.execute(text("UPDATE code_total SET debited = 0, credited = 0"))
    assert {(debited, credited) for _, _, debited, credited in totals_by_code(session)} == {(0, 0)}
    forget_snapshots(session)


def test_kept_sums_that_differ_are_found_by_the_check_thrown_away_and_said_aloud(session: Session) -> None:
    fill(session, deposit(new_id()), cny("10"))
    take(session)
    session.execute(text("UPDATE code_total SET debited = debited + 1 WHERE credited = 0"))
    (result,) = run_checks(session, ["I10"]).results
    assert ["are kept, the postings up to them sum to" in finding.problem for finding in result.findings] == [True]
    session.execute(text("UPDATE code_total SET compared_at = compared_at - interval '1 day'"))
    with pytest.raises(SnapshotsDifferError, match="1 of 1"):
        compare_snapshots(inside(session))
    assert totals_by_code(session) == by_hand(session)
    assert run_checks(session, ["I10"]).holds


def test_hot_accounts_keep_no_balance_and_belong_to_nobody() -> None:
    assert not any(code.controlled for code in HOT)


def test_a_posting_that_commits_late_with_an_early_id_is_never_missed(committing_engine: Engine) -> None:
    def opened() -> AbstractContextManager[Session]:
        return transaction(committing_engine)

    with opened() as session:
        fill(session, deposit(new_id()), cny("1"), key="first")
    with ThreadPoolExecutor(1) as pool:
        with transaction(committing_engine) as late:
            fill(late, deposit(new_id()), cny("5"), key="late")
            with opened() as session:
                fill(session, deposit(new_id()), cny("2"), key="later id, earlier commit")
            taking = pool.submit(take_snapshots, opened, tail_min=1)
            waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            while not taking.done() and not late.scalar(waiting):
                pass
        taking.result()
    with opened() as session:
        assert balance(session, AVAILABLE) == cny("8")
    take_snapshots(opened, tail_min=1)
    with opened() as session:
        assert balance(session, AVAILABLE) == cny("8")
        assert run_checks(session, ["I10"]).holds


def test_snapshots_taken_while_many_post_are_the_sums_of_their_postings(committing_engine: Engine) -> None:
    def opened() -> AbstractContextManager[Session]:
        return transaction(committing_engine)

    with opened() as session:
        fill(session, deposit(new_id()), cny("1"))
    over = threading.Event()

    def post_many(seed: int) -> None:
        for number in range(40):
            with opened() as session:
                fill(session, deposit(new_id()), cny("1"), key=f"{seed}/{number}")

    def take_all() -> int:
        taken = 0
        while not over.is_set():
            taken += take_snapshots(opened, tail_min=1)
            with opened() as session:
                assert run_checks(session, ["I10"]).holds
        return taken

    with ThreadPoolExecutor(6) as pool:
        takers = [pool.submit(take_all) for _ in range(2)]
        posters = [pool.submit(post_many, seed) for seed in range(4)]
        for poster in posters:
            poster.result()
        over.set()
        assert sum(taker.result() for taker in takers) > 0
    with opened() as session:
        assert balance(session, AVAILABLE) == cny("161")
