"""What a claim costs the database as the backlog grows.

Processor time of the database's own process for the connection, from the kernel's account (Linux): the clock on the
wall would measure what else the machine does, and the disk. The least of many blocks, for the same reason.
"""

import uuid
from pathlib import Path

from tests.benchmarks import statements
from tests.benchmarks.market import Backlog

BLOCKS, CLAIMS_A_BLOCK = 15, 20


def claim_microseconds(url: str, worker: str, backlog: Backlog) -> float | None:
    """Processor time of one claim with its event and commit, in microseconds; None where the kernel does not tell."""
    worker_id, batch_id = uuid.UUID(worker), uuid.UUID(backlog.identifiers[0])
    blocks = min(BLOCKS, backlog.rooms[0] // CLAIMS_A_BLOCK)
    costs = []
    with statements.connect(url) as connection:
        account = Path(f"/proc/{connection.info.backend_pid}/schedstat")
        if not account.exists():
            return None
        for _ in range(blocks):
            spent = 0
            for _ in range(CLAIMS_A_BLOCK):
                before = _nanoseconds(account)
                found = statements.claim(connection, worker_id, batch_id)
                spent += _nanoseconds(account) - before
                assert found is not None, "there is room in the batch"
                statements.submit(connection, worker_id, found[0])
            costs.append(spent / CLAIMS_A_BLOCK / 1000)
    backlog.use(blocks * CLAIMS_A_BLOCK)
    return round(min(costs), 1) if costs else None


def _nanoseconds(account: Path) -> int:
    return int(account.read_text().split()[0])
