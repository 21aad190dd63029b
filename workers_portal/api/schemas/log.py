"""The sealed log on the wire, for a worker: events that concern one, proofs, receipts."""

from typing import Annotated, TypedDict

from workers_portal.api.describing import Says, an_id
from workers_portal.api.schemas.statements import StatementQuery
from workers_portal.api.schemas.values import Instant, ListQuery

_HASH = Says(pattern="^[0-9a-f]{64}$")
_SIZE = Says(minimum=1, maximum=10**18)


class LogWordsWire(TypedDict):
    """What somebody wrote, and what opens the commitment to it; it is gone once a person concerned is erased."""

    place: Annotated[
        str, "JSON pointer of the commitment in the event's `data`.", Says(example="/answers/0/comment_commitment")
    ]
    salt: Annotated[str, _HASH]
    text: str


class LogEventWire(TypedDict):
    """A sealed event: its place in the log and the text the tree commits to."""

    id: Annotated[str, an_id("event")]
    leaf_number: int
    kind: Annotated[str, Says(example="claim.accepted")]
    at: Annotated[Instant, "Market time."]
    recorded_at: Annotated[Instant, "Real time."]
    body: Annotated[str, "The RFC 8785 bytes as text, exactly as they were hashed."]
    words: list[LogWordsWire]


class LogEventsQuery(ListQuery, total=False):
    """Of what, and which page."""

    subject: Annotated[str, "The public id of what it is about.", Says(minLength=1, example="clm_…")]


class CheckpointWire(TypedDict):
    """A signed head of the log."""

    tree_size: int
    root_hash: Annotated[str, _HASH]
    sealed_at: Annotated[Instant, "Real time."]
    note: Annotated[str, "A C2SP signed note (Ed25519) over size and root."]


class InclusionProofWire(TypedDict):
    """Shows that the event is leaf `leaf_number` of the tree under the checkpoint (RFC 6962, 2.1.1)."""

    event_id: Annotated[str, an_id("event")]
    leaf_number: int
    leaf_hash: Annotated[str, _HASH]
    hashes: list[Annotated[str, _HASH]]
    checkpoint: CheckpointWire


class ReceiptWire(TypedDict):
    """The signed promise that an event will be in the log by then."""

    event_id: Annotated[str, an_id("event")]
    leaf_hash: Annotated[str, _HASH]
    issued_at: Annotated[Instant, "Real time."]
    included_by: Annotated[Instant, "Real time; a minute later."]
    note: Annotated[str, "A C2SP signed note (Ed25519) over all of this: keep it."]


class ReceiptsWire(TypedDict):
    """The receipts of the newest events of one subject that concern one, the newest first; at most 20."""

    data: list[ReceiptWire]


class ReceiptsQuery(TypedDict):
    """What the events are about."""

    subject: Annotated[
        str, "The public id of what you changed: a claim, an installment.", Says(minLength=1, example="clm_…")
    ]


class BundleQuery(TypedDict, total=False):
    """From where on a bundle proves that the log has only grown."""

    since: Annotated[int, "Leaves of a checkpoint that you kept.", _SIZE]


class BundlesQuery(BundleQuery, total=False):
    """The same, and which part of a bundle of many answers."""

    after: Annotated[str, "Where the last one ended; `Link` names the next.", an_id("answer")]


class MonthBundleQuery(StatementQuery, BundlesQuery, total=False):
    """The same for a month."""
