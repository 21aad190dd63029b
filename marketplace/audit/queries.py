"""Reading the log: events by who may see them, checkpoints, and proofs."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, false, func, or_, select, text, true
from sqlalchemy.orm import Session

from marketplace.audit.errors import CHECKPOINT_UNKNOWN, EVENT_NOT_SEALED, LOG_INCONSISTENT
from marketplace.audit.merkle import consistency_ranges, inclusion_ranges, prove
from marketplace.audit.models import AuditCheckpoint, AuditEvent, AuditLeaf, AuditReader
from marketplace.audit.sealing import Checkpoint
from marketplace.audit.tree import TreeDamagedError, stored_nodes
from marketplace.audit.words import Words, words_of
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND

READ_ALL = "audit.read"
"""Who holds this permission reads every event; others read those written for them or their organization."""


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """An event and its place in the tree; `body` are its canonical bytes, `words` what was said in it."""

    leaf_number: int
    event: AuditEvent
    words: Sequence[Words] = ()

    @property
    def body(self) -> bytes:
        """The canonical bytes the tree commits to."""
        return bytes(self.event.body)


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Shows that an event is leaf `leaf_number` of the tree under `checkpoint` (RFC 6962 section 2.1.1)."""

    event_id: uuid.UUID
    leaf_number: int
    leaf_hash: bytes
    hashes: Sequence[bytes]
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """Shows that the tree under `first` is a prefix of the tree under `second` (RFC 6962 section 2.1.2)."""

    first: Checkpoint
    second: Checkpoint
    hashes: Sequence[bytes]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `AuditEvent` under which the actor may read an event, sealed or not."""
    if actor.may(READ_ALL):
        return true()
    allowed: list[ColumnElement[bool]] = []
    if actor.organization_id is not None:
        allowed.append(AuditEvent.organization_ids.contains([actor.organization_id]))
    if actor.person_id is not None:
        allowed.append(AuditEvent.person_ids.contains([actor.person_id]))
    return or_(false(), *allowed)


def _sealed() -> Select[AuditEvent, int]:
    return select(AuditEvent, AuditLeaf.number).join(AuditLeaf, AuditLeaf.event_id == AuditEvent.id)


def events(
    session: Session,
    actor: Actor,
    *,
    subject_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[SealedEvent]:
    """A page of the sealed events the actor may read, newest leaf first; of one subject if given."""
    statement = _sealed()
    if not actor.may(READ_ALL):
        readers = [identifier for identifier in (actor.organization_id, actor.person_id) if identifier]
        leaves = select(AuditReader.leaf_number).where(AuditReader.reader_id.in_(readers))
        statement = statement.where(AuditLeaf.number.in_(leaves))
    if subject_id is not None:
        statement = statement.where(AuditEvent.subject_id == subject_id)
    page = paginate(session, statement, keys=[AuditLeaf.number], cursor=cursor, limit=limit, descending=True)
    words = words_of(session, [event.id for event, _ in page.data])
    told = [SealedEvent(number, event, list(words.get(event.id, {}).values())) for event, number in page.data]
    return Page(told, page.next_cursor)


def history(session: Session, actor: Actor, subject_id: uuid.UUID, *, limit: int = 200) -> list[AuditEvent]:
    """The newest events of one subject the actor may read, newest first, sealed or not."""
    statement = (
        select(AuditEvent)
        .where(AuditEvent.subject_id == subject_id, visible_to(actor))
        .order_by(AuditEvent.recorded_at.desc(), AuditEvent.id.desc())
        .limit(limit)
    )
    return list(session.scalars(statement))


def sealed_after(session: Session, leaf_number: int, *, limit: int) -> list[SealedEvent]:
    """The next sealed events after a leaf, in leaf order, whoever may read them: the outbox of notifications.

    Begin with -1. What is once returned never changes and nothing ever appears before it.
    """
    rows = session.execute(_sealed().where(AuditLeaf.number > leaf_number).order_by(AuditLeaf.number).limit(limit))
    return [SealedEvent(number, event) for event, number in rows]


def event(session: Session, actor: Actor, event_id: uuid.UUID) -> AuditEvent:
    """One event; raises not_found when there is none or the actor may not read it."""
    found = session.scalars(select(AuditEvent).where(AuditEvent.id == event_id, visible_to(actor))).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no event with this id.")
    return found


def latest_checkpoint(session: Session) -> Checkpoint | None:
    """The newest signed head, None before the first sealing."""
    return checkpoint_by(session, None)


def checkpoint_by(session: Session, moment: dt.datetime | None) -> Checkpoint | None:
    """The newest head that was signed by a real moment, or of all if None; None where there is none."""
    wanted = select(AuditCheckpoint).order_by(AuditCheckpoint.tree_size.desc()).limit(1)
    if moment is not None:
        wanted = wanted.where(AuditCheckpoint.sealed_at <= moment)
    row = session.scalars(wanted).one_or_none()
    return None if row is None else _checkpoint(row)


def checkpoint(session: Session, tree_size: int) -> Checkpoint:
    """The signed head of that size; raises checkpoint_unknown."""
    row = session.get(AuditCheckpoint, tree_size)
    if row is None:
        raise CHECKPOINT_UNKNOWN.error(f"The log has signed no head of {tree_size} leaves.")
    return _checkpoint(row)


def checkpoints(session: Session, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT) -> Page[Checkpoint]:
    """A page of the signed heads, the newest first."""
    keys = [AuditCheckpoint.tree_size]
    page = paginate(session, select(AuditCheckpoint), keys=keys, cursor=cursor, limit=limit, descending=True)
    return Page([_checkpoint(row) for row in page.data], page.next_cursor)


def _checkpoint(row: AuditCheckpoint) -> Checkpoint:
    return Checkpoint(row.tree_size, bytes(row.root_hash), row.note, row.sealed_at)


def inclusion_proof(session: Session, event_id: uuid.UUID, *, tree_size: int | None = None) -> InclusionProof:
    """Prove an event's place under the newest head, or under that of `tree_size`.

    The caller has asked `event` first whether the actor may read it. Raises event_not_sealed, checkpoint_unknown,
    log_inconsistent.
    """
    leaf = session.scalars(select(AuditLeaf).where(AuditLeaf.event_id == event_id)).one_or_none()
    head = latest_checkpoint(session) if tree_size is None else checkpoint(session, tree_size)
    if leaf is None or head is None or leaf.number >= head.tree_size:
        raise EVENT_NOT_SEALED.error("The event is not in this tree yet.")
    try:
        hashes = prove(inclusion_ranges(leaf.number, head.tree_size), lambda wanted: stored_nodes(session, wanted))
    except TreeDamagedError as error:
        raise LOG_INCONSISTENT.error(f"No proof can be made: {error}.") from error
    return InclusionProof(event_id, leaf.number, bytes(leaf.hash), hashes, head)


def inclusion_proofs(session: Session, numbers: Sequence[int], tree_size: int) -> dict[int, list[bytes]]:
    """The proofs of many leaves under the head of that size, by leaf number; one query for all of them.

    Raises log_inconsistent.
    """
    spans = {number: inclusion_ranges(number, tree_size) for number in numbers}
    wanted = {span for of_leaf in spans.values() for span in of_leaf}
    ordered = sorted(wanted)
    try:
        hashes = dict(zip(ordered, prove(ordered, lambda nodes: stored_nodes(session, set(nodes))), strict=True))
    except TreeDamagedError as error:
        raise LOG_INCONSISTENT.error(f"No proof can be made: {error}.") from error
    return {number: [hashes[span] for span in of_leaf] for number, of_leaf in spans.items()}


def consistency_proof(session: Session, first: int, second: int) -> ConsistencyProof:
    """Prove that the signed head of size `first` is a prefix of that of size `second`.

    Raises checkpoint_unknown for a size never signed or for sizes in the wrong order, log_inconsistent.
    """
    if first > second:
        raise CHECKPOINT_UNKNOWN.error("The first head may not be larger than the second.")
    heads = checkpoint(session, first), checkpoint(session, second)
    try:
        hashes = prove(consistency_ranges(first, second), lambda wanted: stored_nodes(session, wanted))
    except TreeDamagedError as error:
        raise LOG_INCONSISTENT.error(f"No proof can be made: {error}.") from error
    return ConsistencyProof(*heads, hashes)


def pending_count(session: Session) -> int:
    """How many events wait to be sealed."""
    return int(session.execute(text("SELECT count(*) FROM audit_pending")).scalar_one())


def pending_age_seconds(session: Session) -> int:
    """Real seconds the oldest event has waited to be sealed, 0 when none waits; promised to stay below 60."""
    age = func.extract("epoch", func.statement_timestamp() - func.min(text("recorded_at")))
    return int(session.execute(select(func.coalesce(age, 0)).select_from(text("audit_pending"))).scalar_one())
