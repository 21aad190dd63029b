"""Names for workers under which clients and layers know them."""

import base64
import hashlib
import hmac
from uuid import UUID


def pseudonym(secret: bytes, job_id: UUID, worker_id: UUID) -> str:
    """A name for a worker that is the same within the job, and tells nothing across jobs."""
    digest = hmac.new(secret, b"worker of a job\n" + job_id.bytes + worker_id.bytes, hashlib.sha256).digest()
    return "worker-" + base64.b32encode(digest)[:16].decode().lower()
