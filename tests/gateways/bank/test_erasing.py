"""What the bank rail keeps of the account of somebody to whom nothing is owed any more."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.personal import ERASED
from marketplace.gateways.bank.details import read
from marketplace.gateways.bank_models import BankDetail, BankFile, BankInstruction, BankLine
from marketplace.identity.departures import blank_paid_off
from marketplace.rails.models import RailEvent
from tests.gateways.bank.standing import AtTheBank, a_sent_payout


def test_the_account_is_blanked_in_orders_and_lines_and_stays_in_the_file_that_was_sent(
    session: Session, there: AtTheBank
) -> None:
    payout = a_sent_payout(there)
    there.send()
    there.bring()
    account = "12345698765432"
    file = session.scalars(select(BankFile)).one()
    of_file = [one for one in session.scalars(select(BankDetail.id)) if account in read(session, one)]
    assert {file.content_id} < set(of_file)

    touched = blank_paid_off(session, payout.payee_id)

    assert touched["bank_detail"] == 3
    assert [one for one in session.scalars(select(BankDetail.id)) if account in read(session, one)] == [file.content_id]
    ordered, line = session.scalars(select(BankInstruction)).one(), session.scalars(select(BankLine)).one()
    assert ordered.destination_id is not None
    assert {read(session, one) for one in (ordered.destination_id, line.said_id)} == {ERASED}


def test_what_a_rail_said_of_the_destination_is_emptied(session: Session, there: AtTheBank) -> None:
    payout = a_sent_payout(there)
    theirs = f"acct_{payout.payee_id.hex}"
    for number, destination in enumerate((theirs, "acct_of_another")):
        session.add(RailEvent(provider="x", event_id=f"evt_{number}", payload={"destination": destination}))
    session.flush()
    assert blank_paid_off(session, payout.payee_id)["rail_event"] == 1
    session.expire_all()
    said = session.scalars(select(RailEvent.payload).where(RailEvent.provider == "x").order_by(RailEvent.id)).all()
    assert said == [{}, {"destination": "acct_of_another"}]
