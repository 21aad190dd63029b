"""The ledger line by line: the accounts of a code, the postings of one, journals and what they posted."""

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.console.blueprint import blueprint
from marketplace.console.fields import day_of
from marketplace.identity.queries import organization_names, person_names
from marketplace.kernel.errors import NOT_FOUND, DomainError
from marketplace.kernel.ids import parse
from marketplace.ledger import account_queries, journal_queries
from marketplace.ledger.balances import trial_balance
from marketplace.ledger.chart import DATED_CODES, AccountRef, Code
from marketplace.web.auth import current_actor
from marketplace.web.csv_files import csv_file
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded

_CODES: Final = {str(int(code)): code for code in Code}
_OWN_NAMES: Final = {"/first": "/from", "/last": "/until"}


@blueprint.get("/ledger/accounts/<code>")
@guarded("ledger.read")
def ledger_accounts(code: str) -> ResponseReturnValue:
    """What each account of a code holds in one currency, now or at the end of a day."""
    session, actor, of = request_session(), current_actor(), _code(code)
    sums = {line.currency: line for line in trial_balance(session, actor) if line.code is of}
    currency = request.args.get("currency", "") or next(iter(sums), "")
    days = {name: day for name in ("due_from", "due_until", "as_of") if (day := _day(name)) is not None}
    page = account_queries.accounts(
        session,
        actor,
        of,
        currency,
        due_from=days.get("due_from"),
        due_until=days.get("due_until"),
        as_of=days.get("as_of"),
        cursor=request.args.get("cursor"),
    )
    dated = of in DATED_CODES
    within = None
    if dated and days.keys() & {"due_from", "due_until"} and "as_of" not in days:
        within = account_queries.owed_within(
            session, actor, of, currency, days.get("due_from", dt.date.min), days.get("due_until", dt.date.max)
        )
    return render_template(
        "console/ledger_accounts.html",
        code=of,
        currency=currency,
        sums=sums,
        days=days,
        address={"currency": currency, **{name: day.isoformat() for name, day in days.items()}},
        dated=dated,
        within=within,
        page=page,
        names=_names(one.ref for one in page.data),
    )


@blueprint.get("/ledger/accounts/<code>/<account>")
@guarded("ledger.read")
def ledger_account(code: str, account: str) -> ResponseReturnValue:
    """The postings of one account in a range of days, with what it held before, between and after."""
    _code(code)
    days = {name: day for name in ("from", "until") if (day := _day(name)) is not None}
    with _own_names():
        found = account_queries.lines(
            request_session(),
            current_actor(),
            parse("account", account),
            first=days.get("from"),
            last=days.get("until"),
            cursor=request.args.get("cursor"),
        )
    return render_template(
        "console/ledger_account.html",
        found=found,
        days=days,
        address={"code": code, "account": account, **{name: day.isoformat() for name, day in days.items()}},
        names=_names([found.ref, *(line.other for line in found.page.data)]),
    )


@blueprint.get("/ledger/accounts/<code>/<account>/file")
@guarded("ledger.read")
def ledger_account_file(code: str, account: str) -> Response:
    """The same as CSV."""
    actor, account_id, first, last = current_actor(), parse("account", account), _day("from"), _day("until")
    account_queries.account(request_session(), actor, account_id)
    with _own_names():
        account_queries.range_of(request_session(), first, last)
    return csv_file(
        f"account-{_code(code):d}", lambda session: account_queries.lines_csv(session, actor, account_id, first, last)
    )


@blueprint.get("/ledger/journals")
@guarded("ledger.read")
def ledger_journals() -> ResponseReturnValue:
    """Journals of a kind, of some days, about a subject."""
    chosen = {name: value for name in ("kind", "subject") if (value := request.args.get(name, "").strip())}
    days = {name: day for name in ("from", "until") if (day := _day(name)) is not None}
    with _own_names():
        page = journal_queries.journals(
            request_session(),
            current_actor(),
            first=days.get("from"),
            last=days.get("until"),
            kind=chosen.get("kind"),
            subject=chosen.get("subject"),
            cursor=request.args.get("cursor"),
        )
    return render_template(
        "console/ledger_journals.html",
        kinds=journal_queries.KINDS,
        chosen=chosen,
        days=days,
        address={**chosen, **{name: day.isoformat() for name, day in days.items()}},
        page=page,
    )


@blueprint.get("/ledger/journals/<journal>")
@guarded("ledger.read")
def ledger_journal(journal: str) -> ResponseReturnValue:
    """One journal and its postings."""
    session, journal_id = request_session(), parse("journal", journal)
    found = journal_queries.journal(session, current_actor(), journal_id)
    page = journal_queries.entries(session, journal_id, cursor=request.args.get("cursor"))
    names = _names(ref for one in page.data for ref in (one.debit, one.credit))
    return render_template("console/ledger_journal.html", journal=found, page=page, names=names)


def _code(text: str) -> Code:
    if text not in _CODES:
        raise NOT_FOUND.error("There is no account with this code.", noun="account")
    return _CODES[text]


def _day(name: str) -> dt.date | None:
    form = Form(request.args.to_dict())
    return day_of(form, name) if form.value(name).strip() else None


@contextmanager
def _own_names() -> Iterator[None]:
    """What is wrong with a range of days is said of the fields of these pages."""
    try:
        yield
    except DomainError as refused:
        errors = [replace(one, pointer=_OWN_NAMES.get(one.pointer, one.pointer)) for one in refused.errors]
        raise refused.spec.error(refused.detail, errors=errors, **refused.data) from refused


def _names(refs: Iterable[AccountRef]) -> dict[UUID, str]:
    """Of whoever owns an account; whether a person or an organization, not every code says."""
    session, owners = request_session(), {ref.owner_id for ref in refs if ref.owner_id is not None}
    return person_names(session, owners) | organization_names(session, owners)
