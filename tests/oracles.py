"""Beancount and hledger as second opinions on our books: both must read them without complaint and agree with us."""

import csv
import io
import os
import shutil
import subprocess
from collections import defaultdict
from decimal import Decimal

import pytest
from beancount import loader
from beancount.core import data
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance, ref_of
from marketplace.ledger.chart import Side
from marketplace.ledger.models import Account
from marketplace.reconciliation.books import writing
from marketplace.reconciliation.books.naming import account_name
from marketplace.reconciliation.books.reading import ALL_DAYS, Span

Balances = dict[str, Decimal]
"""By the exported name of the account, debits positive; accounts that hold nothing are left out."""


class NotAcceptedError(Exception):
    """An oracle complains about the books; its words are the message."""


def exported(session: Session, name: str, span: Span = ALL_DAYS) -> str:
    """The books, or some days of them, in one of the formats."""
    return "".join(writing.FORMATS[name](session, span))


def ask_beancount(text: str) -> Balances:
    """Load the text with Beancount and add up its postings; raises NotAcceptedError with every complaint."""
    entries, errors, _ = loader.load_string(text)
    if errors:
        raise NotAcceptedError("\n".join(error.message for error in errors))
    sums: Balances = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                assert posting.units is not None
                assert isinstance(posting.units.number, Decimal)
                sums[posting.account] += posting.units.number
    return {account: held for account, held in sums.items() if held}


def ask_hledger(text: str) -> Balances:
    """Check the text with hledger, strictly, and take its balances; raises NotAcceptedError with its complaint."""
    _hledger(text, "check", "--strict")
    shown = _hledger(text, "balance", "--flat", "--no-total", "--output-format", "csv", "--layout", "bare")
    return {row["account"]: Decimal(row["balance"]) for row in csv.DictReader(io.StringIO(shown))}


def our_balances(session: Session) -> Balances:
    """What each account holds by our own reckoning, one account at a time: the kept balance where there is one."""
    found: dict[str, Money] = {}
    for row in session.scalars(select(Account)):
        ref = ref_of(row)
        held = balance(session, ref)
        found[account_name(ref)] = held if ref.code.side is Side.DEBIT else -held
    return {name: held.decimal() for name, held in found.items() if not held.is_zero}


def oracles_agree(session: Session) -> None:
    """Raise AssertionError or NotAcceptedError unless both programs accept the books and hold what we hold."""
    ours = our_balances(session)
    assert ask_beancount(exported(session, "beancount")) == ours
    assert ask_hledger(exported(session, "hledger")) == ours


def need_hledger() -> None:
    """Skip where hledger is not installed; fail where NEED_HLEDGER says that it must be."""
    if shutil.which("hledger") is None:
        sentence = "no hledger is installed here; on Debian and Ubuntu: apt-get install hledger"
        if os.environ.get("NEED_HLEDGER"):
            pytest.fail(sentence)
        pytest.skip(sentence)


def _hledger(text: str, *arguments: str) -> str:
    # It reads text by the locale, and Debian's has no other UTF-8 one without a package.
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    command = ["hledger", "--file", "-", *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise NotAcceptedError(done.stderr)
    return done.stdout
