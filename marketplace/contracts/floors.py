"""Pay floors: the client's price caps as one absolute amount per rate."""

from __future__ import annotations

from marketplace.jobs.models import Job, JobRate
from marketplace.kernel.money import PPM, Money


def pay_floor(job: Job, rate: JobRate) -> Money:
    """The least a worker may get per accepted answer of this rate.

    The larger of worker_pay_min and worker_share_min of the gross client price, the latter rounded
    up at ledger scale: rounding down would break the cap.
    """
    share = -(-rate.price_amount * (job.worker_share_min_ppm or 0) // PPM)
    return Money(max(share, rate.worker_pay_min_amount or 0), rate.currency)
