"""pg_dump and pg_restore of a version that fits the server: the wheel's, or the machine's."""

import os
import re
import shutil
import subprocess

from sqlalchemy import make_url

from marketplace.db.errors import DatabaseError
from marketplace.db.programs import installed_versions


def run(name: str, server_major: int, url: str, *arguments: str) -> None:
    """Run one of the two to its end on that server. Raises DatabaseError with its last words."""
    parts = make_url(url).set(drivername="postgresql")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    if parts.password is not None:
        # Never as an argument: every user of the machine could read it there.
        kept["PGPASSWORD"] = str(parts.password)
    target = parts.set(password=None).render_as_string(hide_password=False)
    done = subprocess.run(
        [_path(name, server_major), *arguments, f"--dbname={target}"],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
        env={**kept, "LC_ALL": "C"},
    )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise DatabaseError(f"{name} failed: {' '.join(lines[:3]) or f'exit code {done.returncode}'}")


def _path(name: str, server_major: int) -> str:
    """The program of the server's version, else of the next newer one: an older one refuses, a newer one may differ."""
    found = {major: str(folder / name) for major, folder in installed_versions().items()}
    machine = shutil.which(name)
    if machine is not None:
        said = subprocess.run([machine, "--version"], capture_output=True, text=True, check=False).stdout
        version = re.search(r"\) ([0-9]+)", said)
        if version is not None:
            found[int(version[1])] = machine
    fitting = [major for major in found if major >= server_major]
    if not fitting:
        raise DatabaseError(
            f"No {name} of PostgreSQL {server_major} or newer was found. On Debian and Ubuntu: "
            f"apt-get install postgresql-client-{server_major}"
        )
    return found[min(fitting)]
