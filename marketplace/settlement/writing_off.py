"""Giving up what a layer owes: to the guarantee fund, at the platform's cost, so that the fund stays whole; or for a
quality claim, of which nothing is booked before it is collected.
"""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.errors import COVERAGE_SHORT
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.accounts import bank_operating
from marketplace.ledger.recipes.earning import j18_recourse_written_off
from marketplace.ledger.treasury import hold_own_money
from marketplace.settlement import charging
from marketplace.settlement.events import RECOURSE_WRITTEN_OFF
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.quality_claiming import locked_claim, parties
from marketplace.settlement.quality_collecting import give_back, owes_workers
from marketplace.settlement.quality_events import QUALITY_CLAIM_WRITTEN_OFF
from marketplace.settlement.quality_models import QualityClaim
from marketplace.work.texts import reason_of


def write_off_extra(session: Session, actor: Actor, extra_id: uuid.UUID, reason: str) -> Money:
    """Write off what of an extra the layer still owes to the fund; returns how much. `own_money` asks for it.

    Raises not_found, invalid without a reason, state_conflict where nothing is owed, coverage_short when the
    platform's own account holds less.
    """
    if not reason.strip():
        message = "Say why."
        raise INVALID.error(message, errors=[FieldError("/reason", "required", message)])
    owed = owed_to_fund(session, extra_id)
    extra = session.get_one(Extra, extra_id)
    debtor_id = extra.debtor_organization_id
    assert debtor_id is not None, extra_id
    hold_own_money(session)
    there = balance(session, bank_operating(extra.currency))
    if there.amount < owed.amount:
        raise COVERAGE_SHORT.error(f"The operating account holds {there}: less than {owed}.")
    posted = post(
        session,
        actor,
        kind="J18",
        key=f"J18:{public('extra', extra.id)}:written_off",
        pairs=j18_recourse_written_off(debtor_id, owed),
        subject=("extra", extra.id),
    )
    extra.recourse_amount, extra.written_off_amount = 0, owed.amount
    session.flush()
    body = {
        "extra": public("extra", extra.id),
        "organization": public("organization", debtor_id),
        "amount": owed.to_wire(),
        "reason_commitment": said(reason.strip()),
    }
    subject = ("journal", posted.journal_id)
    record(session, RECOURSE_WRITTEN_OFF, actor, subject=subject, organizations={debtor_id}, body=body)
    return owed


def owed_to_fund(session: Session, extra_id: uuid.UUID) -> Money:
    """What of an extra its layer owes to the guarantee fund; the extra is locked.

    Raises not_found, state_conflict where nothing is owed.
    """
    # Collecting takes the same lock: what it brings back meanwhile is not written off.
    wanted = select(Extra).where(Extra.id == extra_id).with_for_update(key_share=True)
    extra = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if extra is None:
        raise NOT_FOUND.error("There is no extra with this id.", noun="extra")
    if extra.recourse.is_zero:
        raise STATE_CONFLICT.error("Nothing of this extra is owed to the guarantee fund.", noun="extra", current="met")
    return extra.recourse


def owed_for_claim(session: Session, claim_id: uuid.UUID) -> Money:
    """What of a quality claim its layer owes; the claim is locked. Raises not_found, state_conflict for nothing."""
    claim = locked_claim(session, claim_id)
    if claim.uncollected.is_zero:
        raise STATE_CONFLICT.error("Nothing of this claim is owed.", noun="quality_claim", current=claim.state)
    return claim.uncollected


def write_off_quality_claim(session: Session, actor: Actor, claim_id: uuid.UUID, reason: str) -> Money:
    """Take what margins there are for an upheld claim and give up the rest; returns it. `own_money` asks for it.

    Nothing is booked for the rest: it was nobody's yet. Raises not_found, invalid without a reason, state_conflict
    where nothing is owed, and while the layer owes to workers, who come first.
    """
    reason = reason_of(reason, "/reason")
    rest = owed_for_claim(session, claim_id)
    claim = session.get_one(QualityClaim, claim_id)
    debtor, currency = claim.against_organization_id, claim.currency
    if session.scalar(select(owes_workers(debtor, currency))):
        raise STATE_CONFLICT.error("The layer owes to workers first.", noun="quality_claim", current=claim.state)
    charges = charging.plan(session, debtor, claim.contract_id, rest, anywhere=True, latest_first=True)
    if charges:
        rest -= give_back(session, actor, claim, charges, at_once=False)
    else:
        claim.uncollected_amount, claim.written_off_amount = 0, rest.amount
        session.flush()
    if not rest.is_zero:
        record(
            session,
            QUALITY_CLAIM_WRITTEN_OFF,
            actor,
            subject=("quality_claim", claim.id),
            organizations=parties(claim),
            body={"job": public("job", claim.job_id), "amount": rest.to_wire(), "reason_commitment": said(reason)},
        )
    return rest
