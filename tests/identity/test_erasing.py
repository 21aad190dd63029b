import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.audit.verifying import verify
from marketplace.db.clock import market_now
from marketplace.db.personal import ERASED, blankable
from marketplace.db.registry import load_models, load_personal
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.gateways.models import SandboxTransfer
from marketplace.identity import directory
from marketplace.identity.authentication import actor_of_person
from marketplace.identity.departures import what_is_owed
from marketplace.identity.erasing import erase_person, finish_erasure
from marketplace.identity.models import ApiKey, Person, WebSession, Worker
from marketplace.identity.team_models import TeamInvitation, TeamMember
from marketplace.kernel.errors import DomainError
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import pay_due
from marketplace.payouts.models import DESTINATION, Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.recovering import confirm_sent
from marketplace.rails.methods import has_destination
from marketplace.reconciliation.matching import reconcile
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.appeals import decide_silent_appeals, finalize_rejections, overturn_silent
from marketplace.settlement.models import Installment
from marketplace.work.disputing import open_dispute, respond
from marketplace.work.models import Claim, Review
from marketplace.work.verdicts import Verdict
from tests.audit.parts import SIGNER, seal_all
from tests.builders.erasing import MARK, SAID, make_marked, places_of
from tests.builders.identity import make_member, make_organization, make_person, make_staff, make_worker, signed_in
from tests.builders.payouts import execute, inside, make_approved_run, make_finance, mature, sandbox
from tests.builders.settlement import hand_in, make_chain, move_clock_to, reject


def test_no_word_of_an_erased_person_is_left_and_the_log_still_verifies(session: Session) -> None:
    marked = make_marked(session)
    assert places_of(session) == SAID
    erase_person(session, marked.worker, marked.worker.person)
    assert places_of(session) == set()
    person = session.get_one(Person, marked.worker.person)
    assert (person.state, person.name, person.language) == ("erasing", ERASED, "en")
    assert person.email == f"erased-{person.id}@erased.invalid"
    assert session.get_one(Worker, person.id).languages == []
    for model in (WebSession, TeamMember):
        assert session.scalars(select(model).where(model.person_id == person.id)).all() == []
    assert session.scalars(select(ApiKey.revoked_at).where(ApiKey.person_id == person.id)).one() is not None
    assert set(session.scalars(select(TeamInvitation.state))) == {"accepted", "revoked"}
    assert set(session.scalars(select(Claim.state))) == {"decided", "returned"}
    assert session.scalars(select(Review.comment).where(Review.verdict == "reject")).all() == [ERASED] * 2
    load_recomputers()
    seal_all(session)
    report = verify(session, SIGNER.verifier)
    assert report.ok, report.finding


def test_the_log_says_how_much_went_and_no_word_of_it(session: Session) -> None:
    marked = make_marked(session)
    erase_person(session, marked.worker, marked.worker.person)
    body = session.scalars(select(AuditEvent.body).where(AuditEvent.kind == "person.erased")).one()
    assert b'"reason":"own_wish"' in body
    assert b'{"rows":2,"table":"dispute"}' in body
    assert MARK.encode() not in body


def test_what_was_earned_is_paid_and_then_the_account_goes(session: Session) -> None:
    marked, finance, rail = make_marked(session), make_finance(session), sandbox(session)
    me = marked.worker.person
    erase_person(session, marked.worker, me)
    _decide_in_silence(session)
    _look(session)
    assert session.get_one(Person, me).state == "erasing"
    while session.scalar(select(Installment.id).where(Installment.payee_id == me, Installment.state == "scheduled")):
        mature(session)
        execute(session, finance, rail, make_approved_run(session, finance))
        confirm_sent(inside(session), {"sandbox": rail})
        reconcile(inside(session), {"sandbox": rail})
    paid = session.scalars(select(Installment).where(Installment.payee_id == me)).all()
    assert {one.state for one in paid} == {"paid"}
    assert balance(session, pay_due(me, "CNY")).amount < 10_000
    assert what_is_owed(session, me) == ["payouts under way, or paid so lately that a bank may give them back"]
    assert has_destination(session, me)
    _look(session, days=61)
    assert session.get_one(Person, me).state == "erased"
    assert not has_destination(session, me)
    assert places_of(session) == set()
    payouts = session.scalars(select(Payout).where(Payout.payee_id == me)).all()
    assert {DESTINATION.get(session, payout) for payout in payouts} == {ERASED}
    load_recomputers()
    seal_all(session)
    report = verify(session, SIGNER.verifier)
    assert report.ok, report.finding


def test_a_payout_prepared_before_still_gets_there(session: Session) -> None:
    marked, finance, rail = make_marked(session), make_finance(session), sandbox(session)
    mature(session)
    run = make_approved_run(session, finance)
    erase_person(session, marked.worker, marked.worker.person)
    execute(session, finance, rail, run)
    assert f"acct_{MARK}" in set(session.scalars(select(SandboxTransfer.destination)))


def test_what_is_said_of_them_afterwards_goes_at_the_next_look(session: Session) -> None:
    marked = make_marked(session)
    waiting = hand_in(session, marked.chain, marked.worker)
    erase_person(session, marked.worker, marked.worker.person)
    verdict = Verdict(waiting.answer_ids[0], "reject", "wrong_label", f"{MARK} was wrong", "G1")
    decide_answers(session, marked.chain.reviewer, waiting.claim_id, [verdict])
    assert places_of(session) == {"audit_words", "review"}
    _look(session)
    assert places_of(session) == set()
    bodies = session.scalars(select(AuditEvent.body).where(AuditEvent.kind == "person.erased")).all()
    assert sum(b'"reason":"written_since"' in body for body in bodies) == 1


