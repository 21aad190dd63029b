"""The reviewer's queue, and one claim: each answer on its item, a verdict for each, never a one-key reject."""

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.console.blueprint import blueprint, went_well
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import parse, public
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import CLAIMS_MAX, accept_claims
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.drawing import Drawing, draw
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.work.categories import REVIEW_CATEGORIES
from marketplace.work.claiming import ClaimItem
from marketplace.work.review_queries import review_view
from marketplace.work.review_queue import queue
from marketplace.work.verdicts import Verdict
from marketplace.work.views import AnswerView, ClaimView

LATER = "later"


@blueprint.get("/review")
@guarded("review.read")
def review_queue() -> ResponseReturnValue:
    """Claims that wait, oldest first."""
    page = queue(request_session(), current_actor(), cursor=request.args.get("cursor"))
    return render_template("console/review_queue.html", page=page)


@blueprint.post("/review/accept")
@guarded("review.decide")
def accept_chosen() -> ResponseReturnValue:
    """Accept every waiting answer of the claims that were chosen; others had some of them meanwhile, perhaps."""
    chosen = [parse("claim", claim) for claim in dict.fromkeys(request.form.getlist("claim")[:CLAIMS_MAX])]
    done = accept_claims(request_session(), current_actor(), chosen)
    answers = sum(len(claim.answer_ids) for claim in done.accepted.values())
    message = ngettext("%(num)s answer accepted.", "%(num)s answers accepted.", answers)
    if done.refused:
        message += " " + ngettext(
            "%(num)s task was left as it is: it does not wait for you any more.",
            "%(num)s tasks were left as they are: they do not wait for you any more.",
            len(done.refused),
        )
    return went_well(message, "console.review_queue")


@blueprint.get("/review/<claim>")
@guarded("review.read")
def review_claim(claim: str) -> ResponseReturnValue:
    """One claim."""
    return _page(claim, Form())


@blueprint.post("/review/<claim>")
@guarded("review.decide")
def decide_claim(claim: str) -> ResponseReturnValue:
    """Give the verdicts that were chosen; the others stay for later."""
    session, actor = request_session(), current_actor()
    claim_id = parse("claim", claim)
    view = review_view(session, actor, claim_id)
    form = Form(request.form.to_dict())
    verdicts = _verdicts(view, form)
    if not verdicts:
        return _page(claim, form, nothing_chosen=True)
    with form.refusals():
        decide_answers(session, actor, claim_id, verdicts)
    if not form.valid:
        return _page(claim, form, verdicts)
    return went_well(
        ngettext("%(num)s verdict given.", "%(num)s verdicts given.", len(verdicts)), "console.review_queue"
    )


def _verdicts(view: ClaimView, form: Form) -> list[Verdict]:
    """The verdicts in the form; with the button "accept all others" those left for later are accepted."""
    rest = "accept" if form.value("rest") == "accept" else LATER
    found = []
    for answer in waiting(view):
        name = public("answer", answer.answer.id)
        chosen = form.value(f"verdict-{name}", LATER)
        verdict = rest if chosen == LATER else chosen
        if verdict == "accept":
            found.append(Verdict(answer.answer.id, "accept"))
        elif verdict != LATER:
            category, comment, rule = (
                form.value(f"{field}-{name}").strip() or None for field in ("category", "comment", "rule")
            )
            found.append(Verdict(answer.answer.id, verdict, category, comment, rule))
    return found


def waiting(view: ClaimView) -> list[AnswerView]:
    """The answers that still wait for a verdict, in the order of the items."""
    answers = [view.answers[item.id] for item in view.items if item.id in view.answers]
    return [answer for answer in answers if answer.answer.state == "submitted"]


def _page(
    claim: str, form: Form, verdicts: Sequence[Verdict] = (), *, nothing_chosen: bool = False
) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    view = review_view(session, actor, parse("claim", claim))
    page = render_template(
        "console/review_claim.html",
        view=view,
        shown=_shown(view, actor),
        form=form,
        messages=_messages(form, verdicts),
        nothing_chosen=nothing_chosen,
        waiting=waiting(view) if actor.may("review.decide") else [],
        categories=REVIEW_CATEGORIES,
        rules=view.guideline.rules if view.guideline else [],
    )
    return page, 422 if nothing_chosen or not form.valid else 200


def _shown(view: ClaimView, actor: Actor) -> list[tuple[ClaimItem, AnswerView | None, Drawing]]:
    classes = view.job.label_schema.get("classes", [])
    rows = []
    for item in view.items:
        answer = view.answers.get(item.id)
        rows.append((item, answer, draw(item, answer.content if answer else None, classes, actor)))
    return rows


def _messages(form: Form, verdicts: Sequence[Verdict]) -> dict[str, str]:
    """The refusals by field: the verb numbers the verdicts, the form names them by answer."""
    if form.error is None:
        return {}
    words = {
        "category_unknown": _("Choose a category."),
        "comment_missing": _("Say why, for the worker."),
        "rule_unknown": _("Choose the rule that was not followed."),
    }
    found = {}
    for error in form.error.errors:
        parts = error.pointer.strip("/").split("/")
        if len(parts) == 3 and parts[0] == "verdicts" and parts[1].isdigit() and int(parts[1]) < len(verdicts):
            name = public("answer", verdicts[int(parts[1])].answer_id)
            found[f"{parts[2]}-{name}"] = words.get(error.code, error.message)
    return found
