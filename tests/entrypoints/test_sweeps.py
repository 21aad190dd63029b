import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import click
import pytest

from marketplace import logs
from marketplace.entrypoints.commands.clock import aim_of
from marketplace.entrypoints.context import Context
from marketplace.entrypoints.scheduler import run_sweep
from marketplace.entrypoints.sweeping import Sweep, in_transactions
from marketplace.entrypoints.sweeps import SWEEPS


@pytest.mark.parametrize("sweep", SWEEPS, ids=lambda sweep: sweep.name)
def test_each_sweep_finds_nothing_to_do_in_an_empty_market(sweep: Sweep, context: Context) -> None:
    assert not any(sweep.run(context).values())


def test_every_sweep_has_a_name_of_its_own_and_says_what_it_does() -> None:
    assert len({sweep.name for sweep in SWEEPS}) == len(SWEEPS)
    assert all(sweep.meaning.endswith(".") and sweep.every_seconds > 0 for sweep in SWEEPS)


def test_all_sweeps_may_run_in_several_processes_at_once(context: Context) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda sweep: sweep.run(context), SWEEPS * 2))
    assert len(done) == 2 * len(SWEEPS)


def test_a_sweep_goes_on_until_nothing_is_due(context: Context) -> None:
    left = [3, 2, 0, 7]
    assert in_transactions("rows", lambda _session: left.pop(0))(context) == {"rows": 5}
    assert left == [7]


def test_a_sweep_that_fails_is_logged_and_stops_nothing(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_context: Context) -> dict[str, int]:
        raise RuntimeError("a row nobody can digest")

    logs.configure("info")
    assert run_sweep(Sweep("failing", 1, "Fails.", fail), context) == {}
    said = capsys.readouterr()
    assert "sweep.failed" in said.out + said.err


def test_a_leap_is_said_in_days_or_as_a_date() -> None:
    now = dt.datetime(2027, 1, 15, 9, 30, tzinfo=dt.UTC)
    assert aim_of("62d", now) == dt.datetime(2027, 3, 18, 9, 30, tzinfo=dt.UTC)
    assert aim_of("2027-02-28", now) == dt.datetime(2027, 2, 28, tzinfo=dt.UTC)
    for text in ("0d", "-3d", "tomorrow", "2027-02-30"):
        with pytest.raises(click.UsageError):
            aim_of(text, now)
