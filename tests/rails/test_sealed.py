"""Where payees are paid lies sealed in the database, and the keys can be changed under it."""

import uuid

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from marketplace.db import sealed
from marketplace.db.keyring import KeyRing
from marketplace.db.sealed import OPTION
from marketplace.kernel.errors import DomainError
from marketplace.payouts.models import DESTINATION as PAYOUT_DESTINATION
from marketplace.payouts.models import Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.rails.methods import destination_of, keep_destination, note_ready, payees_at, shown_destination
from marketplace.rails.models import DESTINATION, PayoutDestination
from tests.builders.identity import make_worker
from tests.builders.payouts import make_due_chain, make_finance
from tests.keys import KEYS

IBAN = "DE89370400440532013000"
ROWS = (
    "SELECT r::text FROM payout_destination r UNION ALL SELECT r::text FROM payout r UNION ALL "
    "SELECT convert_from(body, 'UTF8') FROM audit_event"
)


def with_keys(session: Session, *secrets: bytes) -> KeyRing:
    ring = KeyRing(*secrets)
    session.connection().execution_options(**{OPTION: ring})
    return ring


def of(session: Session, payee_id: uuid.UUID) -> PayoutDestination:
    return session.get_one(PayoutDestination, (payee_id, "sandbox"), populate_existing=True)


def test_neither_the_tables_nor_the_log_hold_an_account_in_the_clear(session: Session) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5)
    worker = chain.workers[0]
    row = of(session, worker.person)
    DESTINATION.put(session, row, IBAN)
    session.flush()

    prepare_run(session, make_finance(session).preparer, "sandbox")

    paid = session.scalars(select(Payout).where(Payout.payee_id == worker.person)).one()
    assert PAYOUT_DESTINATION.get(session, paid) == IBAN
    assert not [row for row in session.execute(text(ROWS)).scalars() if IBAN in row or IBAN.encode().hex() in row]


def test_who_is_paid_at_an_account_is_found_by_it(session: Session) -> None:
    one, other = make_worker(session), make_worker(session)
    keep_destination(session, one, "sandbox", IBAN)
    keep_destination(session, other, "sandbox", "acct_2")

    assert payees_at(session, "sandbox", IBAN) == {one.person}
    assert payees_at(session, "stripe", IBAN) == set()
    assert note_ready(session, "sandbox", IBAN)
    assert not note_ready(session, "sandbox", "acct_3")
    assert shown_destination(session, one.person, "sandbox") == "…3000"


def test_an_account_copied_to_another_payee_does_not_open_there(session: Session) -> None:
    thief, victim = make_worker(session), make_worker(session)
    keep_destination(session, thief, "sandbox", "acct_of_the_thief")
    keep_destination(session, victim, "sandbox", "acct_of_the_victim")

    stolen = update(PayoutDestination).where(PayoutDestination.payee_id == victim.person)
    session.execute(stolen.values(destination_sealed=of(session, thief.person).destination_sealed))

    with pytest.raises(DomainError, match="sealed_unreadable"):
        DESTINATION.get(session, of(session, victim.person))
    assert destination_of(session, victim.person, "sandbox") is None


def test_a_payee_whose_account_cannot_be_read_keeps_nobody_else_unpaid(session: Session) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5)
    spoilt = of(session, chain.workers[0].person)
    spoilt.destination_sealed = b"\x01spoilt"
    session.flush()

    run = prepare_run(session, make_finance(session).preparer, "sandbox")

    paid = set(session.scalars(select(Payout.payee_id).where(Payout.run_id == run.id)))
    assert paid
    assert chain.workers[0].person not in paid


def test_after_a_change_of_keys_everything_is_sealed_anew_and_the_old_key_is_of_no_more_use(session: Session) -> None:
    payees = [make_worker(session).person for _ in range(3)]
    for number, payee_id in enumerate(payees):
        row = PayoutDestination(payee_id=payee_id, rail="sandbox", payee_kind="worker")
        DESTINATION.put(session, row, f"acct_{number}")
        session.add(row)
    session.flush()
    (old,) = (key.secret for key in KEYS.keys)

    new = with_keys(session, b"n" * 32, old)
    assert [destination_of(session, payee_id, "sandbox") for payee_id in payees] == ["acct_0", "acct_1", "acct_2"]
    assert payees_at(session, "sandbox", "acct_1") == {payees[1]}
    assert [sealed.reseal(session, limit=2) for _ in range(3)] == [2, 1, 0]
    assert sealed.count_by_key(session) == {new.current.id.hex(): 3}

    with_keys(session, b"n" * 32)
    session.expire_all()
    assert [destination_of(session, payee_id, "sandbox") for payee_id in payees] == ["acct_0", "acct_1", "acct_2"]
    assert payees_at(session, "sandbox", "acct_1") == {payees[1]}
    with_keys(session, old)


def test_a_session_whose_engine_has_no_keys_says_so(session: Session) -> None:
    worker = make_worker(session)
    session.connection().execution_options(**{OPTION: None})
    with pytest.raises(RuntimeError, match="made without keys"):
        keep_destination(session, worker, "sandbox", "acct_1")
    session.connection().execution_options(**{OPTION: KEYS})
