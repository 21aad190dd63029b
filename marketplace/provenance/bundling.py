"""Bundles: what one reader may know of answers and their prices, with all that proves it offline.

`marketplace/audit/offline.py` reads what is made here, on a machine that has never seen the project. A bundle holds
sealed events as the tree commits to them, proofs of their places under one checkpoint, the lines of price chains that
the reader may see (rule 12) with the salts that open them, and the dated shares of the reader's own part. It is signed
as a whole with the log's key: what was told cannot be taken back.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent, AuditLeaf
from marketplace.audit.notes import Signer, sign_note
from marketplace.audit.queries import inclusion_proofs, latest_checkpoint
from marketplace.contracts import commitments
from marketplace.contracts.chain import Chain
from marketplace.contracts.models import PriceChain
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes, day
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.texts import say
from marketplace.provenance.bundle_log import changes_of_key, grown_since, in_log, time_stamp
from marketplace.provenance.bundle_money import own_money
from marketplace.provenance.bundle_scopes import Chosen, has_part
from marketplace.provenance.chains import readings
from marketplace.provenance.policy import Reader, ReaderKind, knows_pay, sees_everything, sees_line
from marketplace.settlement.models import Earning, EarningShare, Installment
from marketplace.work.models import Answer, Claim

FORMAT: Final = "piecework-bundle.v1"
MEDIA_TYPE: Final = "application/vnd.piecework.bundle"
"""Not JSON by name, though JSON inside: what is checked are the bytes, which no program should parse and write anew."""
_ABOUT: Final = (
    "claim.created", "price_chain.frozen", "earnings.booked", "earnings.booked_together", "installment.due",
    "installment.advanced", "installment.held", "installment.released", "extra.booked", "extra.paid", "payout.quoted",
    "payout.settled", "payout.unconfirmed", "payout.change_settled", "payout.returned", "withholding.approved",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """An answer of the bundle, in which place its reader stands, and what they see of its prices."""

    answer: Answer
    chain: Chain
    place: ReaderKind
    reader: Reader


def make_bundle(session: Session, actor: Actor, signer: Signer, chosen: Chosen, since: int | None = None) -> bytes:
    """The bundle of those of the answers that the actor has a part in: canonical JSON and a newline.

    It tells of their prices as far as the actor may see them, and of the actor's own money whatever pays for it.

    With `since` it proves that the log has only grown since the checkpoint of so many leaves. Raises forbidden,
    not_found where the actor has a part in none and before the first checkpoint, checkpoint_unknown.
    """
    actor.require("price_chain.read" if actor.organization_id is not None else "price_chain.read.own")
    told = _told(session, actor, chosen.answer_ids)
    if not told and not chosen.installment_ids:
        raise NOT_FOUND.error(say("There is no answer here that you have a part in."), noun="answer")
    head = latest_checkpoint(session)
    if head is None:
        raise NOT_FOUND.error(say("Nothing has been sealed yet; ask again in a minute."), noun="checkpoint")
    shares = _shares(session, actor, told)
    answers = [_answer(one, shares[one.answer.id]) for one in told]
    own = own_money(
        session,
        actor,
        {one.answer.claim_id for one in told},
        {*chosen.installment_ids, *(share.installment_id for of in shares.values() for share in of if share.own)},
        [one.answer.id for one in told],
    )
    subjects = _subjects(told, shares) | own.subjects
    sealed, waiting = _events(session, subjects, head.tree_size)
    rotations = changes_of_key(session, head.tree_size)
    proofs = inclusion_proofs(session, [number for number, _ in (*rotations, *sealed)], head.tree_size)
    content: dict[str, Any] = {
        "format": FORMAT,
        "log": {
            "key": signer.verifier.to_text(),
            "checkpoint": head.note,
            "rotations": [in_log(event, number, proofs[number]) for number, event in rotations],
        },
        "stamp": time_stamp(session, max([-1, *(number for number, _ in sealed)]) + 1, head.tree_size),
        "older": None if since is None else grown_since(session, since, head.tree_size),
        "answers": answers,
        **own.wire,
        "booked": _booked_together(session, [event for _, event in sealed]),
        "events": [in_log(event, number, proofs[number]) for number, event in sealed],
        "openings": _openings(session, told),
        "waiting": [public("event", event.id) for event in waiting],
    }
    digest = hashlib.sha256(canonical_bytes(content)).hexdigest()
    content["note"] = sign_note(f"{FORMAT}\n{digest}\n", signer)
    return canonical_bytes(content) + b"\n"


def _told(session: Session, actor: Actor, answer_ids: Sequence[UUID]) -> list[_Told]:
    own = (
        select(Answer.id)
        .join(Claim, Claim.id == Answer.claim_id)
        .join(Job, Job.id == Answer.job_id)
        .where(Answer.id.in_(answer_ids), has_part(session, actor))
    )
    found = []
    for one in readings(session, actor, session.scalars(own).all()):
        everything = sees_everything(one.job.price_visibility, one.reader)
        seen = Reader(ReaderKind.EVERYTHING) if everything else one.reader
        found.append(_Told(one.answer, one.chain, one.reader.kind, seen))
    return found


@dataclass(frozen=True, slots=True)
class _Share:
    part: str
    journal_id: UUID
    installment_id: UUID
    payout_id: UUID | None
    own: bool
    wire: dict[str, Any]


def _shares(session: Session, actor: Actor, told: Sequence[_Told]) -> dict[UUID, list[_Share]]:
    """The dated shares of the parts that the reader may see, by answer, in the order of their days."""
    of = {one.answer.id: one for one in told}
    rows = session.execute(
        select(Earning, EarningShare.amount, Installment)
        .join(EarningShare, EarningShare.earning_id == Earning.id)
        .join(Installment, Installment.id == EarningShare.installment_id)
        .where(Earning.answer_id.in_(of))
        .order_by(Earning.answer_id, Installment.due_on, Installment.id)
    )
    found: dict[UUID, list[_Share]] = defaultdict(list)
    for earning, amount, installment in rows:
        one = of[earning.answer_id]
        part = _part_of(one, earning)
        own = earning.payee_id == (actor.organization_id or actor.person_id)
        named = own or one.place is ReaderKind.EVERYTHING
        wire = {
            # To others it would tell which answers are of one worker.
            "installment": public("installment", installment.id) if named else None,
            "due_on": day(installment.due_on),
            "amount": Money(amount, earning.currency).to_wire(),
        }
        shown = part in _visible_parts(one)
        payout_id = installment.payout_id if named else None
        found[earning.answer_id].append(
            _Share(part if shown else "", earning.journal_id, installment.id, payout_id, own, wire)
        )
    return found


def _part_of(one: _Told, earning: Earning) -> str:
    if earning.payee_kind == "worker":
        return commitments.PAY
    return next(f"layer {line.layer}" for line in one.chain.lines if line.contract_id == earning.contract_id)


def _visible_parts(one: _Told) -> set[str]:
    """Whose dates and payouts the reader may see: their own, or everybody's where all prices are shown.

    A layer that opened the task knows the pay, and not when its worker is paid.
    """
    if one.reader.kind is ReaderKind.EVERYTHING:
        return set(commitments.PARTS)
    if one.reader.kind is ReaderKind.WORKER:
        return {commitments.PAY}
    return {f"layer {line.layer}" for line in one.chain.lines if sees_line(line, one.reader)}


def _knows_worker(one: _Told) -> bool:
    """Whether the claim's event, which names the worker, is the reader's to see: the worker's and the platform's."""
    return one.place in {ReaderKind.WORKER, ReaderKind.EVERYTHING}


def _answer(one: _Told, shares: Sequence[_Share]) -> dict[str, Any]:
    by_part: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for share in shares:
        if share.part:
            by_part[share.part].append(share.wire)
    return {
        "id": public("answer", one.answer.id),
        "claim": public("claim", one.answer.claim_id) if _knows_worker(one) else None,
        "chain": public("price_chain", one.answer.price_chain_id),
        "state": one.answer.state,
        "journal": public("journal", shares[0].journal_id) if shares else None,
        "shares": dict(by_part),
    }


def _openings(session: Session, told: Sequence[_Told]) -> list[dict[str, Any]]:
    """The lines of the chains that the reader may see, with their salts."""
    secrets = dict(
        session.execute(
            select(PriceChain.id, PriceChain.salt).where(PriceChain.id.in_({one.answer.price_chain_id for one in told}))
        ).all()
    )
    opened: dict[tuple[UUID, str], dict[str, Any]] = {}
    for one in told:
        chain_id = one.answer.price_chain_id
        secret, lines = bytes(secrets[chain_id]), commitments.lines(one.chain, chain_id)
        for part in _known_parts(one):
            opened[chain_id, part] = {
                "chain": public("price_chain", chain_id),
                "part": part,
                "salt": commitments.salt_of(secret, part).hex(),
                "line": lines[part],
            }
    return [opened[key] for key in sorted(opened, key=lambda key: (key[0], commitments.PARTS.index(key[1])))]


def _known_parts(one: _Told) -> set[str]:
    if one.reader.kind is ReaderKind.EVERYTHING:
        return set(commitments.PARTS)
    own = {f"layer {line.layer}" for line in one.chain.lines if sees_line(line, one.reader)}
    pay = {commitments.PAY} if knows_pay(one.chain, one.reader) else set()
    return {commitments.TERMS, *own, *pay}


def _subjects(told: Sequence[_Told], shares: dict[UUID, list[_Share]]) -> set[UUID]:
    """What the events of the bundle are about: claims, chains, bookings, and the reader's installments and payouts."""
    all_shares = [share for of in shares.values() for share in of]
    return {
        *(one.answer.claim_id for one in told if _knows_worker(one)),
        *(one.answer.price_chain_id for one in told),
        *(share.journal_id for share in all_shares),
        *(share.installment_id for share in all_shares if share.wire["installment"] is not None),
        *(share.payout_id for share in all_shares if share.payout_id is not None),
    }


