import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from marketplace.db import embedded
from marketplace.db.embedded import UNSAFE_SETTINGS, EmbeddedServer, inspect, serving
from marketplace.db.errors import DatabaseError

OWNER_PROGRAM = """
import sys, time
from pathlib import Path
from marketplace.db.embedded import EmbeddedServer, UNSAFE_SETTINGS
server = EmbeddedServer(Path(sys.argv[1]), settings=UNSAFE_SETTINGS)
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    made = EmbeddedServer(tmp_path, settings=UNSAFE_SETTINGS)
    yield made
    made.stop()


def one(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
        return None if row is None else row[0]


def wait_until_gone(pid: int, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if " Z " in Path(f"/proc/{pid}/stat").read_text():
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_a_first_start_makes_two_roles_and_a_database_and_a_second_keeps_the_data(server: EmbeddedServer) -> None:
    urls = server.start()
    with psycopg.connect(urls.owner) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert one(urls.app, "SELECT current_user") == "piecework_app"
    assert one(urls.superuser, "SELECT rolsuper FROM pg_roles WHERE rolname = 'piecework_owner'") is False
    server.stop()
    assert inspect(server.data_dir) is None
    server.start()
    assert one(urls.owner, "SELECT answer FROM kept") == 42


def test_nothing_listens_on_the_network(server: EmbeddedServer) -> None:
    assert one(server.start().superuser, "SHOW listen_addresses") == ""


def test_a_killed_server_is_recovered_with_what_was_committed(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)  # with the settings of real use: what was committed is on the disk
    urls = server.start()
    with psycopg.connect(urls.owner) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert wait_until_gone(server.pid)
    assert not server.running
    server.stop()
    server.start()
    try:
        assert one(urls.owner, "SELECT answer FROM kept") == 42
    finally:
        server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent's life")
def test_a_killed_owner_leaves_no_server_behind_and_the_folder_can_be_used_again(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER_PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    owner.kill()
    owner.wait()
    owner.stdout.close()
    server.start()
    assert wait_until_gone(pid)
    assert inspect(tmp_path) is not None


def test_a_stale_pid_file_with_the_number_of_another_program_does_not_hinder(server: EmbeddedServer) -> None:
    server.start()
    server.stop()
    (server.folder / "postmaster.pid").write_text(f"{os.getpid()}\n{server.folder}\n")
    server.start()
    assert server.running


def test_a_folder_in_use_is_refused_with_a_sentence_that_names_the_process(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    server.start()
    with pytest.raises(DatabaseError, match=rf"Another Piecework \(process {os.getpid()}\) runs on"):
        EmbeddedServer(tmp_path).start()


def test_an_unwritable_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(DatabaseError, match="cannot be written"):
        EmbeddedServer(in_the_way / "data").start()


def test_a_full_disk_is_refused_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "FREE_BYTES_MIN", 2**80)
    with pytest.raises(DatabaseError, match=r"is full: \d+ MB are free"):
        EmbeddedServer(tmp_path).start()


def test_a_command_uses_the_running_server_and_otherwise_its_own_for_a_while(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    urls = server.start()
    with serving(tmp_path) as found:
        assert found == urls
    assert server.running
    server.stop()
    with serving(tmp_path) as found:
        assert one(found.app, "SELECT 1") == 1
    assert inspect(tmp_path) is None


def test_a_path_too_long_for_a_socket_works_all_the_same(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / ("long" * 20) / ("path" * 20), settings=UNSAFE_SETTINGS)
    try:
        assert one(server.start().app, "SELECT 1") == 1
    finally:
        server.stop()
        server.urls.socket_folder.rmdir()
