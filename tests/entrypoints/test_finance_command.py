"""`piecework finance`: a day of finance by its commands: paid out, followed, planned, reconciled, by two people."""

from __future__ import annotations

import base64
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select, text

from marketplace.db.engine import transaction
from marketplace.entrypoints.cli import piecework
from marketplace.entrypoints.commands import showing
from marketplace.gateways.sandbox import SandboxRail
from marketplace.identity import directory
from marketplace.identity.models import Person
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.models import ExternalLine
from marketplace.settings import Settings
from tests.builders.identity import TESTS
from tests.builders.payouts import inside, make_due_chain, make_finance
from tests.builders.settlement import Chain


class Market(NamedTuple):
    """One chain of which a day is due, and the addresses of two people of finance."""

    engine: Engine
    chain: Chain
    one: str
    other: str


@pytest.fixture
def market(committing_engine: Engine, settings: Settings) -> Market:
    # The key that the tests seal with: what they write the commands can open.
    (settings.data_dir / "payee_key").write_text(base64.b64encode(bytes(range(32))).decode() + "\n")
    (settings.data_dir / "payee_key").chmod(0o600)
    with transaction(committing_engine) as session:
        chain, finance = make_due_chain(session), make_finance(session)
        emails = []
        for actor in (finance.preparer, finance.approver):
            directory.add_member(session, TESTS, actor.person, actor.organization, "finance")
            emails.append(session.get_one(Person, actor.person).email or "")
    return Market(committing_engine, chain, *emails)