def _events(
    session: Session, subjects: set[UUID], tree_size: int
) -> tuple[list[tuple[int, AuditEvent]], list[AuditEvent]]:
    """The events about these, with their leaves in order; and those that are not under the checkpoint yet."""
    about = (AuditEvent.subject_id.in_(subjects), AuditEvent.kind.in_(_ABOUT))
    leaves = select(AuditLeaf.number, AuditEvent).join(AuditEvent, AuditEvent.id == AuditLeaf.event_id)
    rows = session.execute(leaves.where(*about, AuditLeaf.number < tree_size).order_by(AuditLeaf.number))
    sealed = [(number, event) for number, event in rows]
    known = {event.id for _, event in sealed}
    events = session.scalars(select(AuditEvent).where(*about).order_by(AuditEvent.id))
    return sealed, [event for event in events if event.id not in known]


def _booked_together(session: Session, events: Sequence[AuditEvent]) -> dict[str, list[str]]:
    """For each booking of many claims the ids of all its answers, as hex: the log holds their digest."""
    journals = [event.subject_id for event in events if event.kind == "earnings.booked_together"]
    found: dict[str, list[str]] = {public("journal", journal_id): [] for journal_id in journals}
    rows = session.execute(
        select(Earning.journal_id, Earning.answer_id).where(Earning.journal_id.in_(journals)).distinct()
    )
    for journal_id, answer_id in rows:
        found[public("journal", journal_id)].append(answer_id.hex)
    return {journal: sorted(ids) for journal, ids in found.items()}
