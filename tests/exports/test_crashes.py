"""Exports whose process is killed, whose storage breaks, that two make at once, or that are cancelled on the way."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import InternalError

from marketplace.db.engine import snapshot, transaction
from marketplace.exports.cleaning import delete_one
from marketplace.exports.making import make_runner
from marketplace.exports.models import Export
from marketplace.exports.queries import Seen
from marketplace.gateways.local_storage import LocalStorage
from marketplace.operations import starting
from marketplace.operations.running import ATTEMPTS_MAX, run_due
from marketplace.settlement.accepting import decide_answers
from marketplace.work.models import Answer
from marketplace.work.verdicts import Verdict
from tests.builders.exports import KEEP, SECRET, ask, lines_of, seen
from tests.builders.operations import make_due, make_silent
from tests.builders.work import Market, claim_and_submit, make_market, make_worker, open_batch

ROOT = Path(__file__).parents[2]
COUNT = 4


@pytest.fixture
def market(committing_engine: Engine) -> Market:
    """A job with some accepted answers, for real."""
    with transaction(committing_engine) as session:
        made = make_market(session, items_count=COUNT)
        batch = open_batch(session, made)
        for _ in range(COUNT):
            claimed, _submitted = claim_and_submit(session, make_worker(session), batch)
            answer_id = session.query(Answer.id).filter_by(claim_id=claimed.id).scalar()
            decide_answers(session, made.reviewer, claimed.id, [Verdict(answer_id, "accept")])
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def dying(server: object, committing_database: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The process that forks those to be killed."""
    url = server.app_url(committing_database)  # type: ignore[attr-defined]
    command = [sys.executable, "-m", "tests.exports.dying", url, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def work(engine: Engine, storage: LocalStorage) -> int:
    """Run what is due in this process."""
    transactions = partial(transaction, engine)
    runner = make_runner(transactions, partial(snapshot, engine), storage, keep=KEEP, secret=SECRET)
    return run_due(transactions, {"export": runner}, places=3)


def request(engine: Engine, market: Market) -> Export:
    with transaction(engine) as session:
        return ask(session, market.requester, "results.jsonl", market.job.id)


def now(engine: Engine, export: Export) -> Seen:
    with transaction(engine) as session:
        return seen(session, export)


def clean(engine: Engine, storage: LocalStorage) -> None:
    """Delete what nobody needs, at once."""
    while True:
        with transaction(engine) as session:
            if delete_one(session, storage, grace_seconds=0) == 0:
                return


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def is_whole(made: Seen, folder: Path) -> None:
    """The export is ready, and its file has every row once and the digest that it says."""
    assert made.state == "ready"
    kept = (folder / str(made.export.storage_key)).read_bytes()
    assert hashlib.sha256(kept).digest() == made.export.sha256
    names = [line["item"]["external_id"] for line in lines_of(kept.decode())]
    assert names == [f"text-{number:07d}" for number in range(1, COUNT + 1)]


@pytest.mark.slow
def test_wherever_its_process_is_killed_another_makes_the_same_file_and_nothing_is_left_behind(
    committing_engine: Engine, market: Market, folder: Path, dying: subprocess.Popen[str]
) -> None:
    storage = LocalStorage(folder)
    step, adopted = 0, []
    while True:
        export = request(committing_engine, market)
        said = _die_at(dying, step)
        if now(committing_engine, export).state != "ready":
            with transaction(committing_engine) as session:
                make_silent(session)
            work(committing_engine, storage)
            with transaction(committing_engine) as session:
                make_due(session)
            work(committing_engine, storage)
        made = now(committing_engine, export)
        is_whole(made, folder)
        adopted.append(folder / str(made.export.storage_key))
        clean(committing_engine, storage)
        assert files(folder) == sorted(adopted), f"killed at step {step}"
        if said == "done":
            break
        step += 1
    # Five transactions with three steps each, a write for each row, and the storage's own steps.
    assert step > 18


def _die_at(dying: subprocess.Popen[str], step: int) -> str:
    assert dying.stdin is not None
    assert dying.stdout is not None
    dying.stdin.write(f"{step}\n")
    dying.stdin.flush()
    said = dying.stdout.readline().strip()
    assert said in {"killed", "done"}, f"at step {step}"
    return said


class Gate(LocalStorage):
    """Stands still before it keeps the first file, until it is told to go on."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.reached, self.go_on = threading.Event(), threading.Event()

    def put(self, key: str, stream: BinaryIO, content_type: str) -> None:
        if not self.reached.is_set():
            self.reached.set()
            assert self.go_on.wait(60)
        super().put(key, stream, content_type)


def test_of_two_that_make_it_at_once_only_who_holds_the_lease_has_its_file_adopted(
    committing_engine: Engine, market: Market, folder: Path
) -> None:
    storage = Gate(folder)
    export = request(committing_engine, market)
    slow = threading.Thread(target=work, args=(committing_engine, storage))
    slow.start()
    assert storage.reached.wait(60)
    with transaction(committing_engine) as session:
        make_silent(session)
    assert work(committing_engine, storage) == 0
    with transaction(committing_engine) as session:
        make_due(session)
    assert work(committing_engine, storage) == 1
    first = now(committing_engine, export)
    is_whole(first, folder)
    storage.go_on.set()
    slow.join()
    after = now(committing_engine, export)
    is_whole(after, folder)
    assert after.export.storage_key == first.export.storage_key
    clean(committing_engine, storage)
    assert files(folder) == [folder / str(after.export.storage_key)]


class Broken(LocalStorage):
    """Breaks in the middle of a file, so many times."""

    def __init__(self, folder: Path, times: int) -> None:
        super().__init__(folder)
        self.left = times

    def put(self, key: str, stream: BinaryIO, content_type: str) -> None:
        if self.left:
            self.left -= 1
            stream.read(10)
            raise OSError("no space left on the device")
        super().put(key, stream, content_type)


@pytest.mark.parametrize("times", [1, ATTEMPTS_MAX])
def test_a_storage_that_breaks_is_tried_again_and_leaves_no_half_file(
    committing_engine: Engine, market: Market, folder: Path, times: int
) -> None:
    storage = Broken(folder, times)
    export = request(committing_engine, market)
    for _ in range(ATTEMPTS_MAX):
        work(committing_engine, storage)
        with transaction(committing_engine) as session:
            make_due(session)
    made = now(committing_engine, export)
    if times == 1:
        is_whole(made, folder)
    else:
        assert (made.state, made.operation.problem_code) == ("failed", "operation_failed")
        assert made.export.storage_key is None
    clean(committing_engine, storage)
    assert len(files(folder)) == (1 if times == 1 else 0)


class Cancelling(LocalStorage):
    """Somebody cancels the export while its bytes are kept."""

    def __init__(self, folder: Path, engine: Engine, market: Market, export: Export) -> None:
        super().__init__(folder)
        self._cancel = partial(_cancel, engine, market, export)

    def put(self, key: str, stream: BinaryIO, content_type: str) -> None:
        self._cancel()
        super().put(key, stream, content_type)


def _cancel(engine: Engine, market: Market, export: Export) -> None:
    with transaction(engine) as session:
        starting.cancel(session, market.requester, export.operation_id)


def test_one_cancelled_in_the_middle_ends_cancelled_and_leaves_no_file(
    committing_engine: Engine, market: Market, folder: Path
) -> None:
    export = request(committing_engine, market)
    storage = Cancelling(folder, committing_engine, market, export)
    assert work(committing_engine, storage) == 1
    assert now(committing_engine, export).state == "cancelled"
    clean(committing_engine, storage)
    assert files(folder) == []
    assert work(committing_engine, storage) == 0


def test_a_snapshot_sees_one_moment_and_changes_nothing(committing_engine: Engine, market: Market) -> None:
    with snapshot(committing_engine) as session:
        assert session.query(Export).count() == 0
        request(committing_engine, market)
        assert session.query(Export).count() == 0
        with pytest.raises(InternalError, match="read-only"):
            session.query(Answer).update({"state": "rejected"})
    with snapshot(committing_engine) as session:
        assert session.query(Export).count() == 1
