"""The sweeps of the audit log: sealing, keeping heads outside, and the daily walk over all of it."""

from marketplace.audit.stamping import stamp
from marketplace.entrypoints import sweep_steps
from marketplace.entrypoints.sweeping import Sweep, once

LOG_SWEEPS: tuple[Sweep, ...] = (
    Sweep("seal_audit_log", 1, "Seals pending audit events and signs the log's new head.", sweep_steps.seal_log),
    Sweep(
        "anchor_audit_log",
        60,
        "Keeps the log's newest signed head at the places of AUDIT_ANCHORS, every AUDIT_ANCHOR_MINUTES.",
        once("heads", sweep_steps.anchor_log),
    ),
    Sweep(
        "stamp_audit_log",
        60,
        "Has the log's newest signed head stamped by the authority of TIMESTAMP_URL, every TIMESTAMP_MINUTES.",
        once("heads", lambda context: stamp(context.transactions, context.stamping)),
    ),
    Sweep(
        "verify_audit_log",
        60,
        "Walks the whole log once a day, and compares it with the live rows and with the heads kept outside.",
        sweep_steps.audit_log,
    ),
)
