"""What a bundle tells of its reader's own money beside the price chains: extras, installments, payouts, tax.

Only of what is owed to the reader, or what the reader paid beside the price: no policy of prices shows how much
somebody else is paid out, which counts the work of others and of other jobs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.payouts.models import Payout, PayoutLine, PayoutQuote
from marketplace.payouts.tax_models import Withholding
from marketplace.payouts.tax_queries import withheld_from
from marketplace.payouts.withholding import lines_of
from marketplace.settlement.extra_models import Extra, ExtraCharge, ExtraShare
from marketplace.settlement.extra_queries import extras_of_claims
from marketplace.settlement.models import Earning, EarningShare, Installment


@dataclass(slots=True)
class OwnMoney:
    """The members of the bundle, and what the events that prove them are about."""

    wire: dict[str, list[dict[str, Any]]]
    subjects: set[UUID] = field(default_factory=set)


def own_money(
    session: Session,
    actor: Actor,
    claim_ids: Collection[UUID],
    installment_ids: Iterable[UUID],
    answer_ids: Collection[UUID],
) -> OwnMoney:
    """The reader's extras, installments, payouts and taxes; `answer_ids` are those that the bundle tells of.

    `installment_ids` are the reader's own ones that pay for these answers, or of which the bundle is.
    """
    found = OwnMoney({})
    wanted = set(installment_ids)
    extras = _extras(session, actor, claim_ids, wanted)
    shares = list(session.scalars(select(ExtraShare).where(ExtraShare.extra_id.in_(extras)))) if _worker(actor) else []
    wanted |= {share.installment_id for share in shares}
    found.wire["extras"] = _extras_wire(session, extras, shares, wanted)
    found.subjects |= {*extras, *(share.journal_id for share in shares), *wanted}
    rows = list(session.scalars(select(Installment).where(Installment.id.in_(wanted)).order_by(Installment.id)))
    whole = _whole(session, wanted, answer_ids)
    found.wire["installments"] = [_installment(row, whole=row.id in whole) for row in rows]
    payouts = _payouts(session, [row for row in rows if row.payout_id is not None])
    found.wire["payouts"] = _payouts_wire(session, payouts)
    quotes = select(PayoutQuote.id).where(PayoutQuote.payout_id.in_([payout.id for payout in payouts]))
    taxed = select(Withholding).where(
        Withholding.payee_id.in_({payout.payee_id for payout in payouts if payout.withheld}),
        Withholding.state == "approved",
    )
    taxes = list(session.scalars(taxed.order_by(Withholding.id)))
    found.wire["withholdings"] = _withholdings(session, taxes)
    found.subjects |= {*(payout.id for payout in payouts), *session.scalars(quotes), *(row.id for row in taxes)}
    return found


def _worker(actor: Actor) -> bool:
    return actor.organization_id is None


def _extras(
    session: Session, actor: Actor, claim_ids: Collection[UUID], installment_ids: Collection[UUID]
) -> dict[UUID, Extra]:
    """Those for the claims told of that the reader gets or pays; a worker's that the installments pay, too."""
    found = {extra.id: extra for of in extras_of_claims(session, actor, claim_ids).values() for extra in of}
    if _worker(actor):
        paid = select(ExtraShare.extra_id).where(ExtraShare.installment_id.in_(installment_ids))
        own = select(Extra).where(Extra.id.in_(paid), Extra.worker_id == actor.person)
        found |= {extra.id: extra for extra in session.scalars(own)}
    return dict(sorted(found.items()))


def _extras_wire(
    session: Session, extras: Mapping[UUID, Extra], shares: Collection[ExtraShare], own: Collection[UUID]
) -> list[dict[str, Any]]:
    by_extra: dict[UUID, list[ExtraShare]] = defaultdict(list)
    for share in sorted(shares, key=lambda share: share.installment_id):
        by_extra[share.extra_id].append(share)
    taken: dict[UUID, list[ExtraCharge]] = defaultdict(list)
    charges = select(ExtraCharge).where(ExtraCharge.extra_id.in_(extras), ExtraCharge.installment_id.in_(own))
    for charge in session.scalars(charges.order_by(ExtraCharge.journal_id, ExtraCharge.installment_id)):
        if charge.extra_id is not None:
            taken[charge.extra_id].append(charge)
    return [
        {
            "id": public("extra", extra.id),
            "kind": extra.kind,
            "amount": extra.money.to_wire(),
            "shares": [_part(share.installment_id, share.amount, extra.currency) for share in by_extra[extra.id]],
            "taken": [_part(charge.installment_id, charge.amount, extra.currency) for charge in taken[extra.id]],
        }
        for extra in extras.values()
    ]


