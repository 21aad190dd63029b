"""From any id or reference, an item's or a bank line's, to the payouts that its money is in."""

import datetime as dt
import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.db.sql import load
from marketplace.jobs.models import Item
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import PREFIXES, parse
from marketplace.kernel.money import Money
from marketplace.ledger.models import Journal
from marketplace.payouts.models import Payout, PayoutLine, PayoutRun
from marketplace.reconciliation.match_models import LineMatch, LineMatchPayout
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.trails.splitting import Split, split_of
from marketplace.settlement.models import Earning, EarningShare, Installment
from marketplace.work.models import Answer, Claim

_STATEMENTS = load(__file__, "finding.sql")

REFERENCE_MAX: Final = 140
"""Longest reference that is looked for; banks and rails have shorter ones."""
MOST: Final = 50
"""Most payouts and lines that one reference may name."""

_BOOKED: Final = ("done", "undo_asked")
"""States of a match whose journals stand."""

_ROWS: Final[dict[str, InstrumentedAttribute[uuid.UUID]]] = {
    "item": Item.id,
    "claim": Claim.id,
    "answer": Answer.id,
    "earning": Earning.id,
    "installment": Installment.id,
    "payout": Payout.id,
    "payout_run": PayoutRun.id,
    "external_line": ExternalLine.id,
    "journal": Journal.id,
}
_EARNED: Final = ("item", "claim", "answer", "earning")
"""What money is split from: it goes several ways."""
_NOUNS: Final = {PREFIXES[noun]: noun for noun in _ROWS}
_PUBLIC: Final = re.compile(r"([a-z]{3})_[0-9a-z]{26}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of the money is: a dated share of an earning, a line of a payout, or a payout whole.

    `money` is that part. Without `payout_id` it is in no payout, and `installment_state` says why.
    """

    money: Money
    payee_kind: str
    payee_id: uuid.UUID
    payout_id: uuid.UUID | None = None
    payout_state: str | None = None
    installment_id: uuid.UUID | None = None
    installment_state: str | None = None
    due_on: dt.date | None = None
    answer_id: uuid.UUID | None = None
    earning_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked for and where its money is; a `noun` of None is a reference of a rail or bank.

    `split` says of answers where their price goes.
    """

    noun: str | None
    subject_id: uuid.UUID | None
    places: Page[Place]
    split: Split | None = None

    @property
    def only_payout(self) -> uuid.UUID | None:
        """The one payout that it is all about; None where the money went, or goes, several ways."""
        payouts = {place.payout_id for place in self.places.data}
        if self.noun in (*_EARNED, "payout_run") or self.places.has_more:
            return None
        return next(iter(payouts)) if len(payouts) == 1 else None


def find(session: Session, actor: Actor, of: str, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT) -> Found:
    """What is meant by `of`: an id of ours, or a reference of a rail or bank, exactly as it is written there.

    Needs payout_run.read and reconciliation.read. Raises not_found, cursor_invalid.
    """
    actor.require("payout_run.read")
    actor.require("reconciliation.read")
    text = of.strip()
    shape = _PUBLIC.fullmatch(text)
    noun = _NOUNS.get(shape[1]) if shape else None
    if noun is None:
        return Found(None, None, _payouts(session, _named(session, text), cursor, limit))
    subject_id = parse(noun, text)
    places = _places(session, noun, subject_id, cursor, limit)
    split = split_of(session, _answers(noun, subject_id)) if noun in _EARNED else None
    return Found(noun, subject_id, places, split)


def _places(session: Session, noun: str, subject_id: uuid.UUID, cursor: str | None, limit: int) -> Page[Place]:
    known = _ROWS[noun]
    if session.scalar(select(known).where(known == subject_id)) is None:
        raise NOT_FOUND.error(f"There is no {noun.replace('_', ' ')} with this id.", noun=noun)
    if noun == "installment":
        return _of_installment(session, session.get_one(Installment, subject_id), cursor, limit)
    if noun in _EARNED:
        which = Earning.id == subject_id if noun == "earning" else Earning.answer_id.in_(_answers(noun, subject_id))
        return _shares(session, which, cursor, limit)
    return _payouts(session, _paid(session, noun, subject_id), cursor, limit)


def _answers(noun: str, subject_id: uuid.UUID) -> Select[uuid.UUID]:
    """The answers of an item or claim, one answer, or that of an earning."""
    match noun:
        case "item":
            return select(Answer.id).where(Answer.item_id == subject_id)
        case "claim":
            return select(Answer.id).where(Answer.claim_id == subject_id)
        case "earning":
            return select(Answer.id).where(Answer.id.in_(select(Earning.answer_id).where(Earning.id == subject_id)))
    return select(Answer.id).where(Answer.id == subject_id)


def _paid(session: Session, noun: str, subject_id: uuid.UUID) -> ColumnElement[bool]:
    """Over Payout: what a payout, run, line or journal is about."""
    match noun:
        case "payout_run":
            return Payout.run_id == subject_id
        case "external_line":
            rows = session.execute(_STATEMENTS.by_line, {"id": subject_id, "most": MOST})
            return _these([row.payout_id for row in rows if row.payout_id], [subject_id])
        case "journal":
            of = select(Journal.subject_id).where(Journal.id == subject_id, Journal.subject_noun == "payout")
            return Payout.id.in_(of)
    return Payout.id == subject_id


def _named(session: Session, text: str) -> ColumnElement[bool]:
    rows: list[Row[Any]] = []
    if 0 < len(text) <= REFERENCE_MAX and "\x00" not in text:
        rows = list(session.execute(_STATEMENTS.by_reference, {"text": text, "most": MOST}))
    if not rows:
        raise NOT_FOUND.error("Nothing here has this id or reference.", noun="payout")
    return _these([row.payout_id for row in rows if row.payout_id], [row.line_id for row in rows if row.line_id])


def _these(payout_ids: Collection[uuid.UUID], line_ids: Collection[uuid.UUID]) -> ColumnElement[bool]:
    """Over Payout: these, and all that these lines were taken for without a reference, which may be thousands."""
    taken = (
        select(LineMatchPayout.payout_id)
        .join(LineMatch, LineMatch.id == LineMatchPayout.match_id)
        .where(LineMatch.line_id.in_(line_ids), LineMatch.state.in_(_BOOKED))
    )
    return Payout.id.in_(select(Payout.id).where(Payout.id.in_(payout_ids)).union(taken))


def _shares(session: Session, which: ColumnElement[bool], cursor: str | None, limit: int) -> Page[Place]:
    """The dated shares of earnings, with the installment that pays each and the payout that this is in."""
    wanted = (
        select(EarningShare, Earning, Installment, Payout.state)
        .join(Earning, Earning.id == EarningShare.earning_id)
        .join(Installment, Installment.id == EarningShare.installment_id)
        .outerjoin(Payout, Payout.id == Installment.payout_id)
        .where(which)
    )
    keys = [EarningShare.earning_id, EarningShare.installment_id]
    page = paginate(session, wanted, keys=keys, cursor=cursor, limit=limit)
    return Page([_share(*row) for row in page.data], page.next_cursor)


def _share(share: EarningShare, earning: Earning, installment: Installment, payout_state: str | None) -> Place:
    return Place(
        Money(share.amount, earning.currency),
        installment.payee_kind,
        installment.payee_id,
        installment.payout_id,
        payout_state,
        installment.id,
        installment.state,
        installment.due_on,
        earning.answer_id,
        earning.id,
    )


def _of_installment(session: Session, one: Installment, cursor: str | None, limit: int) -> Page[Place]:
    """The payouts that took the installment, one after the other; or only that it waits for one."""
    wanted = (
        select(PayoutLine.amount, Payout.id, Payout.state)
        .join(Payout, Payout.id == PayoutLine.payout_id)
        .where(PayoutLine.installment_id == one.id)
    )
    page = paginate(session, wanted, keys=[PayoutLine.payout_id], cursor=cursor, limit=limit)
    taken = [*page.data, *([] if one.payout_id is not None else [(one.amount, None, None)])]
    places = [
        Place(
            Money(amount, one.currency),
            one.payee_kind,
            one.payee_id,
            payout_id,
            payout_state=state,
            installment_id=one.id,
            installment_state=one.state,
            due_on=one.due_on,
        )
        for amount, payout_id, state in taken
    ]
    return Page(places, page.next_cursor)


def _payouts(session: Session, which: ColumnElement[bool], cursor: str | None, limit: int) -> Page[Place]:
    page = paginate(session, select(Payout).where(which), keys=[Payout.id], cursor=cursor, limit=limit)
    places = [Place(one.money, one.payee_kind, one.payee_id, one.id, one.state) for one in page.data]
    return Page(places, page.next_cursor)
