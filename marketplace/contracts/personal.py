"""What is personal in contracts: access rules about workers, and reports by workers."""

import uuid

from sqlalchemy import ColumnElement, or_, select

from marketplace.contracts.default_models import ContractDefault
from marketplace.contracts.fee_report_models import FeeReport
from marketplace.contracts.handover_models import Handover
from marketplace.contracts.models import (
    AccessRule,
    AccessRuleContest,
    AccessRuleEnd,
    Amendment,
    AmendmentRate,
    Contract,
    ContractRate,
    PriceChain,
)
from marketplace.db.personal import ERASED, Personal, by, impersonal, personal


def _rules_about(person_id: uuid.UUID) -> ColumnElement[bool]:
    return AccessRuleEnd.rule_id.in_(select(AccessRule.id).where(AccessRule.worker_id == person_id))


def _contests_about(person_id: uuid.UUID) -> ColumnElement[bool]:
    return AccessRuleContest.rule_id.in_(select(AccessRule.id).where(AccessRule.worker_id == person_id))


personal(
    Personal(
        AccessRule,
        by(AccessRule.worker_id, AccessRule.created_by_person_id),
        why="whom an organization lets work, or blocks for a time",
        erased={"reason": ERASED},
        given=by(AccessRule.worker_id),
        codes=("effect", "scope"),
    )
)
personal(
    Personal(
        AccessRuleEnd,
        lambda person_id: or_(AccessRuleEnd.ended_by_person_id == person_id, _rules_about(person_id)),
        why="why a rule was ended before its time",
        erased={"reason": ERASED},
        given=_rules_about,
    )
)
personal(
    Personal(
        AccessRuleContest,
        lambda person_id: or_(AccessRuleContest.contested_by_person_id == person_id, _contests_about(person_id)),
        why="what the one concerned says against a block",
        erased={"reason": ERASED},
        given=_contests_about,
    )
)
personal(
    Personal(
        FeeReport,
        by(FeeReport.worker_id, FeeReport.decided_by_person_id),
        why="to stop whoever asks workers for money",
        erased={"amount": ERASED, "how": ERASED, "decision_reason": ERASED},
        only={"amount": by(FeeReport.worker_id), "how": by(FeeReport.worker_id)},
        codes=("state",),
        given=by(FeeReport.worker_id),
    )
)
impersonal(
    "words of organizations about contracts and money, kept as business letters are; who wrote them is an id",
    Amendment,
    ContractDefault,
)
impersonal("terms and prices between organizations", AmendmentRate, Contract, ContractRate, Handover, PriceChain)
