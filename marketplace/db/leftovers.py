"""What a killed predecessor left of its database server."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from marketplace.db.errors import DatabaseError


def end_leftover(folder: Path, *, patience_seconds: float) -> None:
    """Stop a server that runs on `folder` without an owner; forget a pid file without a server.

    Raises DatabaseError for a server that does not stop within twice the patience.
    """
    pid_file = folder / "postmaster.pid"
    begun = time.monotonic()
    while (pid := _postmaster_pid(pid_file)) is not None:
        if not _is_server_of(pid, folder):
            # The number may belong to somebody else by now; the server would refuse to start because of it.
            pid_file.unlink(missing_ok=True)
            return
        waited = time.monotonic() - begun
        if waited > 2 * patience_seconds:
            raise DatabaseError(f"An earlier database server (process {pid}) on {folder} does not stop.")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT if waited < patience_seconds else signal.SIGQUIT)
        time.sleep(0.1)


def _postmaster_pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _is_server_of(pid: int, folder: Path) -> bool:
    """Whether process `pid` is a PostgreSQL server on `folder`."""
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return os.fsencode(folder) in Path(f"/proc/{pid}/cmdline").read_bytes()  # empty for a zombie
        return False
    listed = subprocess.run(["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, check=False)
    return os.fsencode(folder) in listed.stdout
