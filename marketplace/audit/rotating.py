"""Changing the log's key: the old key's last head covers a statement that both keys signed."""

from sqlalchemy.orm import Session

from marketplace.audit.keychain import state_rotation
from marketplace.audit.log_events import LOG_ID, LOG_KEY_ROTATED
from marketplace.audit.notes import NoteError, Signer
from marketplace.audit.recording import record
from marketplace.audit.sealing import Checkpoint, grow, lock_tree, take_one
from marketplace.kernel.actor import Actor


def rotate(session: Session, actor: Actor, old: Signer, new: Signer) -> Checkpoint:
    """Record that `new` signs from here on, and seal that with `old`, under a head of its own.

    From the commit on heads by the old key are refused, here and by whoever verifies; so the new key must lie where it
    cannot be lost before. Raises log_inconsistent as `seal` does, NoteError for a key that is the same or of another
    log.
    """
    if old.name != new.name or old.verifier.to_text() == new.verifier.to_text():
        raise NoteError("another key of the same log is needed")
    frontier = lock_tree(session, old)
    event_id = record(
        session,
        LOG_KEY_ROTATED,
        actor,
        subject=("log", LOG_ID),
        body={"statement": state_rotation(old, new, frontier.size + 1)},
    )
    return grow(session, old, frontier, take_one(session, event_id))
