"""A stop signal counts whenever it comes: what a handler raises while Python forks, or in a finalizer, goes nowhere."""

import signal
from collections.abc import Iterator

import pytest

from marketplace.entrypoints import supervisor
from marketplace.entrypoints.supervisor import Child, Stopped, Supervisor


class Finalized:
    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


class Restarted(Child):
    """A program that has ended, and during whose start the signal comes."""

    def __init__(self) -> None:
        super().__init__("web server", [], {})
        self.looks = 0

    def ended(self) -> int | None:
        self.looks += 1
        assert self.looks < 10, "the signal was lost"
        return 1 if self.looks == 1 else None

    def stop(self) -> None:
        pass

    def start(self) -> None:
        one: Finalized | None = Finalized()
        one = None
        assert one is None


@pytest.fixture
def handled() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in supervisor.STOP_SIGNALS}
    for number in supervisor.STOP_SIGNALS:
        signal.signal(number, supervisor._stop)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handled")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_at_the_moment_a_program_is_started_again_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOOK_SECONDS", 0)
    one = Supervisor.__new__(Supervisor)
    one._database, one._children, one._say = None, [Restarted()], print
    with pytest.raises(Stopped):
        one._watch()