def test_only_oneself_after_a_sign_in_of_a_moment_ago_or_operations(session: Session) -> None:
    worker = make_worker(session)
    operations = make_member(session, make_organization(session, "platform"), "operations")
    for actor, reason, problem in (
        (worker, "own_wish", "step_up_required"),
        (signed_in(session, worker, minutes_ago=16), "own_wish", "step_up_required"),
        (signed_in(session, make_worker(session)), "own_wish", "forbidden"),
        (signed_in(session, worker), "authority", "forbidden"),
        (operations, "because", "invalid"),
        (operations, "own_wish", "invalid"),
    ):
        with pytest.raises(DomainError) as refused:
            erase_person(session, actor, worker.person, reason)
        assert refused.value.spec.slug == problem
    assert erase_person(session, operations, worker.person, "asked_in_writing").state == "erasing"
    with pytest.raises(DomainError, match="state_conflict"):
        erase_person(session, operations, worker.person, "authority")
    with pytest.raises(DomainError, match="not_found"):
        erase_person(session, operations, make_organization(session).id, "authority")


def test_an_erased_person_is_nobody_any_more_and_the_address_is_free(session: Session) -> None:
    client = make_organization(session)
    make_member(session, client, "requester")
    reviewer = make_member(session, client, "reviewer")
    address = session.get_one(Person, reviewer.person).email
    operations = make_member(session, make_organization(session, "platform"), "operations")
    erase_person(session, operations, reviewer.person, "asked_in_writing")
    assert actor_of_person(session, reviewer.person, client.id) is None
    assert make_person(session, email=address).id != reviewer.person


def test_the_last_who_manages_an_organization_is_refused(session: Session) -> None:
    client = make_organization(session)
    requester = make_member(session, client, "requester")
    operations = make_member(session, make_organization(session, "platform"), "operations")
    with pytest.raises(DomainError, match="last_of_role"), session.begin_nested():
        erase_person(session, operations, requester.person, "asked_in_writing")
    directory.add_member(session, operations, requester.person, client.id, "reviewer")
    make_member(session, client, "requester")
    erase_person(session, operations, requester.person, "asked_in_writing")


def test_finance_with_a_run_that_nobody_approved_is_refused(session: Session) -> None:
    make_marked(session)
    mature(session)
    finance = make_finance(session)
    prepare_run(session, finance.preparer, "sandbox")
    operations = make_member(session, make_organization(session, "platform"), "operations")
    with pytest.raises(DomainError, match="person_needed") as refused:
        erase_person(session, operations, finance.preparer.person, "asked_in_writing")
    assert refused.value.data == {"open": ["a payout run"]}


def test_words_of_append_only_tables_can_be_taken_away_and_never_altered(session: Session) -> None:
    make_marked(session)
    load_personal()
    tables = {table.name: columns for table in load_models().sorted_tables if (columns := blankable(table))}
    assert set(tables) == {
        "access_rule",
        "access_rule_contest",
        "access_rule_end",
        "adjudication",
        "review",
        "skill_grant",
        "skill_revocation",
    }
    for table, columns in tables.items():
        for column in columns:
            _refused(session, f"UPDATE {table} SET {column} = 'kind words'")
            _refused(session, f"UPDATE {table} SET {column} = NULL")
            session.execute(text(f"UPDATE {table} SET {column} = '{ERASED}' WHERE {column} IS NOT NULL"))
            _refused(session, f"UPDATE {table} SET {column} = 'back again'")
        _refused(session, f"DELETE FROM {table}")
    _refused(session, f"UPDATE review SET comment = '{ERASED}', verdict = 'accept' WHERE verdict = 'reject'")
    _refused(session, f"UPDATE review SET comment = '{ERASED}' WHERE comment IS NULL")


def _refused(session: Session, statement: str) -> None:
    if statement.startswith("UPDATE") and not session.scalar(text(f"SELECT count(*) FROM {statement.split()[1]}")):
        return  # nothing is there to be changed
    with pytest.raises(DBAPIError, match=r"never changed|permission denied"), session.begin_nested():
        session.execute(text(statement))


def _look(session: Session, days: int = 1) -> None:
    """Let so many days pass, and look at who was erased."""
    move_clock_to(session, market_now(session) + dt.timedelta(days=days, hours=1))
    assert finish_erasure(session) == 1
    assert finish_erasure(session) == 0


def _decide_in_silence(session: Session) -> None:
    """Nobody decides the dispute: that decides it for the worker."""
    move_clock_to(session, market_now(session) + dt.timedelta(days=30))
    overturn_silent(session)
    decide_silent_appeals(session)
    finalize_rejections(session)


def test_whoever_answered_a_worker_takes_their_own_words_away_and_not_the_workers(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    (answer_id,) = handed.answer_ids
    decide_answers(session, chain.reviewer, handed.claim_id, [reject(answer_id)])
    dispute = open_dispute(session, handed.worker, answer_id, "It is a lorry.")
    respond(session, chain.reviewer, dispute.id, "It is a van.")
    erase_person(session, make_staff(session, "operations"), chain.reviewer.person, "authority")
    session.refresh(dispute)
    assert (dispute.reason, dispute.response) == ("It is a lorry.", ERASED)
    load_recomputers()
    seal_all(session)
    assert verify(session, SIGNER.verifier).ok
