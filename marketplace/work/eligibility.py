"""Whether a batch is open to a worker, by its teams, by what its job asks for and by the access rules
of client and seller.

`OPEN_TO_WORKER` is the condition of finding, `TAKEABLE` that of claiming; each puts it into its own statements.
`refuse` says why not.
"""

import datetime as dt
import uuid
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.contracts.access_queries import RuleView, blocks_on
from marketplace.db.sql import load
from marketplace.identity.models import Worker
from marketplace.identity.skills import held_skills, skill_names
from marketplace.jobs.screening import Screening, in_words
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.kernel.texts import say
from marketplace.work.errors import (
    EXPOSURE_CONSENT_NEEDED,
    EXPOSURE_LIMIT_REACHED,
    NOT_IN_TEAM,
    SCREENED_OUT,
    WORKER_BLOCKED,
    WORKER_NOT_ALLOWED,
)
from marketplace.work.exposure import Exposure, exposure_of
from marketplace.work.pausing import refuse_paused

_STATEMENTS = load(__file__, "eligibility.sql")
_CONDITIONS: Final = (
    "consented",
    "within_exposure",
    "in_team",
    "in_country",
    "knows_languages",
    "has_skills",
    "scores_enough",
    "not_blocked",
    "among_allowed",
)


def _filled(name: str) -> str:
    wanted: str = getattr(_STATEMENTS, name).text
    for part in ("open_to_worker", *_CONDITIONS, "room_in_job"):
        wanted = wanted.replace(f"{{{part}}}", getattr(_STATEMENTS, part).text)
    return wanted


OPEN_TO_WORKER: Final = _filled("open_to_worker")
"""True over `batch` where the worker :worker_id may find and claim its tasks."""

TAKEABLE: Final = _filled("takeable")
"""True where they may also take one more of its job's tasks than they hold."""

_WHY_NOT: Final = text(_filled("why_not"))


def refuse(session: Session, worker_id: uuid.UUID, batch_id: uuid.UUID) -> None:
    """Say why an open batch is not open to the worker; returns when it is, or when there is no such open batch.

    Raises batch_paused, exposure_consent_needed, exposure_limit_reached, worker_blocked, not_in_team,
    worker_not_allowed, screened_out.
    """
    row = session.execute(_WHY_NOT, {"worker_id": worker_id, "batch_id": batch_id}).one_or_none()
    if row is None:
        refuse_paused(session, batch_id)
        return
    if not row.consented:
        raise EXPOSURE_CONSENT_NEEDED.error(
            say(
                "This work shows content of severity %(severity)s, and you have not agreed to see that.",
                severity=row.severity,
            ),
            severity=row.severity,
        )
    if not row.within_exposure:
        _refuse_exposure(exposure_of(session, worker_id))
    if not row.not_blocked:
        scopes = {row.contract_id, row.job_id, row.organization_id, row.seller_organization_id}
        _refuse_blocked(blocks_on(session, worker_id, scopes))
    if not row.in_team:
        raise NOT_IN_TEAM.error(say("This work is for members of certain teams, and you are in none of them."))
    if not row.among_allowed:
        raise WORKER_NOT_ALLOWED.error(
            say("This work is open to workers who were chosen by name, and you are not among them.")
        )
    if not (row.in_country and row.knows_languages and row.has_skills and row.scores_enough):
        asked = Screening(
            () if row.in_country else tuple(row.screening_countries),
            tuple(row.screening_languages),
            tuple(row.screening_skills),
            None if row.scores_enough else row.screening_score_min,
            "admit" if row.scores_enough else row.screening_score_unknown,
        )
        _refuse_screened_out(session, session.get_one(Worker, worker_id), asked)


def _refuse_exposure(exposure: Exposure) -> None:
    zone = exposure.time_zone or say("UTC, as you have named no time zone")
    raise EXPOSURE_LIMIT_REACHED.error(
        say(
            "One more task would go beyond your day: %(items)s of %(items_max)s items and %(minutes)s "
            "of %(minutes_max)s minutes of hard content on %(day)s (%(zone)s).",
            items=exposure.items,
            items_max=exposure.items_max,
            minutes=exposure.minutes,
            minutes_max=exposure.minutes_max,
            day=exposure.day,
            zone=zone,
        ),
        items=exposure.items,
        items_max=exposure.items_max,
        minutes=exposure.minutes,
        minutes_max=exposure.minutes_max,
    )


def _refuse_blocked(blocks: list[RuleView]) -> None:
    if not blocks:  # the last one ended between two statements
        return
    newest = blocks[0]
    until = newest.rule.expires_at
    assert until is not None, "blocks end"
    raise WORKER_BLOCKED.error(
        say(
            "%(organization)s has blocked you here until %(until)s: %(reason)s",
            organization=newest.organization_name,
            until=until,
            reason=newest.rule.reason,
        ),
        blocks=[_block(view, view.rule.expires_at) for view in blocks],
    )


def _block(view: RuleView, until: dt.datetime | None) -> dict[str, Any]:
    return {
        "id": public("access_rule", view.id),
        "reason": view.rule.reason,
        "expires_at": None if until is None else instant(until),
    }


def _refuse_screened_out(session: Session, worker: Worker, asked: Screening) -> None:
    """`asked.countries` is empty where the worker's own will do, `score_min` None where their score does."""
    held = held_skills(session, worker.person_id, asked.skills)
    missing = Screening(
        asked.countries,
        tuple(code for code in asked.languages if code not in worker.languages),
        tuple(skill_id for skill_id in asked.skills if skill_id not in held),
        asked.score_min,
        asked.score_unknown,
    )
    if missing == Screening():  # the last skill was granted between two statements
        return
    names = skill_names(session, missing.skills)
    raise SCREENED_OUT.error(
        say("This job is for workers %(asked)s.", asked=in_words(session, missing)),
        countries=list(missing.countries),
        languages=list(missing.languages),
        skills=[{"id": public("skill", skill_id), "name": names[skill_id]} for skill_id in missing.skills],
        score_min=missing.score_min,
    )
