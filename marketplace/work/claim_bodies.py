"""What the audit log says of claims."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.work.models import Claim

if TYPE_CHECKING:
    from marketplace.work.claiming import Claimed


def created_body(claim: Claimed | Claim, worker_id: uuid.UUID, lease_seconds: int) -> dict[str, Any]:
    """What the audit log says of a claim when it is made; the lease as its batch gives it to everybody.

    Who is paid follows from the claim's worker, who therefore stands in it and is recomputed too.
    """
    lease_until = claim.claimed_at + dt.timedelta(seconds=lease_seconds)
    return {
        "worker": public("person", worker_id),
        "task": public("task", claim.task_id),
        "batch": public("batch", claim.batch_id),
        "job": public("job", claim.job_id),
        "item_count": claim.item_count,
        "price_chain": str(claim.price_chain_id),
        "guideline_version": claim.guideline_version,
        "terms_hash": claim.terms_hash.hex(),
        "lease_until": instant(lease_until),
    }
