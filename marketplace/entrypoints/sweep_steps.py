"""What sweeps do that takes more than one call."""

import datetime as dt
from functools import cache

from marketplace.audit.anchoring import anchor
from marketplace.audit.keychain import KeyChain
from marketplace.audit.keys import load_signer
from marketplace.audit.queries import latest_checkpoint
from marketplace.audit.sealing import log_chain, seal
from marketplace.db.engine import snapshot
from marketplace.entrypoints.context import Context
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.entrypoints.runners import runners_of
from marketplace.entrypoints.sweeping import ROUNDS_MAX, Counts, in_transactions
from marketplace.exports import cleaning, keeping
from marketplace.jobs.retention import delete_bytes
from marketplace.ledger.fund_sharing import share_fees
from marketplace.lifecycle import silence, succeeding
from marketplace.notifications import delivering, forgetting
from marketplace.notifications.vault import load_vault
from marketplace.notifications.webhooks import policy_of
from marketplace.operations.running import run_due
from marketplace.provenance.self_audit import walk_on
from marketplace.settlement import dormancy


def seal_log(context: Context) -> Counts:
    """Seal pending events and sign the new head, until nothing is pending; see `audit.fencing` for what is refused."""
    # Read anew at each tick: the key may have been changed meanwhile.
    signer = load_signer(context.settings)
    with context.transactions() as session:
        newest = latest_checkpoint(session)

    @cache
    def chain() -> KeyChain:
        # Needed for heads beyond the log alone: after a fork, or where something is wrong.
        with context.transactions() as session:
            return log_chain(session, signer)

    known = context.fence.known(0 if newest is None else newest.tree_size, lambda note: chain().abandons(note))
    signed = 0
    for _ in range(ROUNDS_MAX):
        with context.transactions() as session:
            head = seal(session, signer, known=known)
        if head is None:
            break
        context.fence.keep(head)
        signed += 1
    return {"checkpoints": signed}


def anchor_log(context: Context) -> int:
    """Keep the newest signed head outside the database where that is due; returns at how many places."""
    every = dt.timedelta(minutes=context.settings.audit_anchor_minutes)
    return anchor(context.transactions, context.fence.stores, every)


def audit_log(context: Context) -> Counts:
    """Go on with the day's walk over the whole log, a piece a transaction."""
    load_recomputers()
    verifier = load_signer(context.settings).verifier
    return in_transactions("leaves", lambda session: walk_on(session, verifier, context.fence.heads))(context)


def delete_purged_media(context: Context) -> Counts:
    """Delete the bytes of purged media."""
    return in_transactions("images", lambda session: delete_bytes(session, context.storage))(context)


def delete_exports(context: Context) -> Counts:
    """Delete the files of exports past their time."""
    return in_transactions("files", lambda session: cleaning.delete_one(session, context.storage))(context)


def keep_books(context: Context) -> int:
    """Keep the books of months that are over; returns how many files."""
    return keeping.keep_books(
        context.transactions,
        lambda: snapshot(context.engine),
        context.storage,
        names=keeping.names_of(context.settings.books_kept_formats),
        after=dt.timedelta(days=context.settings.books_kept_days),
    )


def run_operations(context: Context) -> int:
    """Run long work that is due; returns how many runs ended."""
    places, stopping = context.settings.operations_at_once, context.stopping.is_set
    return run_due(context.transactions, runners_of(context), places=places, stopping=stopping)


_vault = cache(load_vault)


def courier(context: Context) -> delivering.Courier:
    """What sending to webhooks needs."""
    return delivering.Courier(
        transactions=context.transactions,
        vault=_vault(context.settings),
        policy=policy_of(context.settings),
        failing_max=dt.timedelta(days=context.settings.webhook_failing_days_max),
        mailer=context.mailer,
        stopping=context.stopping.is_set,
    )


def forget_deliveries(context: Context) -> Counts:
    """Delete deliveries past the days they are kept."""
    keep = dt.timedelta(days=context.settings.webhook_retention_days)
    return in_transactions("deliveries", lambda session: forgetting.forget(session, keep))(context)


def note_dormant(context: Context) -> Counts:
    """Tell payees of money that they do not fetch, and set apart what they have not fetched for years."""
    after = dt.timedelta(days=context.settings.dormant_after_days)
    return in_transactions("installments", lambda session: dormancy.note_dormant(session, after))(context)


def warn_silent(context: Context) -> Counts:
    """Tell layers that say nothing when that will count as default."""
    silent_for = dt.timedelta(days=context.settings.layer_silent_days_max)
    return in_transactions("notices", lambda session: silence.warn_silent(session, silent_for))(context)


def succeed_silent(context: Context) -> Counts:
    """Declare the default of layers that said nothing for too long."""
    silent_for = dt.timedelta(days=context.settings.layer_silent_days_max)
    return in_transactions("layers", lambda session: succeeding.succeed_silent(session, silent_for))(context)


def share_taken_fees(context: Context) -> int:
    """Give the wage guarantee fund its share of the fees that were taken out."""
    settings = context.settings
    with context.transactions() as session:
        return share_fees(session, settings.guarantee_fund_share_ppm, settings.guarantee_fund_target_ppm)
