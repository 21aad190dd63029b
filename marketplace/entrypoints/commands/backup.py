"""`piecework backup`: the database and the media into a folder."""

from pathlib import Path

import click

from marketplace.entrypoints.backup.making import make_backup
from marketplace.settings import Settings


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
def command(target: Path) -> None:
    """Write a backup into the folder TARGET while the market works, and list the keys that must be kept elsewhere."""
    manifest = make_backup(Settings.from_env(), target.absolute(), click.echo)
    click.echo(
        f"{target}: the market of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC at revision {manifest.revision}, "
        f"{manifest.database_bytes + manifest.media_bytes:,} bytes with {manifest.media_count} files of media."
    )
    click.echo("Not in it, and needed to restore it; keep these elsewhere:")
    for key in manifest.keys:
        click.echo(f"  {key.setting}: {'the value that is set' if key.file is None else key.file}")
