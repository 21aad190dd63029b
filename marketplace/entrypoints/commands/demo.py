"""`piecework demo`: the demo market, or a job of one's own photographs in it."""

from pathlib import Path

import click

from marketplace.entrypoints import demo
from marketplace.entrypoints.context import Context, command_context
from marketplace.entrypoints.demo import announcing, photos
from marketplace.kernel.ids import public


@click.command()
@click.option(
    "--photos",
    "folder",
    type=click.Path(path_type=Path),
    help="Post a job made of the JPEG, PNG and WebP images in this folder.",
)
def command(folder: Path | None) -> None:
    """Load the demo market where it is not loaded yet; with --photos, post a job of photographs into it."""
    with command_context("piecework demo") as context:
        if not context.time_may_be_moved:
            raise click.ClickException("The demo market moves market time, which is not allowed on this installation.")
        if not demo.is_loaded(context):
            demo.load(context, click.echo)
        elif folder is None:
            click.echo("The demo market is loaded already.")
        if folder is not None:
            _post_photos(context, folder)


def _post_photos(context: Context, folder: Path) -> None:
    try:
        job_id, count, left_out = photos.post(context, folder)
    except photos.PhotosError as problem:
        raise click.ClickException(str(problem)) from None
    for line in left_out:
        click.echo(f"  left out: {line}")
    where = f"{announcing.opened_at(context)}/work/tasks"
    click.echo(f"Posted {public('job', job_id)} with {count} of the photographs. Open to workers: {where}")
