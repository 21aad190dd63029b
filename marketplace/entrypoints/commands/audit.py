"""`piecework audit`: the tamper-evident log."""

import sys

import click

from marketplace.audit import keys, verifying
from marketplace.audit.forking import declare_fork, find_loss
from marketplace.audit.keychain import is_last_change
from marketplace.audit.notes import Signer
from marketplace.audit.queries import latest_checkpoint
from marketplace.audit.rotating import rotate
from marketplace.entrypoints.commands.somebody import platform_person
from marketplace.entrypoints.context import Context, command_context
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
            if not is_last_change(session, old, new):
                rotate(session, _OPERATOR, old, new)
        keys.adopt_draft(context.settings, old)
    click.echo(f"The log's key is {new.verifier.key_id.hex()} now. Tell it to those who keep the old one:")
    click.echo(new.verifier.to_text())


@command.command("declare-fork")
@click.option("--origin", required=True, help="The name that the log is to have from here on, a new AUDIT_ORIGIN.")
@click.option("--by", "declared_by", required=True, help="Address of the person who declares it.")
@click.option("--agreed-by", required=True, help="Address of the second person of the platform, who agrees.")
@click.option("--abandon", help="The largest checkpoint that is abandoned, in its short form; without it: only look.")
def declare_fork_command(origin: str, declared_by: str, agreed_by: str, abandon: str | None) -> None:
    """Go on under another name over an older backup, where no backup that reaches to what is kept outside is left.

    Without --abandon it shows what would be said, for ever and to everybody, and writes nothing. May be called again
    where it was interrupted. Then AUDIT_ORIGIN must be the new name and AUDIT_KEY_FILE the new file, on every machine.
    """
    with command_context("piecework audit") as context:
        old, new = keys.load_signer(context.settings), keys.draft_signer(context.settings, origin)
        with context.transactions() as session:
            done = is_last_change(session, old, new)
        if not done and abandon is None:
            _show_loss(context, old)
            return
        if not done:
            with context.transactions() as session:
                people = platform_person(session, declared_by), platform_person(session, agreed_by)
                head = declare_fork(session, *people, old, new, context.fence.heads, abandon=abandon or "")
            context.fence.keep(head)
        keys.adopt_draft(context.settings, old)
    click.echo(f"The log goes on as {origin}. Set AUDIT_ORIGIN to it, start anew, and tell everybody the key:")
    click.echo(new.verifier.to_text())


def _show_loss(context: Context, old: Signer) -> None:
    with context.transactions() as session:
        loss = find_loss(session, old, context.fence.heads)
    click.echo(f"The log has {loss.tree_size} leaves; heads kept outside of up to {loss.agreed} leaves agree with it.")
    click.echo("These, which it has signed, would be abandoned:")
    for head in loss.abandoned:
        click.echo(f"  {head.short}")
    if loss.unknown:
        click.echo(f"{loss.unknown} of them bear no signature by a key that this log knows: look at them first.")
    click.echo(f"Restore a backup that reaches to them, if there is one. If not, say: --abandon {loss.last.short}")
