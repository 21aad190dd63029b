"""`piecework docs`: the generated pages."""

from pathlib import Path

import click

from marketplace.entrypoints.documentation import files


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; say which pages are stale, with exit code 1.")
def command(*, check: bool) -> None:
    """Write the pages of docs/ that follow from the code, in the current folder."""
    stale = 0
    for name, text in files().items():
        path = Path(name)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        click.echo(f"{'stale' if check else 'written'}: {name}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if not stale:
        click.echo("Every page is as the code says.")
    if check and stale:
        raise click.exceptions.Exit(1)
