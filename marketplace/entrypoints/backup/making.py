"""Making a backup while the market works: one snapshot of the database, then the media that it names."""

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Row, text

from marketplace.db import migrate
from marketplace.db.engine import make_engine
from marketplace.db.errors import DatabaseError
from marketplace.entrypoints import databases
from marketplace.entrypoints.backup import programs
from marketplace.entrypoints.backup.keys import keys_of
from marketplace.entrypoints.backup.manifest import DATABASE, MEDIA, MEDIA_LIST, Manifest, digest_of
from marketplace.exports.keeping import PREFIX as BOOKS
from marketplace.gateways.choosing import make_storage
from marketplace.kernel.ports import MediaStorage
from marketplace.settings import Settings

Say = Callable[[str], None]

_MOMENT: Final = text(
    "SELECT pg_export_snapshot() AS snapshot, transaction_timestamp() AS made_at, "
    "CAST(current_setting('server_version_num') AS integer) / 10000 AS major"
)
_KEPT: Final = text(
    "SELECT storage_key, encode(sha256, 'hex') AS sha256 FROM media WHERE purged_at IS NULL "
    "UNION ALL SELECT storage_key, encode(sha256, 'hex') FROM export "
    "WHERE storage_key IS NOT NULL AND deleted_at IS NULL AND expires_at > statement_timestamp() ORDER BY storage_key"
)
_HAS_BOOKS: Final = text("SELECT to_regclass('kept_book') IS NOT NULL")
_BOOKS: Final = text("SELECT storage_key, encode(sha256, 'hex') AS sha256 FROM kept_book ORDER BY storage_key")
_STILL_KEPT: Final = text(
    "SELECT FROM media WHERE storage_key = :key AND purged_at IS NULL "
    "UNION ALL SELECT FROM export WHERE storage_key = :key AND deleted_at IS NULL "
    "AND expires_at > statement_timestamp()"
)


def make_backup(settings: Settings, target: Path, say: Say) -> Manifest:
    """Write a backup into `target`, a folder that is empty or not there yet; the market may go on meanwhile.

    Raises DatabaseError: the folder holds something, the database is newer than this program, a file is not there or
    not what the database says. What was written until then stays, without a seal, and is not taken for a backup.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DatabaseError(f"{target} is not an empty folder. A backup is never written over another.")
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    storage = make_storage(settings.media_url)
    with databases.running(settings) as urls:
        engine = make_engine(urls.owner, application_name="piecework backup", pool_size=2)
        try:
            revision = known_revision(engine)
            moment, kept = _dump(engine, urls.owner, target)
            say(f"The database is written; {len(kept)} files of media follow.")
            count, size = _copy_media(engine, storage, kept, target)
        finally:
            engine.dispose()
    manifest = Manifest(
        made_at=moment.made_at,
        piecework=version("piecework"),
        revision=revision,
        postgres_major=moment.major,
        database_bytes=(target / DATABASE).stat().st_size,
        database_sha256=digest_of(target / DATABASE),
        media_count=count,
        media_bytes=size,
        media_sha256=digest_of(target / MEDIA_LIST),
        keys=keys_of(settings),
    )
    os.sync()  # before the seal, which says that all of it is there
    manifest.write(target)
    return manifest


def known_revision(engine: Engine) -> str:
    """Where the database stands. Raises DatabaseError when it has no tables, or this program does not know it."""
    revision = migrate.current(engine)
    if revision is None:
        raise DatabaseError("The database has no tables yet: there is nothing to back up.")
    if not is_known(revision):
        raise DatabaseError(f"The database stands at {revision}, which is newer than this program.")
    return revision


def is_known(revision: str) -> bool:
    """Whether this program has the migration, and can bring a database on from there."""
    known = ScriptDirectory.from_config(migrate.configuration()).walk_revisions()
    return any(script.revision == revision for script in known)


def _dump(engine: Engine, url: str, target: Path) -> tuple[Row[Any], list[tuple[str, str]]]:
    """The dump, and the media of exactly that moment: both read one snapshot."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        moment = connection.execute(_MOMENT).one()
        kept = [(row.storage_key, row.sha256) for row in connection.execute(_KEPT)]
        if connection.execute(_HAS_BOOKS).scalar_one():  # a database of an earlier release has none
            kept += [(row.storage_key, row.sha256) for row in connection.execute(_BOOKS)]
        programs.run(
            "pg_dump",
            moment.major,
            url,
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={moment.snapshot}",
            # Without its row nothing is paid: whoever fills a database from this file must read the rails back first.
            "--exclude-table-data=public.payout_freeze",
            f"--file={target / DATABASE}",
        )
    return moment, kept


def _copy_media(engine: Engine, storage: MediaStorage, kept: list[tuple[str, str]], target: Path) -> tuple[int, int]:
    """Copy what the snapshot names, except for what was purged meanwhile; returns the number of files and bytes."""
    count = size = 0
    with (target / MEDIA_LIST).open("w", encoding="utf-8") as lines, engine.connect() as connection:
        for key, sha256 in kept:
            path = target / MEDIA / key
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with closing(storage.open(key)) as stream, path.open("wb") as file:
                    shutil.copyfileobj(stream, file)
            except KeyError:
                # The books of a month are never deleted.
                if not key.startswith(f"{BOOKS}/") and _purged_meanwhile(connection, key):
                    continue
                raise DatabaseError(f"The media storage lacks {key}, which the database names.") from None
            if digest_of(path) != sha256:
                raise DatabaseError(f"{key} in the media storage is not what the database says it is (SHA-256).")
            lines.write(f"{sha256}  {MEDIA}/{key}\n")
            count, size = count + 1, size + path.stat().st_size
    return count, size


def _purged_meanwhile(connection: Connection, key: str) -> bool:
    found = connection.execute(_STILL_KEPT, {"key": key}).first()
    connection.rollback()  # the next look is at another moment
    return found is None