def finance(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(piecework, ["finance", *words])
    assert done.exit_code == code, done.output
    return done.output


def refused(*words: str) -> str:
    done = CliRunner().invoke(piecework, ["finance", *words])
    assert isinstance(done.exception, DomainError), done.output
    return done.exception.slug


def the_run(market: Market) -> str:
    with transaction(market.engine) as session:
        return public("payout_run", session.scalars(select(PayoutRun.id)).one())


def test_a_run_is_prepared_checked_approved_by_another_executed_and_followed(market: Market) -> None:
    prepared = finance("runs", "prepare", "sandbox", "--by", market.one)
    run = the_run(market)
    assert f"{run} is prepared; rail sandbox" in prepared
    assert "All 3 payouts add up, from answers to the rail." in finance("runs", "check", run)
    assert refused("runs", "approve", run, "--by", market.one) == "payout_two_people"
    assert f"{run} is approved" in finance("runs", "approve", run, "--by", market.other)
    assert f"{run} is approved" in finance("runs", "follow", run, "--seconds", "0", code=1)

    assert f"{run} is done" in finance("runs", "execute", run, "--by", market.one)
    assert f"{run} is done" in finance("runs", "follow", run)
    assert "3 of " in finance("runs", "list", "--state", "done")
    assert finance("runs", "list", "--state", "prepared") == "None.\n"
    assert finance("payouts", "list", "--run", run).count("settled") == 3
    payout = finance("payouts", "list").splitlines()[1].split()[0]
    followed = finance("payouts", "follow", payout)
    assert "answers" in followed
    assert "lines" in followed


def test_what_was_done_stays_done_where_nobody_reads_what_is_said(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    finance("runs", "prepare", "sandbox", "--by", market.one)

    def closed(*said: object, **how: object) -> None:
        raise BrokenPipeError

    with monkeypatch.context() as patch:
        patch.setattr("click.echo", closed)
        CliRunner().invoke(piecework, ["finance", "runs", "approve", the_run(market), "--by", market.other])
    assert "is approved" in finance("runs", "show", the_run(market))


def test_what_does_not_add_up_in_a_run_is_named_before_it_is_approved(market: Market) -> None:
    finance("runs", "prepare", "sandbox", "--by", market.one)
    with transaction(market.engine) as session:
        payout = session.scalars(select(Payout).where(Payout.payee_kind == "worker")).one()
        payout.amount, payout.carried_out = payout.amount - 10_000, payout.carried_out
        name = public("payout", payout.id)
    assert name in finance("runs", "check", the_run(market), code=1)
    with transaction(market.engine) as session:
        session.get_one(Payout, payout.id).amount += 10_000


def test_a_refused_payout_is_sent_again_or_given_up(market: Market) -> None:
    with transaction(market.engine) as session:
        SandboxRail(inside(session)).script("pay_out", "refuse", times=2)
    finance("runs", "prepare", "sandbox", "--by", market.one)
    run = the_run(market)
    finance("runs", "approve", run, "--by", market.other)
    finance("runs", "execute", run, "--by", market.one)
    payout = finance("payouts", "list", "--state", "refused").splitlines()[1].split()[0]
    assert refused("payouts", "retry", payout, "--by", market.one) == "payout_two_people"
    assert finance("payouts", "retry", payout, "--by", market.other) == f"{payout} is approved.\n"
    finance("runs", "execute", run, "--by", market.one)
    assert finance("payouts", "cancel", payout, "--hold", "--by", market.other) == f"{payout} is cancelled.\n"


def test_a_run_is_called_off(market: Market) -> None:
    finance("runs", "prepare", "sandbox", "--by", market.one)
    assert "is cancelled" in finance("runs", "cancel", the_run(market), "--by", market.one)


def test_the_forecast_margins_and_statements_are_shown(market: Market) -> None:
    chain = market.chain
    assert finance("forecast", "--days", "400").startswith("CNY: the cash ")
    by_layer = finance("margins", "--by", "layer")
    assert by_layer.splitlines()[0].split() == ["layer", "answers", "margin"]
    assert "In all: " in by_layer
    assert finance("margins", "--output", "-").startswith("month,client_id,")
    assert "per_" not in finance("margins", "--by", "client")
    worker, layer = public("person", chain.workers[0].person), public("organization", chain.layers[0][0].organization)
    for payee in (worker, layer):
        month = finance("statements", payee).splitlines()[-1]
        assert "owed at the end" in finance("statements", payee, month)
    assert CliRunner().invoke(piecework, ["finance", "statements", worker, "2027"]).exit_code == 2


def test_a_line_is_owned_matched_by_two_people_and_taken_back(market: Market) -> None:
    with transaction(market.engine) as session:
        rail = SandboxRail(inside(session))
        rail.show("other", Money.parse("-2", "CNY", negative=True), "x_1")
        reconcile(inside(session), {"sandbox": rail})
        session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
        reconcile(inside(session), {"sandbox": rail})
        line = public(
            "external_line", session.scalars(select(ExternalLine.id).where(ExternalLine.kind == "other")).one()
        )
    assert line in finance("reconciliation", "open")
    finance("reconciliation", "owner", line, market.other, "--by", market.one)
    assert line in finance("reconciliation", "suspense")
    proposed = finance("reconciliation", "match", line, "fee", "The rail's fee.", "--by", market.one)
    match = proposed.split()[0]
    assert proposed == f"{match} is proposed; another person must agree.\n"
    assert refused("reconciliation", "approve", match, "--by", market.one) == "line_two_people"
    assert finance("reconciliation", "approve", match, "--by", market.other) == f"{match} is done.\n"
    assert match in finance("reconciliation", "matches", "--state", "done")
    assert finance("reconciliation", "suspense") == "None.\n"
    undone = finance("reconciliation", "undo", match, "It was ours.", "--by", market.one)
    assert undone == f"{match} is undo_asked; another person must agree.\n"
    assert finance("reconciliation", "reject", match, "--by", market.other) == f"{match} is done.\n"
    assert "lines" in finance("reconciliation")


def test_a_table_has_numbers_to_the_right_and_says_when_there_is_more(capsys: pytest.CaptureFixture[str]) -> None:
    showing.show_table(("what", "sum"), [("a", Money.parse("10", "CNY")), ("bcd", Money.parse("2", "CNY"))], more=True)
    assert capsys.readouterr().out.splitlines() == [
        "what        sum",
        "a     10.00 CNY",
        "bcd    2.00 CNY",
        "There are more: --limit shows up to 200.",
    ]
