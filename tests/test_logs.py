import io
from collections.abc import Iterator
from contextlib import redirect_stderr

import pytest
import structlog

from marketplace import logs
from marketplace.kernel.actor import system_actor


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_a_line_has_its_event_its_values_and_what_is_bound(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    log = logs.get_logger("tests")
    with logs.bound(request_id="req_1", actor=system_actor("sweep_leases")):
        log.info("lease.expired", claims=3)
    log.info("after")
    first, second = capsys.readouterr().err.splitlines()
    assert "level=info event=lease.expired" in first
    for part in ("claims=3", "request_id=req_1", "actor=system:sweep_leases", "via=system", "source=tests"):
        assert part in first.split()
    assert "request_id" not in second


def test_a_line_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    log = logs.get_logger("tests")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        log.exception("failed", detail='a "quoted"\nword')
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_lines_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning")
    logs.get_logger("tests").info("quiet")
    assert capsys.readouterr().err == ""


def test_lines_go_to_standard_error_as_it_is_when_they_are_written() -> None:
    first, second = io.StringIO(), io.StringIO()
    with redirect_stderr(first):
        logs.configure("info")
    first.close()
    with redirect_stderr(second):
        logs.get_logger("tests").error("broke")
    assert "event=broke" in second.getvalue()
