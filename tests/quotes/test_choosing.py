import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.kernel.errors import DomainError
from marketplace.kernel.rates import Rate
from marketplace.quotes.choosing import choose_currency, chosen_currencies, offered_currencies
from marketplace.quotes.queries import valid_rate
from marketplace.quotes.setting import set_rate
from marketplace.quotes.taking import take_quotes
from tests.builders.identity import make_worker
from tests.builders.jobs import make_party
from tests.builders.payouts import inside, sandbox
from tests.builders.quotes import a_rate, hours_pass, wants


def test_only_the_payee_chooses_and_only_what_there_is_a_rate_to(session: Session) -> None:
    worker, rails = make_worker(session), {"sandbox": sandbox(session)}
    with pytest.raises(DomainError, match="there are rates to: none") as refusal:
        choose_currency(session, worker, rails, "sandbox", "KES")
    assert refusal.value.errors[0].pointer == "/currency"
    a_rate(session)
    with pytest.raises(DomainError, match="no such rail"):
        choose_currency(session, worker, rails, "cheques", "KES")
    with pytest.raises(DomainError):
        choose_currency(session, make_party(session, "platform", "finance"), rails, "sandbox", "KES")

    wants(session, worker)

    assert offered_currencies(session) == ["KES"]
    assert chosen_currencies(session, "sandbox", [worker.person]) == {worker.person: "KES"}
    wants(session, worker, None)
    assert chosen_currencies(session, "sandbox", [worker.person]) == {}
    kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.subject_id == worker.person))
    assert list(kinds).count("payout_currency.chosen") == 2


def test_rates_are_set_by_finance_for_a_while_and_never_changed(session: Session) -> None:
    finance = make_party(session, "platform", "finance")
    with pytest.raises(DomainError, match="good for 1 to"):
        set_rate(session, finance, Rate.parse("18", "CNY", "KES"), 10_000)
    with pytest.raises(DomainError):
        set_rate(session, make_worker(session), Rate.parse("18", "CNY", "KES"), 24)
    first = a_rate(session, "18.05370000", by=finance)
    second = a_rate(session, "18.1", hours=2, by=finance)

    assert (first.rate, first.source, first.set_by) == ("18.05370000", "finance", finance.person)
    assert valid_rate(session, "sandbox", "CNY", "KES") == second, "the newest counts"
    hours_pass(session, 3)
    assert valid_rate(session, "sandbox", "CNY", "KES") == first, "while it is valid"
    hours_pass(session, 22)
    assert valid_rate(session, "sandbox", "CNY", "KES") is None
    with pytest.raises(DBAPIError, match=r"permission denied|never changed"), session.begin_nested():
        session.execute(text("UPDATE exchange_rate SET rate = '1'"))


def test_a_rate_of_the_rail_itself_goes_before_one_of_finance(session: Session) -> None:
    rail = sandbox(session)
    a_rate(session, "18.0537")
    rail.script_rate(Rate.parse("17.9", "CNY", "KES"), valid_seconds=3_600)

    wanted = [("sandbox", "CNY", "KES"), ("sandbox", "CNY", "JPY"), ("elsewhere", "CNY", "KES")]
    assert take_quotes(inside(session), {"sandbox": rail}, wanted) == 1
    assert take_quotes(inside(session), {"sandbox": rail}, wanted) == 0, "one is enough while it is valid"

    found = valid_rate(session, "sandbox", "CNY", "KES")
    assert found is not None
    assert (found.rate, found.source, found.set_by) == ("17.9", "sandbox", None)
    other = valid_rate(session, "elsewhere", "CNY", "KES")
    assert other is not None
    assert other.source == "finance"
