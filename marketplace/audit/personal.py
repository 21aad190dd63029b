"""What is personal in the log: the words beside it; the events themselves hold nothing but ids."""

from marketplace.audit.models import (
    AuditAnchor,
    AuditCheckpoint,
    AuditEvent,
    AuditLeaf,
    AuditNode,
    AuditTimestamp,
    AuditWalk,
    AuditWords,
)
from marketplace.db.personal import Personal, impersonal, personal

personal(
    Personal(
        AuditWords,
        lambda person_id: AuditWords.person_ids.contains([person_id]),
        why="what was said of them or by them in reviews, disputes and decisions, so that it cannot be changed unseen",
        removed=True,
        codes=("place", "salt"),
        not_exported="the same words stand with what they are about; with their salts `/worker/v1/log/events` has them",
    )
)
impersonal("events name people by id; names and addresses stay out of them, words are commitments", AuditEvent)
impersonal(
    "digests and signatures of the log itself",
    AuditLeaf,
    AuditNode,
    AuditCheckpoint,
    AuditAnchor,
    AuditTimestamp,
    AuditWalk,
)
