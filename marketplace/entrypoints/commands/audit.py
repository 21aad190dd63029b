"""`piecework audit`: the tamper-evident log."""

import sys

import click

from marketplace.audit import keys, sealing, verifying
from marketplace.entrypoints.context import command_context
from marketplace.entrypoints.recomputing import load_recomputers


@click.group()
def command() -> None:
    """Seal and verify the log."""


@command.command("verify")
def verify_command() -> None:
    """Walk the log from its first leaf, recompute what it says from the live rows, and name the first difference."""
    load_recomputers()
    with command_context("piecework audit") as context:
        signer = keys.load_signer(context.settings)
        with context.transactions() as session:
            report = verifying.verify(session, signer.verifier)
    for line in report.lines():
        click.echo(line)
    if not report.ok:
        sys.exit(1)


@command.command("seal")
def seal_command() -> None:
    """Seal what is pending now, instead of waiting for the scheduler."""
    with command_context("piecework audit") as context:
        signer = keys.load_signer(context.settings)
        checkpoint = None
        while True:
            with context.transactions() as session:
                sealed = sealing.seal(session, signer)
                if sealed is None:
                    break
                checkpoint = sealed.tree_size
    click.echo("Nothing was pending." if checkpoint is None else f"Sealed; the log has {checkpoint} leaves.")
