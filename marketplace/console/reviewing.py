"""The reviewer's queue, and one claim: each answer on its item, a verdict for each, never a one-key reject."""

import json
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.console.blueprint import blueprint, went_well
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FieldError
from marketplace.kernel.ids import parse, public
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import CLAIMS_MAX, accept_claims
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.drawing import Drawing, draw
from marketplace.web.forms import Form
from marketplace.web.guard import guarded, signed_in
from marketplace.web.json_bodies import strict_json
from marketplace.work import holds
from marketplace.work import review_statistics as statistics
from marketplace.work.categories import REVIEW_CATEGORIES
from marketplace.work.claiming import ClaimItem
from marketplace.work.errors import CORRECTION_INVALID
from marketplace.work.parties import decides
from marketplace.work.review_queries import is_reviewed_by, review_view
from marketplace.work.review_queue import queue, take_next
from marketplace.work.verdicts import Verdict
from marketplace.work.views import AnswerView, ClaimView

LATER = "later"
CORRECTED = "corrected"
"""Accept, with a corrected copy."""


@blueprint.get("/review")
@guarded("review.read")
def review_queue() -> ResponseReturnValue:
    """Claims that wait, or with `held` those with held rejections; oldest first, or by what accepts itself first."""
    held = request.args.get("held") == "1"
    order = "deadline" if request.args.get("order") == "deadline" else "oldest"
    page = queue(request_session(), current_actor(), held=held, order=order, cursor=request.args.get("cursor"))
    return render_template("console/review_queue.html", page=page, held=held, order=order)


@blueprint.post("/review/next")
@guarded("review.decide")
def take_next_review() -> ResponseReturnValue:
    """Take the claim nearest to its deadline in hand, and go to it."""
    held = request.form.get("held") == "1"
    form = Form(request.form.to_dict())
    with form.refusals():
        line = take_next(request_session(), current_actor(), held=held)
    if not form.valid:
        return went_well(_("Nothing waits that no other reviewer has in hand."), "console.review_queue")
    return redirect(url_for("console.review_claim", claim=public("claim", line.id)), HTTPStatus.SEE_OTHER)


@blueprint.get("/review/statistics")
@signed_in
def review_statistics() -> ResponseReturnValue:
    """How one's organization's reviewers decide; for a reviewer, how one decides oneself."""
    session, actor = request_session(), current_actor()
    everybody = actor.may("review_statistics.read")
    found = statistics.of_organization(session, actor) if everybody else statistics.own(session, actor)
    return render_template("console/review_statistics.html", reviewers=found, everybody=everybody)


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
    held = 0
    with form.refusals():
        verdicts = [
            replace(verdict, correction=_correction(form, index, verdict)) for index, verdict in enumerate(verdicts)
        ]
        done = decide_answers(session, actor, claim_id, verdicts, pay_redo=form.value("pay_redo") == "1")
        held = len(done.held)
    if not form.valid:
        return _page(claim, form, verdicts)
    message = ngettext("%(num)s verdict given.", "%(num)s verdicts given.", len(verdicts))
    if held:
        message += " " + ngettext(
            "%(num)s rejection is held: too much of this contract was rejected, so another side decides.",
            "%(num)s rejections are held: too much of this contract was rejected, so another side decides.",
            held,
        )
    return went_well(message, "console.review_queue")


def _correction(form: Form, index: int, verdict: Verdict) -> dict[str, Any] | None:
    """The corrected copy beside an accept, if one was chosen; raises correction_invalid for what is no JSON object."""
    name = public("answer", verdict.answer_id)
    if form.value(f"verdict-{name}") != CORRECTED:
        return None
    try:
        given = strict_json(form.value(f"correction-{name}").encode())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        message = _("This must be a JSON object, as the answer is.")
        error = FieldError(f"/verdicts/{index}/correction", "not_an_object", message)
        raise CORRECTION_INVALID.error(message, errors=[error])
    return given


def _verdicts(view: ClaimView, form: Form) -> list[Verdict]:
    """The verdicts in the form; with the button "accept all others" those left for later are accepted."""
    rest = "accept" if form.value("rest") == "accept" else LATER
    found = []
    for answer in waiting(view):
        name = public("answer", answer.answer.id)
        chosen = form.value(f"verdict-{name}", LATER)
        verdict = rest if chosen == LATER else chosen
        if verdict in {"accept", CORRECTED}:
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
    return [answer for answer in answers if answer.answer.state in {"submitted", "held"}]


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
        waiting=_decidable(view, actor),
        corrections={one.answer.id: json_text(one.content) for one in waiting(view)},
        beyond_redo=view.claim.attempt > view.job.redo_max,
        categories=REVIEW_CATEGORIES,
        rules=view.guideline.rules if view.guideline else [],
    )
    return page, 422 if nothing_chosen or not form.valid else 200


def _decidable(view: ClaimView, actor: Actor) -> list[AnswerView]:
    """What of it the actor decides: what waits for their side, or what is held for it."""
    if not actor.may("review.decide"):
        return []
    # Not from the view, which tells a reviewer of a blind job nothing of what others said.
    rows = holds.open_on(request_session(), view.claim.id).values()
    held = {row.answer_id for row in rows if decides(actor, row.for_organization_id)}
    first = {"submitted"} if is_reviewed_by(request_session(), actor, view.claim.id) else set()
    return [one for one in waiting(view) if one.answer.id in held or one.answer.state in first]


def json_text(content: Any) -> str:
    """A content as people can read and change it."""
    return json.dumps(content, indent=1, ensure_ascii=False)


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
        if len(parts) >= 3 and parts[0] == "verdicts" and parts[1].isdigit() and int(parts[1]) < len(verdicts):
            name = public("answer", verdicts[int(parts[1])].answer_id)
            found[f"{parts[2]}-{name}"] = words.get(error.code, error.message)
    return found
