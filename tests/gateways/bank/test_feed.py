"""A year at the bank, with what banks do to references: nearly all is matched, nothing wrongly, the rest explained.

The feed is made from a seeded history of payouts, deposits and our own transfers. What each line is was written down
when it was made, and is compared with what it was matched with. What nobody could match is written down as nothing: it
must stand on 2900 with a reason and an owner.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.bank_models import BankFile, BankLine, BankStatement
from marketplace.jobs.drafts import RateDraft
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import bank_wages
from marketplace.ledger.treasury import put_in_capital
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import execute_run
from marketplace.reconciliation.match_models import LineMatch, LineMatchPayout, LineMatchTransfer
from marketplace.reconciliation.measuring import measure, together
from marketplace.reconciliation.models import ExternalLine
from tests.builders.payees import move_to
from tests.builders.payouts import Finance, inside, make_finance, mature
from tests.builders.settlement import accept, hand_in, make_chain
from tests.gateways.bank.imitation import Line, iban
from tests.gateways.bank.standing import AtTheBank, a_deposit, cny

Told = list[tuple[Line, frozenset[str]]]
FEE: Final = frozenset({"fee"})
NOTHING: Final[frozenset[str]] = frozenset()


@dataclass
class Feed:
    """The bank's lines by day, each with the truth: the references of the payouts, deposits or transfers that it is.

    `lost` is how many payments in a thousand have lost their reference.
    """

    there: AtTheBank
    client: Actor
    finance: Finance
    chance: random.Random
    lost: int
    truth: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    noise: Counter[str] = field(default_factory=Counter)
    fees: Money = field(default_factory=lambda: cny("0"))

    def month(self, number: int) -> None:
        """Pay all that is due, and bring the statements of the days around it."""
        session = self.there.session
        mature(session)
        self.statement(-1, [])
        run = prepare_run(session, self.finance.preparer, "bank")
        approve_run(session, self.finance.approver, run.id)
        execute_run(inside(session), self.finance.preparer, {"bank": self.there.rail}, run.id)
        self.there.send()
        paid, self.there.bank.lines = self.there.bank.lines, []
        days: list[Told] = [self.payments(number, paid), [], [], [], [], []]
        late = [one for one in days[0] if self.chance.random() < 0.03]
        self.noise["a day late"] += len(late)
        days[0], days[1] = [one for one in days[0] if one not in late], late
        days[2] += self.transfer(number)
        for day, lines in enumerate(self.trouble(number, days[0])):
            days[day + 1] += lines
        days[0] += self.deposits()
        days[3].append((Line(cny("-1.25"), text="charges", code="CHRG"), FEE))
        for day, lines in enumerate(days):
            self.statement(day, lines)

    def payments(self, number: int, paid: list[Line]) -> Told:
        """The lines of a file: some without a reference, some months all as one."""
        truth = [frozenset({line.end_to_end}) for line in paid]
        if number % 6 in {2, 5}:
            self.noise["a whole file as one line"] += 1
            whole = sum((line.amount for line in paid), Money.zero("CNY"))
            newest = select(BankFile.message_id).order_by(BankFile.id.desc()).limit(1)
            file = self.there.session.scalars(newest).one() if number % 6 == 5 else ""
            return [(Line(whole, text="COLLECTIVE ORDER", batch=file), frozenset().union(*truth))]
        for line in paid:
            drawn = self.chance.randrange(1_000)
            if drawn < self.lost:
                self.noise["no reference"] += 1
                line.end_to_end = ""
                line.iban, line.name = ("", "") if drawn < self.lost // 5 else (line.iban, line.name)
            elif drawn < 2 * self.lost:
                self.noise["charged inside"] += 1
                line.charged = cny("0.15")
        return list(zip(paid, truth, strict=True))

    def trouble(self, number: int, paid: Told) -> list[Told]:
        """On the days after it: a payment that comes back, one that is booked twice, and money of nobody knows whom."""
        named = [(line, truth) for line, truth in paid if line.end_to_end and line.charged is None]
        self.chance.shuffle(named)
        days: list[Told] = [[], [], []]
        if number % 3 == 0 and named:
            line, truth = named.pop()
            back = Line(-line.amount, line.end_to_end, returned="AC04", reversal=bool(number % 2))
            self.noise["reversed" if back.reversal else "returned"] += 1
            days[2].append((back, truth))
        if number % 3 == 1 and named:
            line, _ = named.pop()
            self.noise["booked twice"] += 1
            days[0].append((Line(line.amount, line.end_to_end), NOTHING))
            days[2].append((Line(-line.amount, line.end_to_end, reversal=True), NOTHING))
        amount = cny(f"{self.chance.randrange(10, 90)}.{self.chance.randrange(100):02}")
        self.noise["nobody's money"] += 1
        days[1].append((Line(amount, text="FOR OUR WORK", name="Somebody", iban=iban("7" * 14)), NOTHING))
        return days

    def deposits(self) -> Told:
        """What clients pay in under their references."""
        found = []
        for _ in range(5):
            amount = f"{self.chance.randrange(100, 900)}.{self.chance.randrange(100):02}"
            deposit = a_deposit(self.there, self.client, amount)
            line = Line(cny(amount), text=f"INVOICE {deposit.reference}", name="A client", iban=iban("5" * 14))
            found.append((line, frozenset({deposit.reference or ""})))
        return found

    def transfer(self, number: int) -> Told:
        """Two days before, our money left another rail; now the bank shows it, without saying from where."""
        session, name = self.there.session, f"tb_{number}"
        amount = cny(f"{700 + number}.{self.chance.randrange(100):02}")
        session.add(
            ExternalLine(
                rail="stripe", external_id=name, kind="to_bank", amount=-amount.amount, currency="CNY",
                occurred_at=market_now(session), reference=name,
            )
        )  # fmt: skip
        session.flush()
        return [(Line(amount, text="STRIPE TECHNOLOGY"), frozenset({name}))]

    def statement(self, day: int, lines: Told) -> None:
        """The bank's statement of a day after the files; each is brought twice."""
        there = self.there
        there.bank.lines = [line for line, _ in lines]
        data = there.bank.camt(market_now(there.session).date() + dt.timedelta(days=day))
        name = f"S-{there.bank.number}"
        # What was charged inside a line is a line of its own behind it.
        told = [one for line, what in lines for one in ([what] if line.charged is None else [what, FEE])]
        self.truth |= {(name, ordinal): what for ordinal, what in enumerate(told, start=1)}
        taken = [line.charged or -line.amount for line, what in lines if line.charged is not None or what == FEE]
        self.fees = sum(taken, self.fees)
        there.bring(data)
        self.noise["a file twice"] += not there.bring(data).is_new


