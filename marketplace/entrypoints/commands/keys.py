"""`piecework keys`: the keys that bank and personal data of payees is sealed with."""

import os
import time
from pathlib import Path
from typing import Final

import click

from marketplace.db import sealed
from marketplace.db.engine import transaction
from marketplace.db.errors import DatabaseError
from marketplace.db.keyring import SealingKey, encode, load_keys, new_secret
from marketplace.entrypoints.context import Context, command_context

SETTLED_SECONDS: Final = 3600
"""Transactions that began with the file as it was are over by then."""


@click.group()
def command() -> None:
    """Change the keys in PAYEE_KEY_FILE, which encrypt bank and personal data of payees."""


@command.command("list")
def list_command() -> None:
    """Name the keys, and say how many values each encrypts; no key is shown."""
    with command_context("piecework keys") as context:
        counts = _counts(context)
        for number, key in enumerate(load_keys(context.settings).keys):
            use = "encrypts" if number == 0 else "decrypts only"
            click.echo(f"{key.id.hex()}  {use}, {counts.pop(key.id.hex(), 0)} values")
        for missing, count in sorted(counts.items()):
            click.echo(f"{missing}  IS MISSING, {count} values cannot be read")


@command.command("rotate")
def rotate_command() -> None:
    """Put a new key first and encrypt everything with it; the old ones stay, for backups. May be called again.

    Where several machines serve, give each the same file at once: who does not know a key cannot read what it encrypts.
    """
    with command_context("piecework keys") as context:
        keys = load_keys(context.settings).keys
        _write(context, encode(new_secret(), *(key.secret for key in keys)))
        count = _reseal(context)
        click.echo(f"{load_keys(context.settings).current.id.hex()} is the first key now; {count} values have it.")


@command.command("drop")
@click.argument("key")
def drop_command(key: str) -> None:
    """Take a KEY out of the file, by its name in `list`, once nothing is encrypted with it.

    Backups made before its values were encrypted anew need it still: keep it where they can get it.
    """
    with command_context("piecework keys") as context:
        keys = load_keys(context.settings).keys
        left = [other for other in keys if other.id.hex() != key]
        if len(left) == len(keys):
            raise DatabaseError(f"There is no key {key} in {_path(context)}.")
        _refuse_in_use(context, key, keys[0])
        _write(context, encode(*(other.secret for other in left)))
        click.echo(f"{key} is out of {_path(context)}.")


def _refuse_in_use(context: Context, key: str, first: SealingKey) -> None:
    count = _counts(context).get(key, 0)
    if key == first.id.hex():
        raise DatabaseError(f"{key} is the first key: new values are encrypted with it. Rotate first.")
    if time.time() - _path(context).stat().st_mtime < SETTLED_SECONDS:
        raise DatabaseError("The file was changed a moment ago, and some may still use it as it was. Wait an hour.")
    if count:
        raise DatabaseError(f"{key} encrypts {count} values still. `piecework keys rotate` encrypts them anew.")


def _counts(context: Context) -> dict[str, int]:
    with transaction(context.engine) as session:
        return sealed.count_by_key(session)


def _reseal(context: Context) -> int:
    total = 0
    while True:
        with transaction(context.engine) as session:
            count = sealed.reseal(session)
        if not count:
            return total
        total += count


def _path(context: Context) -> Path:
    return context.settings.payee_key_file or context.settings.data_dir / "payee_key"


def _write(context: Context, content: bytes) -> None:
    """Replace the file in one step, for the same user: nobody ever finds half of it."""
    path = _path(context)
    owner = path.stat()
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        os.fchown(stream.fileno(), owner.st_uid, owner.st_gid)
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