def _part(installment_id: UUID, amount: int, currency: str) -> dict[str, Any]:
    return {"installment": public("installment", installment_id), "amount": Money(amount, currency).to_wire()}


def _whole(session: Session, installment_ids: Collection[UUID], answer_ids: Collection[UUID]) -> set[UUID]:
    """The installments that pay for no other answers than those told of, and gave nothing to a quality claim."""
    others = (
        select(EarningShare.installment_id)
        .join(Earning, Earning.id == EarningShare.earning_id)
        .where(EarningShare.installment_id.in_(installment_ids), Earning.answer_id.not_in(answer_ids))
    )
    given = select(ExtraCharge.installment_id).where(
        ExtraCharge.installment_id.in_(installment_ids), ExtraCharge.extra_id.is_(None)
    )
    return set(installment_ids) - set(session.scalars(others.distinct())) - set(session.scalars(given))


def _installment(row: Installment, *, whole: bool) -> dict[str, Any]:
    return {
        "id": public("installment", row.id),
        "payee": row.payee_kind,
        "due_on": day(row.due_on),
        "amount": row.money.to_wire(),
        "state": row.state,
        "held_reason": row.held_reason if row.state == "held" else None,
        "advance_fee": row.fee.to_wire(),
        "whole": whole,
    }


def _payouts(session: Session, rows: Collection[Installment]) -> list[Payout]:
    """Those that pay the installments, and all of the same payee after the first of them: rests are carried along."""
    paying = list(session.scalars(select(Payout).where(Payout.id.in_({row.payout_id for row in rows}))))
    first: dict[tuple[UUID, str, UUID | None], UUID] = {}
    for payout in sorted(paying, key=lambda payout: payout.id):
        first.setdefault((payout.payee_id, payout.currency, payout.contract_id), payout.id)
    found: list[Payout] = []
    for (payee_id, currency, contract_id), begin in first.items():
        wanted = select(Payout).where(
            Payout.payee_id == payee_id,
            Payout.currency == currency,
            Payout.contract_id.is_not_distinct_from(contract_id),
            Payout.id >= begin,
        )
        found += session.scalars(wanted.order_by(Payout.id))
    return found


def _payouts_wire(session: Session, payouts: Collection[Payout]) -> list[dict[str, Any]]:
    ids = [payout.id for payout in payouts]
    lines: dict[UUID, list[PayoutLine]] = defaultdict(list)
    for line in session.scalars(
        select(PayoutLine).where(PayoutLine.payout_id.in_(ids)).order_by(PayoutLine.installment_id)
    ):
        lines[line.payout_id].append(line)
    taxes = withheld_from(session, ids)
    return [
        {
            "id": public("payout", payout.id),
            "of": None if payout.contract_id is None else public("contract", payout.contract_id),
            "state": payout.state,
            "lines": [_part(line.installment_id, line.amount, payout.currency) for line in lines[payout.id]],
            "advance_fee": payout.fee.to_wire(),
            "rest_before": _rest_before(session, payout).to_wire(),
            "carried_in": Money(payout.carried_in, payout.currency).to_wire(),
            "carried_out": Money(payout.carried_out, payout.currency).to_wire(),
            "amount": payout.money.to_wire(),
            "withheld": [
                {"authority": tax.authority, "rate_ppm": tax.rate_ppm, "amount": tax.money.to_wire()}
                for tax in taxes.get(payout.id, ())
            ],
            "paid": payout.paid.to_wire(),
        }
        for payout in payouts
    ]


def _rest_before(session: Session, payout: Payout) -> Money:
    """What the payee's earlier payouts left over that none of them took along."""
    left = session.scalar(
        select(func.coalesce(func.sum(Payout.carried_out - Payout.carried_in), 0)).where(
            Payout.payee_id == payout.payee_id,
            Payout.currency == payout.currency,
            Payout.contract_id.is_not_distinct_from(payout.contract_id),
            Payout.state.not_in(("cancelled", "returned")),
            Payout.id < payout.id,
        )
    )
    return Money(int(left or 0), payout.currency)


def _withholdings(session: Session, rows: Collection[Withholding]) -> list[dict[str, Any]]:
    """What was approved to be withheld from the reader, with the salts that open it."""
    lines = lines_of(session, [row.id for row in rows])
    return [
        {
            "id": public("withholding", row.id),
            "salt": bytes(row.salt).hex(),
            "lines": [{"authority": line.authority, "rate_ppm": line.rate_ppm} for line in lines[row.id]],
        }
        for row in rows
    ]