def make_feed(
    session: Session, there: AtTheBank, client: Actor, workers: int, months: int, seed: int, lost: int
) -> Feed:
    """Workers who are paid in as many months, each of another amount."""
    terms = SettlementTerms(tuple(TermPart(1, month, Anchor.MONTH_END) for month in range(1, months + 1)))
    chance = random.Random(seed)
    for number in range(workers):
        # Whole fen a month, from 0.60 to 9.00: some workers earn the same.
        pay = f"{chance.randrange(60, 900) * months / 600:.4f}"
        chain = make_chain(
            session,
            items=6,
            items_per_task=6,
            prices=(),
            pay=pay,
            settlement_terms=terms,
            rates=(RateDraft("standard", cny("20")),),
        )
        handed = hand_in(session, chain)
        accept(session, chain, handed)
        move_to(
            session, handed.worker, there.rail.clean_account(f"Payee {number} / {iban(f'{number:014}')}"), rail="bank"
        )
    put_in_capital(session, there.finance, cny("1000"))
    return Feed(there, client, make_finance(session), chance, lost)


def matched_with(session: Session) -> dict[tuple[str, int], frozenset[str]]:
    """What each line of a statement was matched with, in the words of the truth."""
    found: dict[tuple[str, int], frozenset[str]] = {}
    parts: dict[object, set[str]] = {}
    wanted = select(LineMatch.line_id, Payout.rail_reference).join(
        LineMatchPayout, LineMatchPayout.match_id == LineMatch.id
    )
    for line_id, reference in session.execute(wanted.join(Payout, Payout.id == LineMatchPayout.payout_id)):
        parts.setdefault(line_id, set()).add(str(reference))
    transfers = select(LineMatch.line_id, ExternalLine.reference).join(
        LineMatchTransfer, LineMatchTransfer.match_id == LineMatch.id
    )
    for line_id, reference in session.execute(
        transfers.join(ExternalLine, ExternalLine.id == LineMatchTransfer.line_id)
    ):
        parts.setdefault(line_id, set()).add(str(reference))
    rows = session.execute(
        select(ExternalLine, BankStatement.statement_id, BankLine.ordinal, Journal, Payout.rail_reference)
        .join(BankLine, ExternalLine.external_id == func.concat("bank_", BankLine.id))
        .join(BankStatement, BankStatement.id == BankLine.statement_id)
        .outerjoin(Journal, Journal.id == ExternalLine.journal_id)
        .outerjoin(Payout, Payout.id == Journal.subject_id)
        .where(ExternalLine.rail == "bank", ExternalLine.state == "matched")
    )
    for line, statement, ordinal, _, reference in rows:
        exact = {"fee"} if line.kind == "fee" else {reference or line.reference}
        found[statement, ordinal] = frozenset(parts.get(line.id, exact))
    return found


def check(session: Session, feed: Feed) -> None:
    session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
    feed.there.book()
    found = matched_with(session)
    lines, matched = len(feed.truth), len(found)
    possible = sum(what != NOTHING for what in feed.truth.values())
    print(f"{matched} of {possible} matched, {lines} lines; noise: {dict(feed.noise)}")  # noqa: T201
    assert [(place, what) for place, what in found.items() if feed.truth[place] != what] == []
    assert matched >= possible * 0.999
    left = session.scalars(select(ExternalLine).where(ExternalLine.rail == "bank", ExternalLine.state != "matched"))
    rest = [(line.state, line.why, line.owner_id) for line in left]
    assert len(rest) == lines - matched
    assert all(state == "set_aside" and why and owner for state, why, owner in rest), "every rest says why, and whose"
    assert feed.noise["no reference"] >= 3
    assert all(feed.noise[kind] for kind in ("charged inside", "returned", "reversed", "booked twice", "a file twice"))
    assert run_checks(session, ["I7", "I8", "I9", "I13", "I14", "I17", "R10", "E2"]).holds
    assert balance(session, bank_wages("CNY")) == feed.there.bank.balance + feed.fees, "the platform bears its fees"
    today = market_now(session).date()
    whole = together(measure(session, today - dt.timedelta(days=500), today + dt.timedelta(days=30)))
    assert (whole.completeness_ppm, whole.lines - whole.cleared) == (1_000_000, lines - matched)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [8, 13, 21])
def test_half_a_year_of_a_few_workers(session: Session, there: AtTheBank, client: Actor, seed: int) -> None:
    feed = make_feed(session, there, client, workers=7, months=6, seed=seed, lost=150)
    for number in range(6):
        feed.month(number)
    check(session, feed)


@pytest.mark.campaign
def test_a_year_of_many_workers(session: Session, there: AtTheBank, client: Actor) -> None:
    feed = make_feed(session, there, client, workers=100, months=12, seed=8, lost=50)
    for number in range(12):
        feed.month(number)
    check(session, feed)
