"""A monitor at the real web server, which is several processes."""

import contextlib
import os
import signal
import time
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.end_to_end.service import Service, serving
from tests.server import Server

ASKED = 40


def asked(address: str, tries: int = 20) -> str:
    """What the page says; whoever was connected to a process that was killed asks again."""
    for _ in range(tries - 1):
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(address).text
        time.sleep(0.1)
    return httpx.get(address).text


def figure(service: Service, name: str, **labels: str) -> float:
    told = asked(f"{service.url}/metrics")
    return next(
        sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_whichever_process_is_asked_tells_what_all_of_them_did(server: Server, tmp_path: Path) -> None:
    with serving(server, tmp_path, WEB_WORKERS="3", LOG_LEVEL="info") as service:
        for _ in range(ASKED):
            # A connection each, so that the processes share them.
            assert httpx.get(f"{service.url}/healthz").status_code == 200
        counted = {figure(service, "piecework_http_requests_total", route="/healthz", status="200") for _ in range(6)}
        assert counted == {ASKED}
        files = {path.stem.rpartition("_")[2] for path in (tmp_path / "metrics").glob("counter_*.db")}
        assert len(files) > 1, "one process served everything"
        os.kill(int(min(files)), signal.SIGKILL)
        after = figure(service, "piecework_http_requests_total", route="/healthz", status="200")
        assert after == ASKED
        assert figure(service, "piecework_sweep_runs_total", sweep="seal_audit_log") > 0
        assert "seal_audit_log             well" in service.command("sweeps")
        assert service.command("sweeps", "--late") == ""
