"""What rule 12 leaves to prove in the rows: who is told of a price by the log knows it (I18).

What pages, APIs, files and webhooks show of it is held by the tests in `tests/provenance`, which read all of them as
everybody there is.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse, public
from marketplace.ledger.checking import FINDINGS_MAX, Finding, check

BETWEEN_TWO: Final = (
    "amendment.accepted",
    "amendment.declined",
    "amendment.expired",
    "amendment.proposed",
    "amendment.withdrawn",
    "contract.accepted",
    "contract.offered",
)
"""They name prices, and the buyer and the seller to whom alone these are known."""
OF_WORKERS: Final = ("tasks.notice_given", "tasks.opened")
"""They name what a worker is paid, which is known to who opened the tasks."""
OF_EVERYBODY: Final = ("journal.posted", "payout_run.prepared", "period.closed")
"""They name amounts of everybody, and are told to nobody."""

_STATEMENTS = load(__file__, "checks.sql")


@check("I18", "a reader sees only the prices rule 12 gives them: the log tells a price to nobody who does not know it")
def prices_are_told_to_who_knows_them(session: Session) -> Iterator[Finding]:
    """Events that name a price and are addressed to others than its parties, or can be read beyond their address."""
    for row in session.execute(_STATEMENTS.named_parties, {"kinds": list(BETWEEN_TWO)}):
        data = json.loads(row.body)["data"]
        if set(row.readers) - {_organization(data["buyer"]), _organization(data["seller"])}:
            yield _finding(row.id, row.kind, "the buyer and the seller")
    for name, kinds, known in (
        ("pay_told", OF_WORKERS, "who sells under the contract"),
        ("payee_told", None, "the payee"),
        ("anybody_told", OF_EVERYBODY, "nobody"),
        ("read_beyond", None, "whom it is addressed to"),
    ):
        values = {"most": FINDINGS_MAX} | ({} if kinds is None else {"kinds": list(kinds)})
        for row in session.execute(getattr(_STATEMENTS, name), values):
            yield _finding(row.id, row.kind, known)


@check("M1", "the margins summed by day are those of the earnings, to the last digit")
def sums_are_the_earnings(session: Session) -> Iterator[Finding]:
    """Days, contracts and rates of which the sums and the earnings differ."""
    for row in session.execute(_STATEMENTS.summed_otherwise, {"most": FINDINGS_MAX}):
        summed = f"{row.summed} of {row.summed_answers} answers"
        yield Finding(
            public("contract", row.contract_id),
            f"{row.rate_code} on {row.accepted_on}: {summed} summed, {row.earned} of {row.earned_answers} earned",
        )


def _organization(text: object) -> uuid.UUID | None:
    try:
        return parse("organization", text)
    except DomainError:
        return None


def _finding(event_id: uuid.UUID, kind: str, known: str) -> Finding:
    return Finding(public("event", event_id), f"a {kind} is told to others than {known}")
