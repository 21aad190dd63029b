"""Rule 11: hard content needs consent, has daily limits, and costs nobody anything who leaves it alone."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.work import exposure, finding
from marketplace.work.claiming import claim_next
from marketplace.work.exposure import exposure_of, set_consent, set_limits
from marketplace.work.holding import give_back
from marketplace.work.models import Claim
from marketplace.work.submitting import submit
from marketplace.work.timing import beat
from tests.builders.settlement import hand_in, make_chain
from tests.builders.work import make_worker


def consenting(session: Session, *severities: int) -> Actor:
    worker = make_worker(session)
    for severity in severities:
        set_consent(session, worker, severity, given=True)
    return worker


def found(session: Session, worker: Actor) -> int:
    return len(finding.open_batches(session, worker).data)


def test_rule_11_hard_content_is_found_and_claimed_only_by_who_agreed_to_its_severity(session: Session) -> None:
    chain = make_chain(session, items=3, severity=4)
    for worker in (consenting(session), consenting(session, 3, 5)):
        assert found(session, worker) == 0
        with pytest.raises(DomainError, match="exposure_consent_needed"):
            claim_next(session, worker, chain.batch.id)
        with pytest.raises(DomainError, match="nothing_to_claim"):
            claim_next(session, worker)
    agreed = consenting(session, 4)
    assert found(session, agreed) == 1
    assert claim_next(session, agreed).batch_id == chain.batch.id


def test_rule_11_consent_is_recorded_and_can_be_withdrawn_at_any_time_without_touching_what_is_held(
    session: Session,
) -> None:
    chain = make_chain(session, items=3, severity=3)
    worker = consenting(session, 3)
    held = claim_next(session, worker, chain.batch.id)
    set_consent(session, worker, 3, given=False)
    set_consent(session, worker, 3, given=False)
    with pytest.raises(DomainError, match="exposure_consent_needed"):
        claim_next(session, worker, chain.batch.id)
    submit(session, worker, held.id, {item.id: {"label": "car"} for item in held.items}, 1)
    kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.subject_id == worker.person)).all()
    assert kinds.count("exposure.consent") == 2


def test_consent_is_asked_for_hard_content_only(session: Session) -> None:
    make_chain(session, items=1, severity=2)
    worker = make_worker(session)
    assert found(session, worker) == 1
    with pytest.raises(DomainError, match="invalid"):
        set_consent(session, worker, 2, given=True)


def test_rule_11_no_worker_sees_more_items_a_day_than_the_limit(session: Session) -> None:
    chain = make_chain(session, items=10, items_per_task=2, severity=3)
    session.execute(text("UPDATE exposure_policy SET items_max = 5"))
    worker = consenting(session, 3)
    for _ in range(2):
        hand_in(session, chain, worker)
    with pytest.raises(DomainError, match="exposure_limit_reached") as refused:
        claim_next(session, worker, chain.batch.id)
    assert "4 of 5 items" in refused.value.detail
    assert "UTC, as you have named no time zone" in refused.value.detail
    assert found(session, worker) == 0
    session.execute(text("UPDATE exposure_day SET day = day - 1"))
    assert claim_next(session, worker, chain.batch.id).batch_id == chain.batch.id


def test_what_is_given_back_was_seen_and_counts(session: Session) -> None:
    chain = make_chain(session, items=4, severity=3)
    worker = consenting(session, 3)
    give_back(session, worker, claim_next(session, worker, chain.batch.id).id)
    assert exposure_of(session, worker.person).items == 1


def test_rule_11_a_worker_may_set_a_lower_limit_but_no_higher_one(session: Session) -> None:
    chain = make_chain(session, items=4, severity=3)
    worker = consenting(session, 3)
    set_limits(session, worker, items_max=1, minutes_max=None, time_zone=None)
    hand_in(session, chain, worker)
    with pytest.raises(DomainError, match="exposure_limit_reached"):
        claim_next(session, worker, chain.batch.id)
    policy = exposure_of(session, worker.person)
    with pytest.raises(DomainError, match="invalid") as refused:
        set_limits(
            session,
            worker,
            items_max=policy.policy_items + 1,
            minutes_max=policy.policy_minutes + 1,
            time_zone="Mars/X",
        )
    assert [error.pointer for error in refused.value.errors] == ["/items_max", "/minutes_max", "/time_zone"]


def test_rule_11_minutes_of_work_on_hard_content_are_limited_too(session: Session) -> None:
    chain = make_chain(session, items=4, severity=3)
    worker = consenting(session, 3)
    set_limits(session, worker, items_max=None, minutes_max=10, time_zone=None)
    claimed = claim_next(session, worker, chain.batch.id)
    beat(session, worker, claimed.id)
    for _ in range(11):
        session.execute(text("UPDATE claim_time SET last_beat_at = last_beat_at - interval '59 seconds'"))
        beat(session, worker, claimed.id)
    assert exposure_of(session, worker.person).minutes == 11
    with pytest.raises(DomainError, match="exposure_limit_reached"):
        claim_next(session, worker, chain.batch.id)


def test_without_beats_the_time_since_the_claim_counts_as_exposure_at_most_the_lease(session: Session) -> None:
    chain = make_chain(session, items=4, severity=3)
    worker = consenting(session, 3)
    claimed = claim_next(session, worker, chain.batch.id)
    session.execute(text("UPDATE claim SET claimed_at = claimed_at - interval '5 minutes'"))
    submit(session, worker, claimed.id, {item.id: {"label": "car"} for item in claimed.items}, 1)
    assert exposure_of(session, worker.person).minutes in {5, 6}


def test_a_workers_day_is_that_of_their_time_zone(session: Session) -> None:
    worker = make_worker(session)
    days = {
        zone: set_limits(session, worker, items_max=None, minutes_max=None, time_zone=zone).day
        for zone in ("Pacific/Kiritimati", "Pacific/Honolulu")
    }
    # Twenty-four hours apart, so that it is another day on the two islands at every hour.
    assert (days["Pacific/Kiritimati"] - days["Pacific/Honolulu"]).days == 1


def test_light_work_writes_nothing_about_exposure(session: Session) -> None:
    chain = make_chain(session, items=2, severity=2)
    hand_in(session, chain)
    assert session.scalar(text("SELECT count(*) FROM exposure_day")) == 0


def test_beats_count_gaps_up_to_a_minute_and_no_longer_ones(session: Session) -> None:
    chain = make_chain(session, items=2)
    worker = make_worker(session)
    claimed = claim_next(session, worker, chain.batch.id)
    assert beat(session, worker, claimed.id) == 0
    session.execute(text("UPDATE claim_time SET last_beat_at = last_beat_at - interval '20 seconds'"))
    assert beat(session, worker, claimed.id) == 20
    session.execute(text("UPDATE claim_time SET last_beat_at = last_beat_at - interval '61 seconds'"))
    assert beat(session, worker, claimed.id) == 20


def test_only_who_holds_a_claim_can_beat_on_it_and_only_while_the_lease_runs(session: Session) -> None:
    chain = make_chain(session, items=2)
    worker = make_worker(session)
    claimed = claim_next(session, worker, chain.batch.id)
    with pytest.raises(DomainError, match="not_found"):
        beat(session, make_worker(session), claimed.id)
    session.get_one(Claim, claimed.id).lease_until = claimed.claimed_at
    session.flush()
    with pytest.raises(DomainError, match="lease_over"):
        beat(session, worker, claimed.id)
    assert exposure.SEVERITIES == (3, 4, 5)
