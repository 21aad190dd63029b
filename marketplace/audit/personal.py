"""What is personal in the log: nothing but ids."""

from marketplace.audit.models import AuditAnchor, AuditCheckpoint, AuditEvent, AuditLeaf, AuditNode, AuditWalk
from marketplace.db.personal import impersonal

impersonal("events name people by id; names and addresses stay out of them, words are digests", AuditEvent)
impersonal("digests and signatures of the log itself", AuditLeaf, AuditNode, AuditCheckpoint, AuditAnchor, AuditWalk)
