"""A payee's statements as pages and files, the same for workers and organizations."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Final

from flask import Response, render_template, request
from flask_babel import gettext as _

from marketplace.audit.keys import load_signer
from marketplace.audit.queries import latest_checkpoint
from marketplace.db.clock import real_now
from marketplace.identity.queries import organization_names
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import parse, public
from marketplace.kernel.money import Money
from marketplace.provenance import bundle_scopes, statements
from marketplace.provenance.bundling import make_bundle
from marketplace.provenance.statement_files import statement_csv
from marketplace.provenance.statements import CurrencyStatement, Month, Movement
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.csv_files import csv_file
from marketplace.web.database import request_session
from marketplace.web.log import log_size
from marketplace.web.pdf import makes_pdf, need_pdf, pdf_file

LINES_MAX: Final = 200
"""So many answers, installments and payouts are in one PDF: some seconds of work."""
_READERS: Final = {
    "answers": statements.lines,
    "installments": statements.installments,
    "payouts": statements.payouts,
}


def months_page(template: str) -> str:
    """The months that there are statements of."""
    months = statements.months(request_session(), current_actor())
    return render_template(template, months=months, makes_pdf=makes_pdf())


def statement_page(template: str, text: str) -> str:
    """One month: the sums, and one of its three lists, which `part` of the query chooses. Raises invalid."""
    session, actor, month = request_session(), current_actor(), Month.parse(text)
    part = request.args.get("part", "answers")
    part = part if part in _READERS else "answers"
    return render_template(
        template,
        month=month,
        currencies=statements.statement(session, actor, month),
        movement_words=movement_words,
        sums_of=sums_of,
        makes_pdf=makes_pdf(),
        checkpoint=latest_checkpoint(session),
        part=part,
        page=_READERS[part](session, actor, month, cursor=request.args.get("cursor")),
    )


def statement_file(text: str) -> Response:
    """One month as CSV, sent as it is read. Raises invalid."""
    month, actor = Month.parse(text), current_actor()
    statements.payee_of(actor)
    return csv_file(f"statement-{month}", lambda session: statement_csv(session, actor, month))


def statement_pdf(text: str | None, following: Callable[[str], str]) -> Response:
    """One month as a PDF: all sums, and its lines; of more answers than it holds, those from `cursor` of the query on.

    `following` gives the path of the file that begins at a cursor. Raises invalid, pdf_not_made, pdf_busy.
    """
    need_pdf()
    session, actor, month = request_session(), current_actor(), Month.parse(text)
    cursor = request.args.get("cursor")
    answers = statements.lines(session, actor, month, cursor=cursor, limit=LINES_MAX)
    base = get_context().settings.public_url
    page = render_template(
        "statement_pdf.html",
        month=month,
        name=_payee_name(actor),
        made_at=real_now(session),
        currencies=statements.statement(session, actor, month),
        movement_words=movement_words,
        sums_of=sums_of,
        answers=answers,
        next=None if answers.next_cursor is None else base + following(answers.next_cursor),
        installments=None if cursor else statements.installments(session, actor, month, limit=LINES_MAX),
        payouts=None if cursor else statements.payouts(session, actor, month, limit=LINES_MAX),
        checkpoint=latest_checkpoint(session),
        key=load_signer(get_context().settings).verifier.to_text(),
        base=base,
    )
    return pdf_file(f"statement-{month}", page)


def _payee_name(actor: Actor) -> str:
    if actor.organization_id is None:
        return actor.name
    return organization_names(request_session(), {actor.organization_id})[actor.organization_id]


def sums_of(one: CurrencyStatement) -> list[tuple[str, Money, bool]]:
    """The statement in one column: words, amount, and whether it is a total; what is nothing is left out."""
    lines = [
        (_("Owed at the beginning"), one.owed_at_first, True),
        (_("Earned"), one.earned, False),
        (_("Given of margins"), -one.given, False),
        (_("Paid out"), -one.paid, False),
        (_("Tax withheld"), -one.tax, False),
        (_("Fees for taking pay early"), -one.advance_fee, False),
        (_("Set apart as unclaimed"), -one.set_apart, False),
        (_("Owed at the end"), one.owed_at_end, True),
    ]
    return [line for line in lines if line[2] or not line[1].is_zero]


def statement_proof(text: str) -> Response:
    """One month as a page to keep, with the bundle inside that proves it offline. Raises invalid, not_found."""
    session, actor, month = request_session(), current_actor(), Month.parse(text)
    after = request.args.get("after")
    chosen = bundle_scopes.of_month(session, actor, month, None if after is None else parse("answer", after))
    signer = load_signer(get_context().settings)
    content = make_bundle(session, actor, signer, chosen, log_size("since"))
    page = render_template(
        "statement_proof.html",
        month=month,
        currencies=statements.statement(session, actor, month),
        movement_words=movement_words,
        sums_of=sums_of,
        key=signer.verifier.to_text(),
        base=get_context().settings.public_url,
        checkpoint=json.loads(content)["log"]["checkpoint"],
        next=None if chosen.after is None else public("answer", chosen.after),
        bundle=b64encode(content).decode(),
    )
    return Response(
        page,
        content_type="text/html; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="statement-{month}.html"',
            "Cache-Control": "private, no-store",
        },
    )


def movement_words(moved: Movement) -> str:
    """What a movement is, in words."""
    if moved.outside == "tax":
        return str(_("Tax withheld") if moved.target is None else _("Tax given back"))
    if moved.outside == "advance_fee":
        return str(_("Fee for taking pay early") if moved.target is None else _("Fee given back"))
    if moved.outside == "unclaimed":
        return str(_("Set apart as unclaimed") if moved.target is None else _("Fetched"))
    words: dict[tuple[str, str | None], str] = {
        ("J3", None): _("Accepted answers"),
        ("J19", None): _("Extras from the client"),
        ("J18", None): _("Extras from a layer"),
        ("J4", "deferred"): _("Fell due") if moved.target == "due" else _("Fell due, and is held"),
        ("J4", "held"): _("No longer held"),
        ("J5", "due"): _("Sent by payout"),
        ("J13", "due"): _("Sent by payout in another currency"),
        ("J7", None): _("Not sent after all"),
        ("J7", "due"): _("Held"),
        ("J8", None): _("Came back"),
        ("J9", "deferred"): _("Advanced"),
    }
    if moved.journal == "J10a":
        return str(_("Accepted by mistake, and taken back"))
    if moved.journal == "J10b":
        return str(_("Given back for a quality claim"))
    if moved.journal == "J18" and moved.source is not None:
        return str(_("Paid to workers beside the price of answers"))
    return words.get((moved.journal, moved.source), moved.journal)
