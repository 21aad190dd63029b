import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.events import all_kinds
from marketplace.identity import directory
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.lifecycle.events import RESERVE_RELEASED
from marketplace.lifecycle.items import withdraw_items
from marketplace.notifications import feed, queries
from marketplace.notifications.models import Notification
from marketplace.notifications.rules import RULES
from marketplace.settlement.accepting import decide_answers
from marketplace.work.verdicts import Verdict
from tests.audit.parts import seal_all
from tests.builders.contracts import make_layers
from tests.builders.jobs import make_open_job, make_party
from tests.builders.payouts import execute, make_approved_run, make_due_chain, make_finance, sandbox
from tests.builders.quotes import a_rate, wants
from tests.builders.screening import block
from tests.builders.settlement import accept, another, hand_in, make_chain, redo, reject
from tests.builders.work import SETUP, make_worker


def tell(session: Session) -> int:
    """Seal and read on until nothing is left; how many leaves were read."""
    seal_all(session)
    read = 0
    while count := feed.sweep(session):
        read += count
    return read


def told(session: Session, actor: Actor) -> list[str]:
    return sorted(one.kind for one in queries.inbox(session, actor).data)


def join(session: Session, actor: Actor, role: str = "manager") -> Actor:
    directory.add_member(session, SETUP, actor.person, actor.organization, role)
    return actor


def test_a_worker_is_told_what_became_of_each_answer(session: Session) -> None:
    chain = make_chain(session, items=3, items_per_task=3)
    handed = hand_in(session, chain)
    one, two, three = handed.answer_ids
    decide_answers(session, chain.reviewer, handed.claim_id, [Verdict(one, "accept"), redo(two), reject(three)])
    assert feed.sweep(session) == 0
    tell(session)
    assert told(session, handed.worker) == ["claim.accepted", "claim.redo_requested", "claim.rejected"]
    rejected = next(one for one in queries.inbox(session, handed.worker).data if one.kind == "claim.rejected")
    assert rejected.subject_id == handed.claim_id
    assert rejected.body["answers"] == 1
    assert "contest_until" in rejected.body


def test_payees_are_told_of_what_is_due_and_paid(session: Session) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5)
    finance = make_finance(session)
    manager = join(session, chain.layers[0][0])
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    tell(session)
    assert told(session, chain.workers[0]) == ["claim.accepted", "installment.due", "payout.settled"]
    assert told(session, manager)[-2:] == ["installment.due", "payout.settled"]
    settled = next(one for one in queries.inbox(session, chain.workers[0]).data if one.kind == "payout.settled")
    assert settled.body["amount"] == {"amount": "0.87", "currency": "CNY"}


def test_a_payee_is_told_the_rate_and_both_amounts_before_they_are_paid(session: Session) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5)
    a_rate(session)
    wants(session, chain.workers[0])
    make_approved_run(session)
    tell(session)

    quoted = next(one for one in queries.inbox(session, chain.workers[0]).data if one.kind == "payout.quoted")

    assert quoted.body["owed"] == {"amount": "0.874613", "currency": "CNY"}
    assert quoted.body["paid"] == {"amount": "15.79", "currency": "KES"}
    assert (quoted.body["rate"], quoted.body["source"]) == ("18.0537", "finance")


def test_the_side_below_is_told_of_an_offer_and_the_side_above_of_its_acceptance(session: Session) -> None:
    chain = make_chain(session)
    seller = join(session, chain.layers[0][0])
    colleague = join(session, another(session, seller, "manager"))
    requester = join(session, another(session, chain.client, "requester"), "requester")
    tell(session)
    # The seller accepted the client's offer, and made one below that was accepted; nobody hears of what they did.
    assert told(session, seller) == ["contract.accepted", "contract.offered"]
    assert told(session, colleague) == ["contract.accepted", "contract.offered"]
    assert told(session, requester) == ["contract.accepted"]


def test_a_layer_is_told_when_the_client_takes_items_of_its_contract_back(session: Session) -> None:
    client = make_party(session)
    job, root = make_open_job(session, client)
    ((seller, _),) = make_layers(session, client, root, ["0.855"], items=4)
    manager = join(session, seller)
    withdraw_items(session, client, job.id, external_ids=["standard-2"])
    tell(session)
    assert told(session, manager) == ["contract.items_withdrawn", "contract.offered"]


def test_the_one_blocked_is_told_no_id_that_the_list_of_blocks_does_not_show(session: Session) -> None:
    client, seller, worker = (
        make_party(session),
        join(session, make_party(session, "subcontractor")),
        make_worker(session),
    )
    job, root = make_open_job(session, client)
    block(session, client, worker, scope="contract", contract_id=root.id)
    block(session, client, seller, scope="job", job_id=job.id)
    tell(session)
    for concerned in (worker, seller):
        (made,) = queries.inbox(session, concerned).data
        assert (made.kind, set(made.body)) == ("access_rule.made", {"effect", "scope", "expires_at"})
        # The bodies of events name job and contract, and are for whoever may read the log.
        assert not concerned.may("audit.read")


def test_a_leaf_is_told_once_however_often_the_feed_runs(session: Session) -> None:
    chain = make_chain(session)
    accept(session, chain, hand_in(session, chain))
    assert tell(session) > 0
    count = session.scalar(select(func.count()).select_from(Notification))
    assert tell(session) == 0
    assert session.scalar(select(func.count()).select_from(Notification)) == count


def test_notifications_are_read_by_their_own_person_in_their_own_part(session: Session) -> None:
    chain = make_chain(session)
    handed, other = hand_in(session, chain), hand_in(session, chain)
    accept(session, chain, handed)
    tell(session)
    worker = handed.worker
    assert queries.unread_count(session, worker) == 1
    assert queries.unread_count(session, other.worker) == 0
    mine = [one.id for one in queries.inbox(session, worker).data]
    assert queries.mark_read(session, other.worker, mine) == 0
    assert queries.mark_read(session, worker, mine) == 1
    assert queries.mark_read(session, worker) == 0
    assert queries.unread_count(session, worker) == 0
    with pytest.raises(DomainError, match="forbidden"):
        queries.inbox(session, chain.reviewer)


def test_every_rule_is_about_an_event_that_exists_and_fields_it_has() -> None:
    known = {kind.kind: kind for kind in all_kinds()}
    assert RESERVE_RELEASED.kind in RULES
    assert RULES.keys() <= known.keys()
    for name, rule in RULES.items():
        assert set(rule.fields) <= {field.removesuffix("_commitment") for field in known[name].fields}, name
        assert rule.side in {"", "readers"} or rule.side in known[name].fields
