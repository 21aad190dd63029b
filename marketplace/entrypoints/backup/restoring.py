"""Restoring a backup into an empty data folder: everything is checked first, and payouts start frozen."""

from pathlib import Path

from sqlalchemy import Engine, text

from marketplace.db import migrate
from marketplace.db.embedded import EmbeddedServer
from marketplace.db.engine import make_engine, transaction
from marketplace.db.errors import DatabaseError
from marketplace.db.keyring import load_keys
from marketplace.entrypoints import databases
from marketplace.entrypoints.backup import keys, manifest, programs
from marketplace.entrypoints.backup.making import Say, is_known
from marketplace.entrypoints.backup.manifest import DATABASE, MEDIA, Manifest
from marketplace.gateways.choosing import make_storage
from marketplace.kernel.actor import Actor
from marketplace.kernel.ports import MediaStorage
from marketplace.rails.freezing import freeze
from marketplace.settings import Settings

_ACTOR = Actor(None, None, None, frozenset(), frozenset({"payout_run.approve"}), "command_line", "restore")


def restore_backup(settings: Settings, source: Path, say: Say, *, without_keys: bool = False) -> Manifest:
    """Fill an empty data folder, or an empty database of the operator's own, from the backup in `source`.

    Nothing is touched before every file was compared with the manifest. The tables are brought to this version, and
    payouts are frozen back to the moment of the backup. Raises DatabaseError: something is torn, newer, missing, or
    there is something already where the backup is to go.
    """
    found = manifest.read(source)
    _refuse_newer(found)
    say(f"Reading the backup of {found.made_at:%Y-%m-%d %H:%M} UTC, made by Piecework {found.piecework} ...")
    manifest.check(source, found)
    lacking = keys.missing(settings, found.keys)
    if lacking and not without_keys:
        raise DatabaseError(
            "Keys are kept apart from backups, and these are not in their place:\n  "
            + "\n  ".join(lacking)
            + "\nPut them back first, or restore with --without-keys: what they sealed is lost then."
        )
    if not databases.is_embedded(settings):
        _fill(settings, source, found, say)
        return found
    _refuse_used_folder(settings)
    server = EmbeddedServer(settings.data_dir)
    try:
        server.start()
        _fill(settings, source, found, say)
    finally:
        server.stop()
    return found


def _refuse_newer(found: Manifest) -> None:
    if not is_known(found.revision):
        raise DatabaseError(
            f"The backup is of Piecework {found.piecework}, whose tables stand at {found.revision}; this version ends "
            f"at {migrate.head()}. Install that version or a newer one."
        )


def _refuse_used_folder(settings: Settings) -> None:
    allowed = {path for _, path in keys.files(settings)}
    if settings.data_dir.exists():
        for path in sorted(settings.data_dir.iterdir()):
            if path not in allowed:
                raise DatabaseError(
                    f"{settings.data_dir} is not empty, it holds {path.name}. Keys may lie there alone."
                )


def _fill(settings: Settings, source: Path, found: Manifest, say: Say) -> None:
    urls = databases.urls(settings)
    owner = make_engine(urls.owner, application_name="piecework restore", pool_size=1)
    app = make_engine(urls.app, application_name="piecework restore", pool_size=1)
    try:
        major = _empty_server(owner, found)
        programs.run(
            "pg_restore",
            major,
            urls.owner,
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            str(source / DATABASE),
        )
        migrate.upgrade(urls.owner, app_role=urls.app_role, keys=load_keys(settings))
        reason = f"the database was restored from the backup of {found.made_at:%Y-%m-%d %H:%M} UTC"
        with transaction(app) as session:
            # Real time: where the market's clock was moved, for a trial, it is the earlier one.
            freeze(session, _ACTOR, reason, found.made_at)
        say(f"The database stands at {migrate.head()}; {found.media_count} files of media follow.")
        _bring_media(app, make_storage(settings.media_url), source)
    finally:
        owner.dispose()
        app.dispose()


def _empty_server(engine: Engine, found: Manifest) -> int:
    """The major version of a server with an empty database, which the backup can go to; raises DatabaseError."""
    with engine.connect() as connection:
        used = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' LIMIT 1")).first()
        major = connection.execute(
            text("SELECT CAST(current_setting('server_version_num') AS integer) / 10000")
        ).scalar_one()
    if used is not None:
        raise DatabaseError(f"The database is not empty, it has the table {used.tablename}.")
    if major < found.postgres_major:
        raise DatabaseError(
            f"The backup is of PostgreSQL {found.postgres_major}, this server is {major}: take a newer one."
        )
    return int(major)


def _bring_media(engine: Engine, storage: MediaStorage, source: Path) -> None:
    types = text("SELECT content_type FROM media WHERE storage_key = :key")
    with engine.connect() as connection:
        for key, sha256 in manifest.listed(source):
            if storage.exists(key):
                with storage.open(key) as there:
                    if manifest.digest(there) != sha256:
                        raise DatabaseError(f"The media storage holds other bytes under {key} already.")
                continue
            content_type = connection.execute(types, {"key": key}).scalar() or "application/octet-stream"
            with (source / MEDIA / key).open("rb") as stream:
                storage.put(key, stream, content_type)
