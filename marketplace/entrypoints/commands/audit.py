"""`piecework audit`: the tamper-evident log."""

import sys

import click

from marketplace.audit import keys, verifying
from marketplace.audit.queries import latest_checkpoint
from marketplace.audit.rotating import is_rotated, rotate
from marketplace.entrypoints.context import command_context
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.entrypoints.sweep_steps import seal_log
from marketplace.kernel.actor import Actor

_OPERATOR = Actor(None, None, None, frozenset(), frozenset(), "command_line", "audit")


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
            report = verifying.verify(session, signer.verifier, kept=context.fence.heads)
    for line in report.lines():
        click.echo(line)
    if not report.ok:
        sys.exit(1)


@command.command("seal")
def seal_command() -> None:
    """Seal what is pending now, instead of waiting for the scheduler."""
    with command_context("piecework audit") as context:
        signed = seal_log(context)["checkpoints"]
        with context.transactions() as session:
            newest = latest_checkpoint(session)
    click.echo(f"Sealed; the log has {newest.tree_size} leaves." if signed and newest else "Nothing was pending.")


@command.command("rotate")
def rotate_command() -> None:
    """Change the key in AUDIT_KEY_FILE, with a statement in the log that the old key and the new one sign.

    May be called again where it was interrupted. The old key stays beside the new one, under its name: destroy it once
    no backup from before is needed. Other machines that seal or serve need the new file; until then they sign nothing.
    """
    with command_context("piecework audit") as context:
        old = keys.load_signer(context.settings)
        new = keys.draft_signer(context.settings)
        with context.transactions() as session:
            if not is_rotated(session, old, new):
                rotate(session, _OPERATOR, old, new)
        keys.adopt_draft(context.settings, old)
    click.echo(f"The log's key is {new.verifier.key_id.hex()} now. Tell it to those who keep the old one:")
    click.echo(new.verifier.to_text())
