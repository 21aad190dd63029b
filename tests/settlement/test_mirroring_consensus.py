"""What was accepted by mistake says nothing any more: not in a consensus, nor against its worker or its layer."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.overlap import Overlap
from marketplace.kernel.actor import Actor
from marketplace.ledger.treasury import put_in_capital
from marketplace.provenance.chains import answer_chain
from marketplace.provenance.policy import PartKind
from marketplace.provenance.scorecards import contract_scorecard
from marketplace.settlement.accepting import decide_answers
from marketplace.work import finding, results
from marketplace.work.adjudicating import adjudicate
from marketplace.work.claiming import claim_next
from marketplace.work.consensus_models import ItemConsensus
from marketplace.work.models import Answer, Claim
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.consensus import find_consensus
from tests.builders.jobs import make_party
from tests.builders.overlap import sweep
from tests.builders.settlement import accept, another, hand_in, make_chain, payable_worker
from tests.builders.work import accept_all
from tests.settlement.test_mirroring import PLATFORM, accepted_together, cny, confirmed


def given(session: Session) -> list[int]:
    wanted = select(ItemConsensus).execution_options(populate_existing=True)
    return sorted(len(row.answers) for row in session.scalars(wanted))


def test_the_client_reads_nothing_of_it_in_the_consensus_of_its_item(session: Session) -> None:
    _, answers = accepted_together(session)
    find_consensus(session)
    before = given(session)
    confirmed(session, answers[0])
    find_consensus(session)
    assert given(session) == before[: -len(answers)]


def test_what_is_left_of_an_item_is_weighed_anew(session: Session) -> None:
    chain = make_chain(session, items=1, redundancy=2)
    for _ in range(2):
        accept(session, chain, hand_in(session, chain, payable_worker(session)))
    put_in_capital(session, PLATFORM, cny("10"))
    find_consensus(session)
    assert given(session) == [2]
    confirmed(session, session.scalars(select(Answer).limit(1)).one())
    find_consensus(session)
    assert given(session) == [1]


def test_it_counts_neither_for_nor_against_its_worker_and_its_layer(session: Session) -> None:
    chain, answers = accepted_together(session)
    _, contract = chain.layers[-1]
    confirmed(session, answers[0])
    worker = Actor(
        session.get_one(Claim, answers[0].claim_id).worker_id,
        None,
        None,
        frozenset(["worker"]),
        frozenset(),
        "session",
        "Wu",
    )
    assert finding._acceptance(session, worker) == {}
    month, _ = contract_scorecard(session, chain.layers[-1][0], contract.id)
    assert month.answers_decided == month.accepted_first == len(answers)


def test_the_client_reads_neither_its_content_nor_what_it_was_corrected_to(session: Session) -> None:
    chain = make_chain(session, items=1)
    (answer_id,) = (handed := hand_in(session, chain)).answer_ids
    fixed = Verdict(answer_id, "accept", correction={"label": "bus"})
    decide_answers(session, chain.reviewer, handed.claim_id, [fixed])
    put_in_capital(session, PLATFORM, cny("10"))
    (read,) = results.results(session, chain.client, chain.job.id).data
    assert read.correction is not None
    confirmed(session, session.get_one(Answer, answer_id))
    (read,) = results.results(session, chain.client, chain.job.id).data
    assert (read.content, read.correction) == (None, None)


def test_what_a_third_person_chose_is_not_given_once_it_was_accepted_by_mistake(session: Session) -> None:
    overlap = Overlap(answers_max=2, agreement_min_ppm=900_000)
    chain = make_chain(session, items=1, redundancy=2, overlap=overlap)
    answers = []
    for label in ("car", "bus"):
        claimed = claim_next(session, worker := payable_worker(session), chain.batch.id)
        submit(session, worker, claimed.id, {item.id: {"label": label} for item in claimed.items}, 1)
        decide_answers(session, chain.reviewer, claimed.id, accept_all(session, claimed.id))
        answers.append(session.scalars(select(Answer).where(Answer.claim_id == claimed.id)).one())
    sweep(session)
    decider = another(session, chain.client, "reviewer")
    adjudicate(session, decider, answers[0].item_id, answer_id=answers[0].id, reason="It has four doors.")
    find_consensus(session)
    assert session.scalars(select(ItemConsensus.value)).one() == {"label": "car"}
    put_in_capital(session, PLATFORM, cny("10"))
    confirmed(session, answers[0])
    find_consensus(session)
    assert session.scalars(select(ItemConsensus.value)).one() == {"label": "bus"}


def test_its_chain_says_that_the_worker_earned_and_nobody_else(session: Session) -> None:
    _, answers = accepted_together(session)
    confirmed(session, answers[0])
    view = answer_chain(session, make_party(session, "platform", "auditor"), answers[0].id)
    earned = {part.part.kind: part.earned for part in view.parts}
    assert earned[PartKind.PAY] == cny("0.35")
    assert earned[PartKind.FEE] == earned[PartKind.MARGIN] == cny("0")
