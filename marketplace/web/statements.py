"""A payee's statements as pages and files, the same for workers and organizations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import Response, render_template, request, stream_with_context
from flask_babel import gettext as _

from marketplace.audit.queries import latest_checkpoint
from marketplace.provenance import statements
from marketplace.provenance.statement_files import statement_csv
from marketplace.provenance.statements import Month, Movement
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session, transactions

_READERS: Final = {
    "answers": statements.lines,
    "installments": statements.installments,
    "payouts": statements.payouts,
}


def months_page(template: str) -> str:
    """The months that there are statements of."""
    return render_template(template, months=statements.months(request_session(), current_actor()))


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
        checkpoint=latest_checkpoint(session),
        part=part,
        page=_READERS[part](session, actor, month, cursor=request.args.get("cursor")),
    )


def statement_file(text: str) -> Response:
    """One month as CSV, sent as it is read. Raises invalid."""
    month, actor = Month.parse(text), current_actor()
    statements.payee_of(actor)

    def sent() -> Iterator[str]:
        # The request's own transaction has ended when the answer is sent.
        with transactions() as own:
            yield from statement_csv(own, actor, month)

    return Response(
        stream_with_context(sent()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="statement-{month}.csv"'},
    )


def movement_words(moved: Movement) -> str:
    """What a movement is, in words."""
    words: dict[tuple[str, str | None], str] = {
        ("J3", None): _("Accepted answers"),
        ("J19", None): _("Extras from the client"),
        ("J18", None): _("Extras from a layer"),
        ("J4", "deferred"): _("Fell due") if moved.target == "due" else _("Fell due, and is held"),
        ("J4", "held"): _("No longer held"),
        ("J5", "due"): _("Sent by payout"),
        ("J7", None): _("Not sent after all"),
        ("J7", "due"): _("Held"),
        ("J8", None): _("Came back"),
        ("J9", "deferred"): _("Advanced"),
    }
    if moved.journal == "J18" and moved.source is not None:
        return str(_("Paid to workers beside the price of answers"))
    return words.get((moved.journal, moved.source), moved.journal)
