"""A worker with something of theirs in every table that can hold it, each time with one word that is nowhere else."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.contracts.access import RuleDraft, contest_rule, end_rule, make_rule
from marketplace.contracts.fee_reports import report_fee
from marketplace.db import idempotency
from marketplace.db.clock import market_now
from marketplace.db.registry import load_models
from marketplace.gateways.models import DevelopmentMail
from marketplace.identity import inviting, skills
from marketplace.identity.keys import issue_key
from marketplace.identity.models import Person
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id
from marketplace.notifications.models import Notification
from marketplace.protection.contest_models import DecisionContest
from marketplace.rails.methods import keep_destination
from marketplace.settlement import appeals
from marketplace.settlement.accepting import decide_answers
from marketplace.work import appealing, disputing, exposure
from marketplace.work.claiming import claim_next
from marketplace.work.holding import save_draft
from marketplace.work.review_models import AnswerHold
from marketplace.work.verdicts import Verdict
from tests.builders.identity import Mailbox, make_staff, signed_in
from tests.builders.identity import make_worker as make_known_worker
from tests.builders.settlement import Chain, accept, hand_in, make_chain
from tests.builders.teams import invite, make_leader, make_team

MARK = "quetzalcoatlus"
"""In everything that is said of or by the worker, and in their name, address and account."""
SAID = {
    "audit_words",
    "access_rule",
    "access_rule_contest",
    "access_rule_end",
    "answer_hold",
    "api_key",
    "appeal",
    "claim",
    "decision_contest",
    "development_mail",
    "dispute",
    "fee_report",
    "idempotency_key",
    "invitation",
    "notification",
    "person",
    "review",
    "skill_grant",
    "skill_revocation",
    "team_invitation",
}
"""The tables in which it stands then."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The worker, in a browser in which they just signed in, and the chain they worked in."""

    worker: Actor
    chain: Chain


def make_marked(session: Session) -> Marked:
    """Accepted work that is owed, rejected work that is contested, a claim with a draft, and words everywhere."""
    chain = make_chain(session, items=10)
    worker = signed_in(session, make_known_worker(session, name=f"Amina {MARK}"))
    person = session.get_one(Person, worker.person)
    person.email, person.language = f"amina@{MARK}.example", "sw"
    keep_destination(session, worker, "sandbox", f"acct_{MARK}")
    accept(session, chain, hand_in(session, chain, worker))
    rejected = hand_in(session, chain, worker)
    verdict = Verdict(rejected.answer_ids[0], "reject", "wrong_label", f"{MARK} again", "G1")
    decide_answers(session, chain.reviewer, rejected.claim_id, [verdict])
    dispute = disputing.open_dispute(session, worker, rejected.answer_ids[0], f"I, {MARK}, was right.")
    disputing.respond(session, chain.reviewer, dispute.id, f"No, {MARK}.")
    _appeal(session, worker, chain)
    draft = claim_next(session, worker, chain.batch.id)
    save_draft(session, worker, draft.id, {"itm": MARK})
    _say(session, worker, chain)
    _leave_traces(session, worker, person)
    session.flush()
    return Marked(worker, chain)


def _appeal(session: Session, worker: Actor, chain: Chain) -> None:
    """Work that was rejected and lost its dispute, with an appeal that waits; of it, a rejection that was held."""
    lost = hand_in(session, chain, worker)
    verdict = Verdict(lost.answer_ids[0], "reject", "wrong_label", f"{MARK} is wrong", "G1")
    decide_answers(session, chain.reviewer, lost.claim_id, [verdict])
    dispute = disputing.open_dispute(session, worker, lost.answer_ids[0], f"{MARK} is not.")
    decider = make_staff(session, "dispute_decider")
    appeals.decide_dispute(session, decider, dispute.id, "upheld", f"{MARK} is.")
    appealing.open_appeal(session, worker, dispute.id, f"{MARK} will not have it.")
    now = market_now(session)
    session.add(
        AnswerHold(
            answer_id=lost.answer_ids[0],
            attempt=1,
            claim_id=lost.claim_id,
            job_id=chain.job.id,
            contract_id=chain.batch.contract_id,
            category="wrong_label",
            comment=f"{MARK}, held",
            rule="G1",
            held_by_organization_id=chain.reviewer.organization,
            held_at=now,
            deadline_at=now,
            ended_at=now,
        )
    )


def _say(session: Session, worker: Actor, chain: Chain) -> None:
    """What others say of them, and they of others."""
    now = market_now(session)
    manager = chain.layers[-1][0]
    skill = skills.define_skill(session, manager, code="birds", name="Birds", description="Knows birds.")
    until = now + dt.timedelta(days=30)
    granted = skills.grant(session, manager, skill.id, worker.person, expires_at=until, reason=f"{MARK} knows birds")
    skills.revoke(session, manager, granted.grant.id, reason=f"{MARK} forgot")
    draft = RuleDraft("block", "all", f"{MARK} is slow", worker_id=worker.person, expires_at=until)
    rule = make_rule(session, manager, draft)
    contest_rule(session, worker, rule.rule.id, reason=f"{MARK} is not")
    end_rule(session, manager, rule.rule.id, reason=f"{MARK} is right")
    report_fee(session, worker, manager.organization, amount=f"100 {MARK}", how=f"They rang {MARK}.")
    session.add(DecisionContest(event_id=new_id(), person_id=worker.person, reason=f"{MARK} objects", contested_at=now))


def _leave_traces(session: Session, worker: Actor, person: Person) -> None:
    """Teams, keys, settings, mail, notifications, kept answers."""
    leader = make_leader(session)
    inviting.invite(
        session,
        leader,
        Mailbox(),
        leader.organization,
        name=person.name,
        email=person.email,
        role="reviewer",
        public_url="http://market.test",
    )
    make_team(session, leader, worker)
    invite(session, leader, make_team(session, leader, name="Day shift").id, person.email, Mailbox())
    issue_key(session, worker, name=f"{MARK}'s phone")
    exposure.set_limits(session, worker, items_max=10, minutes_max=10, time_zone="Africa/Nairobi")
    session.add(DevelopmentMail(to=person.email, subject="Hello", text=f"Hello {person.name}"))
    session.add(
        Notification(
            person_id=worker.person,
            kind="claim.rejected",
            subject_noun="claim",
            subject_id=new_id(),
            body={"words": MARK},
            leaf_index=0,
        )
    )
    idempotency.begin(session, str(worker.person), "once", b"x" * 32)
    idempotency.finish(session, str(worker.person), "once", 200, MARK.encode())


def places_of(session: Session, word: str = MARK) -> set[str]:
    """The tables in any row of which the word stands: as text, in JSON, or as bytes."""
    found = set()
    session.flush()
    for table in load_models().sorted_tables:
        rows = text(
            f'SELECT count(*) FROM "{table.name}" AS one '
            "WHERE position(:word IN lower(CAST(one AS text))) > 0 OR position(:hex IN CAST(one AS text)) > 0"
        )
        if session.scalar(rows, {"word": word, "hex": word.encode().hex()}):
            found.add(table.name)
    return found
