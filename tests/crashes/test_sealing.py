"""The sealer, killed before each of its statements and commits: no gap, no fork, no loss."""

import os
import signal

import pytest
from sqlalchemy.orm import Session

from marketplace.audit.queries import latest_checkpoint, pending_count
from marketplace.audit.sealing import seal
from marketplace.audit.verifying import verify
from marketplace.db.engine import make_engine, transaction
from tests.audit.parts import SIGNER, note_many
from tests.crashes.driving import _wait_for_the_killed
from tests.crashes.dying import APPLICATION, Steps
from tests.server import Server

EVENTS = 7
BATCH = 3


def _seal_until_killed(url: str, left: int) -> bool:
    """In a process of its own; whether it was killed before it came to its end."""
    child = os.fork()
    if child == 0:
        engine = make_engine(url, application_name=APPLICATION)
        Steps(left, every=True).watch(engine)
        while True:
            with transaction(engine) as session:
                if seal(session, SIGNER, batch_size=BATCH) is None:
                    os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0 or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL)
    return status != 0


@pytest.mark.slow
@pytest.mark.campaign
def test_killed_anywhere_the_sealer_leaves_no_gap_no_fork_and_loses_nothing(server: Server) -> None:
    name = server.clone()
    engine = make_engine(server.app_url(name), application_name="the sealer's heir")
    killed = 0
    try:
        with transaction(engine) as session:
            note_many(session, EVENTS)
        engine.dispose()
        step, events = 0, EVENTS
        while _seal_until_killed(server.app_url(name), step):
            killed += 1
            step += 1
            _wait_for_the_killed(engine)
            with transaction(engine) as session:
                report = verify(session, SIGNER.verifier)
                assert report.finding is None, f"killed at step {step}: {report.finding}"
                assert report.tree_size + pending_count(session) == events
                while seal(session, SIGNER, batch_size=BATCH) is not None:
                    pass
                assert verify(session, SIGNER.verifier).tree_size == events
                note_many(session, EVENTS)
                events += EVENTS
            engine.dispose()
        with Session(engine) as session:
            head = latest_checkpoint(session)
            assert head is not None
            assert (head.tree_size, pending_count(session)) == (events, 0)
    finally:
        engine.dispose()
        server.drop(name)
    # Three batches and the look that finds nothing more, of some ten statements and a commit each.
    assert killed >= 25
