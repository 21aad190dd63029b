"""Items without agreement: a third person chooses one of the answers, or gives one of their own. All by keyboard."""

import json
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.jobs.labels import KINDS, FormField
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.drawing import draw
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.work.adjudicating import Adjudicable, adjudicate, get_adjudication, meta_of
from marketplace.work.adjudicating import adjudications as list_adjudications
from marketplace.work.claiming import ClaimItem

OWN = "own"
_CHOOSING = frozenset({"choice", "choices"})


@blueprint.get("/adjudications")
@guarded("review.decide")
def adjudications() -> ResponseReturnValue:
    """Items that wait, the longest waiting first."""
    page = list_adjudications(request_session(), current_actor(), cursor=request.args.get("cursor"))
    return render_template("console/adjudications.html", page=page)


@blueprint.get("/adjudications/<item>")
@guarded("review.decide")
def adjudication(item: str) -> ResponseReturnValue:
    """One item with its answers."""
    return _page(item, Form())


@blueprint.post("/adjudications/<item>")
@guarded("review.decide")
def decide_adjudication(item: str) -> ResponseReturnValue:
    """Take one of the answers, or one's own."""
    session, actor = request_session(), current_actor()
    found = get_adjudication(session, actor, parse("item", item))
    form = Form(request.form.to_dict())
    chosen = form.value("answer")
    with form.refusals():
        adjudicate(
            session,
            actor,
            found.item.id,
            answer_id=None if chosen in {"", OWN} else parse("answer", chosen),
            content=_own(found) if chosen == OWN else None,
            reason=form.value("reason"),
        )
    return _page(item, form) if not form.valid else went_well(_("Decided."), "console.adjudications")


def _fields(found: Adjudicable) -> list[FormField]:
    """The fields of an own answer, where all of them are choices; other kinds are given as JSON."""
    fields = KINDS[found.job.kind].form(found.job.label_schema, meta_of(request_session(), found.item))
    return fields if all(field.widget in _CHOOSING for field in fields) else []


def _own(found: Adjudicable) -> dict[str, Any]:
    fields = _fields(found)
    if fields:
        given = {
            field.name: request.form.getlist(f"own-{field.name}")
            if field.widget == "choices"
            else request.form.get(f"own-{field.name}", "")
            for field in fields
        }
        return dict(given)
    try:
        content = json.loads(request.form.get("own", ""))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        message = _("Give the answer as a JSON object, as the answers above have it.")
        raise INVALID.error(message, errors=[FieldError("/content", "not_an_object", message)])
    return content


def _page(item: str, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    found = get_adjudication(session, actor, parse("item", item))
    meta = meta_of(session, found.item)
    row = found.item
    shown = ClaimItem(row.id, row.ordinal, row.external_id, row.content, meta.width, meta.height)
    classes = found.job.label_schema.get("classes", [])
    page = render_template(
        "console/adjudication.html",
        found=found,
        fields=_fields(found),
        plain=draw(shown, None, classes, actor),
        answers=[(answer, draw(shown, answer.content, classes, actor)) for answer in found.answers],
        example=json.dumps(found.answers[0].content if found.answers else {}, indent=1, ensure_ascii=False),
        form=form,
        own=OWN,
    )
    return page, 200 if form.valid else 422
