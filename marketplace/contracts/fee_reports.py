"""Nobody may be asked to pay in order to work (rule 10): workers report it, and offers stand still until it is decided.

While a report is open the organization makes and accepts no offers and opens no tasks; what is held goes on and is
paid. It learns that there is a report, never whose.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.contracts.errors import FEE_REPORT_PENDING, FEE_REPORTS_TOO_MANY, OFFERS_FROZEN
from marketplace.contracts.events import FEE_REPORT_DECIDED, FEE_REPORTED, OFFERS_FROZEN_BY_REPORT, OFFERS_THAWED
from marketplace.contracts.fee_report_models import FeeReport
from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.identity.models import Organization
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.texts import say

HOW_MAX: Final = 2000
AMOUNT_MAX: Final = 100
OPEN_MAX: Final = 3
"""Open reports of one worker."""
DISMISSED_DAYS: Final = 90
"""After a dismissal another report of the same worker on the same organization waits for a decision without holding."""
FROZEN_DAYS_MAX: Final = 3650

# Whether a worker had to do with an organization: claimed its tasks, is in a team of it or invited, has a skill of it.
_CONTACT: Final = text(
    "SELECT EXISTS (SELECT 1 FROM claim JOIN batch ON batch.id = claim.batch_id "
    "JOIN contract ON contract.id = batch.contract_id "
    "WHERE claim.worker_id = :worker_id AND contract.seller_organization_id = :organization_id) "
    "OR EXISTS (SELECT 1 FROM team_member JOIN team ON team.id = team_member.team_id "
    "WHERE team_member.person_id = :worker_id AND team.organization_id = :organization_id) "
    "OR EXISTS (SELECT 1 FROM team_invitation JOIN team ON team.id = team_invitation.team_id "
    "JOIN person ON person.email = team_invitation.email "
    "WHERE person.id = :worker_id AND team.organization_id = :organization_id) "
    "OR EXISTS (SELECT 1 FROM skill_grant JOIN skill ON skill.id = skill_grant.skill_id "
    "WHERE skill_grant.person_id = :worker_id AND skill.organization_id = :organization_id)"
)
_KNOWN: Final = text(
    "SELECT organization.id, organization.name FROM organization WHERE organization.id IN ("
    "SELECT contract.seller_organization_id FROM claim JOIN batch ON batch.id = claim.batch_id "
    "JOIN contract ON contract.id = batch.contract_id WHERE claim.worker_id = :worker_id "
    "UNION SELECT team.organization_id FROM team JOIN team_member ON team_member.team_id = team.id "
    "WHERE team_member.person_id = :worker_id "
    "UNION SELECT team.organization_id FROM team JOIN team_invitation ON team_invitation.team_id = team.id "
    "JOIN person ON person.email = team_invitation.email WHERE person.id = :worker_id "
    "UNION SELECT skill.organization_id FROM skill JOIN skill_grant ON skill_grant.skill_id = skill.id "
    "WHERE skill_grant.person_id = :worker_id) AND organization.kind <> 'platform' ORDER BY organization.name LIMIT 200"
)


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report and the name of the organization it is about."""

    report: FeeReport
    organization_name: str


def report_fee(
    session: Session, actor: Actor, organization_id: uuid.UUID, *, amount: str | None, how: str
) -> FeeReport:
    """Report that an organization asked one for money in order to work: how much, and how it was asked.

    Where the worker had to do with it before, its offers stand still from now on. Raises forbidden, not_found,
    invalid, fee_report_pending, fee_reports_too_many.
    """
    actor.require("fee.report")
    organization = session.get(Organization, organization_id)
    if organization is None or organization.kind == "platform":
        raise NOT_FOUND.error(say("There is no client or layer with this id."), noun="organization")
    amount = None if amount is None or not amount.strip() else amount.strip()
    errors = []
    if not how.strip() or len(how) > HOW_MAX:
        errors.append(
            FieldError("/how", "required", say("Say how you were asked, in at most %(most)s characters.", most=HOW_MAX))
        )
    if amount is not None and len(amount) > AMOUNT_MAX:
        errors.append(FieldError("/amount", "too_long", say("At most %(most)s characters.", most=AMOUNT_MAX)))
    if errors:
        raise INVALID.error(say("The report is not complete."), errors=errors)
    # Two reports of one worker at once would both count the others: the worker's row lets one after the other.
    session.execute(text("SELECT 1 FROM worker WHERE person_id = :id FOR NO KEY UPDATE"), {"id": actor.person})
    _refuse_flood(session, actor.person, organization_id)
    now = market_now(session)
    was_frozen = offers_frozen(session, organization_id)
    report = FeeReport(
        organization_id=organization_id,
        worker_id=actor.person,
        amount=amount,
        how=how.strip(),
        freezes=_holds(session, actor.person, organization_id, now),
        created_at=now,
    )
    session.add(report)
    session.flush()
    body = {"organization": public("organization", organization_id), "freezes": report.freezes}
    record(session, FEE_REPORTED, actor, subject=("fee_report", report.id), people={actor.person}, body=body)
    if report.freezes and not was_frozen:
        _tell(session, organization_id, OFFERS_FROZEN_BY_REPORT)
    return report


