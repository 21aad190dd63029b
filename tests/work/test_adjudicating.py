from __future__ import annotations

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.audit.recording import recomputers
from marketplace.audit.verifying import verify
from marketplace.audit.words import compared, words_of
from marketplace.db.personal import ERASED
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.identity import directory
from marketplace.identity.erasing import erase_person
from marketplace.jobs.overlap import Overlap
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.models import Earning
from marketplace.work.adjudicating import adjudicate, adjudications
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer
from marketplace.work.overlap_models import Adjudication, OverlapItem
from marketplace.work.results import results
from marketplace.work.submitting import submit
from tests.audit.parts import SIGNER, seal_all
from tests.builders.consensus import find_consensus
from tests.builders.identity import make_staff
from tests.builders.jobs import colleague, make_party
from tests.builders.overlap import do, make_overlap_market, sweep
from tests.builders.settlement import Chain, another, make_chain
from tests.builders.work import SETUP, Market, accept_all, make_organization, make_worker, open_batch


def by_layers(session: Session) -> tuple[Chain, list[Actor]]:
    """An item without agreement, answered by workers of the second of two layers; and these workers."""
    overlap = Overlap(answers_max=2, agreement_min_ppm=900_000)
    chain = make_chain(session, items=1, redundancy=2, overlap=overlap)
    workers = [make_worker(session), make_worker(session)]
    for worker, label in zip(workers, ("car", "bus"), strict=True):
        claimed = claim_next(session, worker, chain.batch.id)
        submit(session, worker, claimed.id, {item.id: {"label": label} for item in claimed.items}, 1)
        decide_answers(session, chain.reviewer, claimed.id, accept_all(session, claimed.id))
    sweep(session)
    return chain, workers


def by_the_client(session: Session) -> Market:
    """An item without agreement in a job whose client opened the tasks itself."""
    market = make_overlap_market(session, items_count=1, answers_max=2)
    batch = open_batch(session, market)
    for label in ("good", "bad"):
        do(session, market, batch, label)
    sweep(session)
    return market


def item_id(session: Session) -> object:
    return session.scalars(select(OverlapItem.item_id)).one()


def refused(session: Session, actor: Actor, **choice: object) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        adjudicate(session, actor, item_id(session), **{"reason": "So it is.", **choice})  # type: ignore[arg-type]
    return refusal.value


def test_the_side_above_and_the_client_see_what_waits_and_no_one_else_does(session: Session) -> None:
    chain, _ = by_layers(session)
    (above, _), (opener, _) = chain.layers
    (platform,) = make_organization(session, "platform", "dispute_decider")
    for actor, seen in (
        (another(session, above, "reviewer"), 1),
        (another(session, chain.client, "reviewer"), 1),
        (another(session, opener, "reviewer"), 0),
        (another(session, make_party(session, "client"), "reviewer"), 0),
        (platform, 0),
    ):
        assert len(adjudications(session, actor).data) == seen, actor
        if not seen:
            assert refused(session, actor).slug == "not_found"


def test_rule_14_nobody_decides_on_an_item_they_answered_nor_as_a_member_of_the_answering_side(
    session: Session,
) -> None:
    chain, (worker, _) = by_layers(session)
    client_id = chain.client.organization
    as_reviewer = colleague(client_id, "client", worker.person, "reviewer")
    assert adjudications(session, as_reviewer).data == []
    assert refused(session, as_reviewer).slug == "review_own_answer"
    opener = chain.layers[-1][0]
    both = another(session, chain.client, "reviewer")
    directory.add_member(session, SETUP, both.person, opener.organization, "reviewer")
    assert refused(session, both).slug == "review_own_answer"


def test_where_the_client_opened_the_tasks_itself_the_platform_decides(session: Session) -> None:
    market = by_the_client(session)
    (platform,) = make_organization(session, "platform", "dispute_decider")
    assert adjudications(session, market.reviewer).data == []
    [waiting] = adjudications(session, platform).data
    assert [answer.content["label"] for answer in waiting.answers] == ["good", "bad"]
    assert waiting.agreement == 0.0


def test_an_answer_that_is_chosen_becomes_the_result_and_no_pay_changes(session: Session) -> None:
    chain, _ = by_layers(session)
    earned = session.execute(select(Earning.id, Earning.amount).order_by(Earning.id)).all()
    reviewer = another(session, chain.client, "reviewer")
    [waiting] = adjudications(session, reviewer).data
    adjudicate(session, reviewer, waiting.item.id, answer_id=waiting.answers[1].id, reason="It has two doors.")
    assert session.execute(select(Earning.id, Earning.amount).order_by(Earning.id)).all() == earned
    find_consensus(session)
    lines = results(session, chain.client, chain.job.id).data
    assert [(line.consensus, line.adjudicated, line.state) for line in lines] == [
        ({"label": "bus"}, True, "accepted")
    ] * 2
    assert adjudications(session, reviewer).data == []
    assert refused(session, reviewer, answer_id=waiting.answers[0].id).slug == "state_conflict"


def test_an_answer_of_ones_own_must_fit_the_schema(session: Session) -> None:
    chain, _ = by_layers(session)
    reviewer = another(session, chain.client, "reviewer")
    wrong = refused(session, reviewer, content={"label": "tram"})
    assert [error.pointer for error in wrong.errors] == ["/content/label"]
    stranger = session.scalars(select(Answer.id)).first()
    assert [error.pointer for error in refused(session, reviewer, reason=" ", answer_id=stranger).errors] == ["/reason"]
    assert refused(session, reviewer).errors[0].code == "one_of"
    adjudicate(session, reviewer, item_id(session), content={"label": "bus"}, reason="It is.")  # type: ignore[arg-type]
    find_consensus(session)
    assert results(session, chain.client, chain.job.id).data[0].consensus == {"label": "bus"}


def test_only_standing_answers_to_the_item_can_be_chosen(session: Session) -> None:
    by_the_client(session)
    (platform,) = make_organization(session, "platform", "dispute_decider")
    item = item_id(session)
    other = by_the_client(session)
    strange = session.scalars(select(Answer.id).where(Answer.job_id == other.job.id)).first()
    with pytest.raises(DomainError) as refusal:
        adjudicate(session, platform, item, answer_id=strange, reason="So it is.")  # type: ignore[arg-type]
    assert refusal.value.errors[0].pointer == "/answer_id"


def test_what_the_log_says_of_a_decision_still_follows_from_its_row(session: Session) -> None:
    chain, _ = by_layers(session)
    reviewer = another(session, chain.client, "reviewer")
    adjudicate(session, reviewer, item_id(session), content={"label": "bus"}, reason="It is.")  # type: ignore[arg-type]
    load_recomputers()
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "item.adjudicated")).one()
    again = recomputers()[event.kind](session, [event.subject_id])[event.subject_id]
    assert again is not None
    spoken = words_of(session, [event.id])[event.id]
    sealed = json.loads(event.body)["data"]
    assert compared(again, sealed, spoken) == sealed


def test_what_was_typed_goes_with_any_of_those_it_is_about_and_the_log_still_verifies(session: Session) -> None:
    chain, workers = by_layers(session)
    reviewer = another(session, chain.client, "reviewer")
    adjudicate(session, reviewer, item_id(session), content={"label": "bus"}, reason="It is.")  # type: ignore[arg-type]
    erase_person(session, make_staff(session, "operations"), workers[1].person, "asked_in_writing")
    assert session.scalars(select(Adjudication.reason)).one() == ERASED
    load_recomputers()
    seal_all(session)
    report = verify(session, SIGNER.verifier)
    assert report.ok, report.finding
