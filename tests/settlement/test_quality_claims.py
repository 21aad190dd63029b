"""Claims about the quality of accepted answers (J10b): who makes them against whom, and how they end."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.settlement import quality_deciding
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import auto_accept
from marketplace.settlement.quality_claiming import ANSWER_WITHIN, withdraw_claim
from marketplace.settlement.quality_deciding import agree, contest, uphold_silent
from marketplace.settlement.quality_queries import Sides, get_quality_claim, quality_claims, sides_of
from marketplace.work.verdicts import Verdict
from tests.builders.defaults import operations, owed
from tests.builders.jobs import make_party
from tests.builders.payouts import inside
from tests.builders.quality_claims import answers, make_accepted, open_claim
from tests.builders.settlement import accept, another, hand_in, make_chain, move_clock_to, reject


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def after(session: Session, **passed: float) -> None:
    move_clock_to(session, market_now(session) + dt.timedelta(**passed))


def test_silence_decides_for_the_claimant(session: Session) -> None:
    chain, handed = make_accepted(session)
    claim = open_claim(session, chain.client, answers(handed))
    assert uphold_silent(session) == 0
    move_clock_to(session, market_now(session) + ANSWER_WITHIN)
    assert uphold_silent(session) == 1
    assert (claim.state, claim.decided_by_person_id, claim.collected) == ("upheld", None, cny("0.25"))
    assert uphold_silent(session) == 0


@pytest.mark.parametrize("decision", ["upheld", "dismissed"])
def test_operations_decide_what_is_contested(session: Session, decision: str) -> None:
    chain, handed = make_accepted(session)
    vouching, _ = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed))
    decider = operations(session)
    with pytest.raises(DomainError, match="cannot become dismissed"):
        quality_deciding.decide(session, decider, claim.id, decision, "Not yet.")
    contest(session, vouching, claim.id, "They are cars.")
    assert (claim.state, claim.response) == ("contested", "They are cars.")
    move_clock_to(session, market_now(session) + ANSWER_WITHIN)
    assert uphold_silent(session) == 0
    quality_deciding.decide(session, decider, claim.id, decision, "We looked at them.")
    expected = "0.25" if decision == "upheld" else "0"
    assert (claim.state, claim.collected, claim.decision) == (decision, cny(expected), "We looked at them.")
    assert owed(session, vouching, "scheduled") == (0 if decision == "upheld" else 250_000)
    again: tuple[Callable[[], object], ...] = (
        lambda: quality_deciding.decide(session, decider, claim.id, "upheld", "Again."),
        lambda: withdraw_claim(session, chain.client, claim.id),
        lambda: agree(session, vouching, claim.id),
        lambda: contest(session, vouching, claim.id, "Again."),
    )
    for verb in again:
        with pytest.raises(DomainError) as refused:
            verb()
        assert refused.value.slug == "state_conflict"


def test_nobody_of_a_side_decides(session: Session) -> None:
    chain, handed = make_accepted(session)
    vouching, _ = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed))
    contest(session, vouching, claim.id, "They are cars.")
    decider = operations(session)
    for insider in (handed[0].worker.person_id, chain.reviewer.person_id, chain.client.person_id, vouching.person_id):
        person = Actor(
            insider, decider.organization_id, "platform", decider.roles, decider.permissions, "session", "Wu"
        )
        with pytest.raises(DomainError) as refused:
            quality_deciding.decide(session, person, claim.id, "upheld", "Mine.")
        assert refused.value.slug == "quality_claim_party"
    with pytest.raises(DomainError) as refused:
        quality_deciding.decide(session, chain.client, claim.id, "upheld", "Mine.")
    assert refused.value.slug == "forbidden"


def test_the_layer_whose_reviewer_accepted_vouches(session: Session) -> None:
    chain = make_chain(session, acceptance_by="parent")
    (above, contract), (lowest, _) = chain.layers
    handed = hand_in(session, chain)
    chain.reviewer = another(session, above, "reviewer")
    accept(session, chain, handed)
    claim = open_claim(session, chain.client, handed.answer_ids)
    assert (claim.against_organization_id, claim.contract_id) == (above.organization, contract.id)
    withdraw_claim(session, chain.client, claim.id)
    with pytest.raises(DomainError, match="Your own reviewers"):
        open_claim(session, above, handed.answer_ids, rule=None)
    with pytest.raises(DomainError, match="Only the client, or a layer above"):
        open_claim(session, lowest, handed.answer_ids, rule=None)


def test_where_the_timer_accepted_the_layer_that_opened_the_task_vouches(session: Session) -> None:
    chain = make_chain(session, acceptance_by="client", auto_accept_seconds=60)
    handed = hand_in(session, chain)
    after(session, minutes=2)
    assert auto_accept(inside(session)) == 1
    claim = open_claim(session, chain.client, handed.answer_ids)
    assert claim.against_organization_id == chain.layers[-1][0].organization


def test_what_the_clients_own_reviewer_accepted_is_not_claimed_by_the_client(session: Session) -> None:
    chain = make_chain(session, acceptance_by="client")
    handed = hand_in(session, chain)
    chain.reviewer = another(session, chain.client, "reviewer")
    accept(session, chain, handed)
    with pytest.raises(DomainError, match="Your own reviewers"):
        open_claim(session, chain.client, handed.answer_ids)
    # The layer above the one that opened the task can: nobody of its side looked.
    claim = open_claim(session, chain.layers[0][0], handed.answer_ids, "0.18", rule=None)
    assert claim.against_organization_id == chain.layers[1][0].organization


def test_tasks_of_the_client_itself_have_nobody_to_claim_from(session: Session) -> None:
    chain = make_chain(session, prices=(), pay="0.855", auto_accept_seconds=60)
    handed = hand_in(session, chain)
    after(session, minutes=2)
    auto_accept(inside(session))
    with pytest.raises(DomainError, match="No layer vouched"):
        open_claim(session, chain.client, handed.answer_ids)


def test_what_is_wrong_with_a_claim_is_named(session: Session) -> None:
    chain, handed = make_accepted(session, claims=2)
    ids = answers(handed)
    client = chain.client
    for wrong, pointer in (
        ({"rule": None}, "/rule"),
        ({"rule": "G9"}, "/rule"),
        ({"category": "ugly"}, "/category"),
        ({"reason": " "}, "/reason"),
        ({"amount": "0"}, "/amount/amount"),
        ({"amount": "0.513001"}, "/amount/amount"),
        ({"currency": "USD"}, "/amount/currency"),
    ):
        with pytest.raises(DomainError) as refused:
            open_claim(session, client, ids, **wrong)
        assert refused.value.slug == "invalid"
        assert [error.pointer for error in refused.value.errors] == [pointer]
    with pytest.raises(DomainError, match="1 to 1000"):
        open_claim(session, client, [])
    # A layer pays 0.60 below: three tenths of its own price are its limit, and it need not cite.
    with pytest.raises(DomainError) as refused:
        open_claim(session, chain.layers[0][0], ids, "0.360001", rule=None)
    assert [error.message for error in refused.value.errors] == [
        "Claim at most 0.36 CNY: 300000 millionths of the 1.20 CNY that you pay for these answers, by the job's terms."
    ]
    assert open_claim(session, chain.layers[0][0], ids, "0.36", rule=None).asked == cny("0.36")


def test_what_was_not_accepted_or_is_nobodys_business_is_refused(session: Session) -> None:
    chain = make_chain(session, items=3)
    waiting, refused_work = hand_in(session, chain), hand_in(session, chain)
    decide_answers(session, chain.reviewer, refused_work.claim_id, [reject(refused_work.answer_ids[0])])
    done = hand_in(session, chain)
    decide_answers(
        session, chain.reviewer, done.claim_id, [Verdict(done.answer_ids[0], "pay_not_use", "other", "Not needed.")]
    )
    for answer_id in (*waiting.answer_ids, *refused_work.answer_ids, uuid.uuid4()):
        with pytest.raises(DomainError) as refused:
            open_claim(session, chain.client, [answer_id])
        assert refused.value.slug == "not_found"
    with pytest.raises(DomainError, match="Only what was accepted"):
        open_claim(session, chain.client, done.answer_ids)
    stranger = make_party(session, "subcontractor")
    with pytest.raises(DomainError) as refused:
        open_claim(session, stranger, done.answer_ids, rule=None)
    assert refused.value.slug == "not_found"


def test_one_claim_at_a_time_and_none_after_one_that_was_upheld_or_lost(session: Session) -> None:
    chain, handed = make_accepted(session, claims=3)
    (above, _), (vouching, _) = chain.layers
    standing, upheld, lost = (one.answer_ids for one in handed)
    claim = open_claim(session, chain.client, standing)
    agree(session, vouching, open_claim(session, chain.client, upheld).id)
    losing = open_claim(session, chain.client, lost)
    contest(session, vouching, losing.id, "No.")
    quality_deciding.decide(session, operations(session), losing.id, "dismissed", "They are right.")
    for actor, ids in ((above, standing), (above, upheld), (chain.client, lost), (chain.client, [*standing, *lost])):
        with pytest.raises(DomainError) as refused:
            open_claim(session, actor, ids, "0.1", rule="G1")
        assert refused.value.slug == "quality_claim_exists"
    # Another may try what one lost, and after a withdrawal it is open to all.
    open_claim(session, above, lost, "0.1", rule=None)
    withdraw_claim(session, chain.client, claim.id)
    open_claim(session, chain.client, standing)


def test_only_the_two_parties_and_the_staff_see_a_claim(session: Session) -> None:
    chain, handed = make_accepted(session)
    (above, _), (vouching, _) = chain.layers
    claim = open_claim(session, chain.client, answers(handed))
    for reader in (chain.client, vouching, operations(session), make_party(session, "platform", "auditor")):
        assert get_quality_claim(session, reader, claim.id) is claim
        assert [row.id for row in quality_claims(session, reader, job_id=chain.job.id, state="open").data] == [claim.id]
    for stranger in (above, make_party(session), make_party(session, "subcontractor")):
        assert not quality_claims(session, stranger).data
        for verb in (get_quality_claim, withdraw_claim):
            with pytest.raises(DomainError) as refused:
                verb(session, stranger, claim.id)
            assert refused.value.slug == "not_found"
    with pytest.raises(DomainError) as refused:
        agree(session, above, claim.id)
    assert refused.value.slug == "not_found"
    readers = session.scalar(select(AuditEvent.organization_ids).where(AuditEvent.kind == "quality_claim.opened"))
    assert set(readers or ()) == {chain.client.organization, vouching.organization}


@pytest.mark.parametrize("policy", ["full", "shares", "finance_only"])
def test_who_is_hidden_from_a_side_is_named_to_it_nowhere(session: Session, policy: str) -> None:
    chain, handed = make_accepted(session, price_visibility=policy)
    (above, above_contract), (vouching, contract) = chain.layers
    claim = open_claim(session, chain.client, answers(handed))
    contest(session, vouching, claim.id, "No.")
    quality_deciding.decide(session, operations(session), claim.id, "upheld", "They are buses.")
    client, below = chain.client.organization, vouching.organization
    hidden = None if policy != "full" else below
    shown = sides_of(session, chain.client, [claim])[claim.id]
    assert shown == Sides(client, hidden, None if hidden is None else contract.id)
    # The client is known to all, and one's own contract is one's own.
    for reader in (vouching, operations(session), make_party(session, "platform", "auditor")):
        assert sides_of(session, reader, [claim])[claim.id] == Sides(client, below, contract.id)
    # What both sides read of the log and the webhooks names neither a layer nor a contract.
    told = select(AuditEvent).where(AuditEvent.organization_ids.contains([client]), AuditEvent.kind.like("quality%"))
    events = session.scalars(told.order_by(AuditEvent.id)).all()
    assert [event.kind.split(".")[1] for event in events] == ["opened", "contested", "decided", "collected"]
    secrets = [public("organization", one.organization) for one in (above, vouching)]
    secrets += [public("contract", one.id) for one in (above_contract, contract)]
    for event in events:
        assert not [secret for secret in secrets if secret.encode() in event.body]


def test_neighbours_know_each_other(session: Session) -> None:
    chain, handed = make_accepted(session, price_visibility="finance_only")
    (above, _), (vouching, contract) = chain.layers
    claim = open_claim(session, above, answers(handed), "0.18", rule=None)
    for reader in (above, vouching):
        known = Sides(above.organization, vouching.organization, contract.id)
        assert sides_of(session, reader, [claim])[claim.id] == known


def test_a_layer_further_above_is_hidden_from_the_one_that_vouched(session: Session) -> None:
    chain, handed = make_accepted(session, price_visibility="shares", layers_max=3, prices=("0.855", "0.70", "0.60"))
    top, _, (vouching, contract) = chain.layers
    claim = open_claim(session, top[0], answers(handed), "0.2", rule=None)
    assert sides_of(session, vouching, [claim])[claim.id] == Sides(None, vouching.organization, contract.id)
    assert sides_of(session, top[0], [claim])[claim.id] == Sides(top[0].organization, None, None)