def decide_report(
    session: Session, actor: Actor, report_id: uuid.UUID, *, uphold: bool, reason: str, frozen_days: int | None = None
) -> FeeReport:
    """Decide a report, as operations: dismissed, or upheld with so many days for which offers stand still.

    Raises forbidden, not_found, invalid, state_conflict.
    """
    actor.require("protection.manage")
    wanted = select(FeeReport).where(FeeReport.id == report_id).with_for_update()
    report = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if report is None:
        raise NOT_FOUND.error("There is no report with this id.", noun="fee_report")
    if report.state != "open":
        raise STATE_CONFLICT.error(f"This report is {report.state}.", noun="fee_report", current=report.state)
    errors = []
    if not reason.strip() or len(reason) > HOW_MAX:
        errors.append(FieldError("/reason", "required", f"A reason of at most {HOW_MAX} characters."))
    if uphold and (frozen_days is None or not 1 <= frozen_days <= FROZEN_DAYS_MAX):
        message = f"Say for how many days offers stand still, 1 to {FROZEN_DAYS_MAX}."
        errors.append(FieldError("/frozen_days", "out_of_range", message))
    if errors:
        raise INVALID.error("The report cannot be decided like this.", errors=errors)
    now = market_now(session)
    report.state = "upheld" if uphold else "dismissed"
    report.decided_at, report.decided_by_person_id, report.decision_reason = now, actor.person_id, reason.strip()
    report.frozen_until = now + dt.timedelta(days=frozen_days) if uphold and frozen_days is not None else None
    session.flush()
    body = {
        "organization": public("organization", report.organization_id),
        "decision": report.state,
        "reason_commitment": said(report.decision_reason),
    }
    record(session, FEE_REPORT_DECIDED, actor, subject=("fee_report", report.id), people={report.worker_id}, body=body)
    if not offers_frozen(session, report.organization_id):
        _tell(session, report.organization_id, OFFERS_THAWED)
    return report


def offers_frozen(session: Session, organization_id: uuid.UUID) -> bool:
    """Whether the organization's offers stand still for a report; one probe of a partial index."""
    holding = or_(
        and_(FeeReport.state == "open", FeeReport.freezes),
        and_(FeeReport.state == "upheld", FeeReport.frozen_until > func.market_now()),
    )
    wanted = select(exists().where(FeeReport.organization_id == organization_id, holding))
    return bool(session.scalar(wanted))


def refuse_frozen_offers(session: Session, organization_id: uuid.UUID) -> None:
    """Raise offers_frozen while a report of a fee holds the organization's offers."""
    if offers_frozen(session, organization_id):
        raise OFFERS_FROZEN.error(
            "A worker reported that your organization asked for money in order to work. Until operations have decided, "
            "it makes and accepts no offers and opens no tasks; what is held goes on and is paid."
        )


def own_reports(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[ReportView]:
    """The acting worker's reports, newest first."""
    actor.require("fee.report")
    return _page(session, FeeReport.worker_id == actor.person, cursor, limit)


def all_reports(
    session: Session, actor: Actor, *, state: str | None = None, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[ReportView]:
    """All reports, for the platform's people, newest first; optionally of one state."""
    actor.require("protection.read")
    return _page(session, FeeReport.state == state if state is not None else FeeReport.id.is_not(None), cursor, limit)


def view_of(session: Session, report: FeeReport) -> ReportView:
    """A report with the name of its organization; the caller has asked whether it may be seen."""
    return ReportView(report, session.get_one(Organization, report.organization_id).name)


def known_organizations(session: Session, actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """The organizations that the acting worker had to do with, by name, to choose one from."""
    actor.require("fee.report")
    rows = session.execute(_KNOWN, {"worker_id": actor.person})
    return [(row.id, row.name) for row in rows]


def _page(session: Session, where: ColumnElement[bool], cursor: str | None, limit: int) -> Page[ReportView]:
    wanted = select(FeeReport).where(where)
    page = paginate(session, wanted, keys=[FeeReport.id], cursor=cursor, limit=limit, descending=True)
    ids = {report.organization_id for report in page.data}
    names = dict(session.execute(select(Organization.id, Organization.name).where(Organization.id.in_(ids))).all())
    return Page([ReportView(report, names[report.organization_id]) for report in page.data], page.next_cursor)


def _refuse_flood(session: Session, worker_id: uuid.UUID, organization_id: uuid.UUID) -> None:
    still = select(FeeReport.organization_id).where(FeeReport.worker_id == worker_id, FeeReport.state == "open")
    waiting = list(session.scalars(still))
    if organization_id in waiting:
        raise FEE_REPORT_PENDING.error(say("You reported this organization already; it is being looked into."))
    if len(waiting) >= OPEN_MAX:
        raise FEE_REPORTS_TOO_MANY.error(
            say("At most %(most)s reports of yours are looked into at a time.", most=OPEN_MAX)
        )


def _holds(session: Session, worker_id: uuid.UUID, organization_id: uuid.UUID, now: dt.datetime) -> bool:
    dismissed = exists().where(
        FeeReport.worker_id == worker_id,
        FeeReport.organization_id == organization_id,
        FeeReport.state == "dismissed",
        FeeReport.decided_at > now - dt.timedelta(days=DISMISSED_DAYS),
    )
    if session.scalar(select(dismissed)):
        return False
    return bool(session.scalar(_CONTACT, {"worker_id": worker_id, "organization_id": organization_id}))


def _tell(session: Session, organization_id: uuid.UUID, kind: EventKind) -> None:
    record(
        session,
        kind,
        system_actor("fee_reports"),
        subject=("organization", organization_id),
        organizations={organization_id},
        body={},
    )
