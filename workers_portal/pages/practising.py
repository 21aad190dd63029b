"""Practise: an item with a known answer, in the form of the workbench, before anything is claimed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.jobs.labels import KINDS, FormField, answer_errors
from marketplace.jobs.models import Job
from marketplace.kernel.ids import parse, public
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.drawing import draw
from marketplace.web.guard import guarded
from marketplace.work import finding, practising
from marketplace.work.practising import Practice
from marketplace.work.views import OpenBatch
from workers_portal import forms
from workers_portal.pages import blueprint
from workers_portal.pages.item_parts import item_parts, points_of


@dataclass(frozen=True, slots=True)
class _Lesson:
    """One practice item of tasks that are open to the worker, and how many there are."""

    batch: OpenBatch
    job: Job
    practice: Practice
    number: int
    total: int

    @property
    def fields(self) -> list[FormField]:
        return KINDS[self.job.kind].form(self.job.label_schema, self.practice.item.meta)


def _lesson(batch_id: str, number: int) -> _Lesson:
    session = request_session()
    batch = finding.open_batch(session, current_actor(), parse("batch", batch_id))
    items = [one for one in practising.practice(session, batch.job_id) if not one.is_example]
    if not 1 <= number <= len(items):
        abort(404)
    return _Lesson(batch, session.get_one(Job, batch.job_id), items[number - 1], number, len(items))


@blueprint.get("/tasks/<batch_id>/practice/<int:number>")
@guarded("work.find")
def practise(batch_id: str, number: int) -> ResponseReturnValue:
    """One practice item with its form."""
    lesson = _lesson(batch_id, number)
    meta = lesson.practice.item.meta
    return _page(lesson, forms.from_answer(number, lesson.fields, None, blank=forms.BLANK_ROWS, item=meta))


@blueprint.post("/tasks/<batch_id>/practice/<int:number>")
@guarded("work.find")
def compare_practice(batch_id: str, number: int) -> ResponseReturnValue:
    """Show how the answer differs from the right one. Nothing is written."""
    lesson = _lesson(batch_id, number)
    item, schema = lesson.practice.item, lesson.job.label_schema
    more = request.form.get("action") == "rows"
    blank = forms.BLANK_ROWS * (3 if more else 1)
    form = forms.from_post(number, lesson.fields, request.form, blank=blank, item=item.meta)
    if more:
        return _page(lesson, form)
    answer = form.answer()
    errors = answer_errors(KINDS[lesson.job.kind], schema, answer, item.meta)
    if errors:
        form.show(errors)
        return _page(lesson, form), 422
    classes, actor = schema.get("classes", []), current_actor()
    return render_template(
        "work/practised.html",
        lesson=lesson,
        item=item,
        given=draw(item, answer, classes, actor),
        right=draw(item, lesson.practice.expected, classes, actor),
        tried=practising.tried(answer, lesson.practice.expected),
    )


@blueprint.get("/tasks/<batch_id>/practice/<int:number>/points")
@guarded("work.find")
def practice_points(batch_id: str, number: int) -> ResponseReturnValue:
    """Points of the item's cloud for drawing."""
    return points_of(_lesson(batch_id, number).practice.item.id)


def _page(lesson: _Lesson, form: forms.ItemForm) -> str:
    return render_template(
        "work/practise.html",
        lesson=lesson,
        number=lesson.number,
        points=url_for("work.practice_points", batch_id=public("batch", lesson.batch.id), number=lesson.number),
        **item_parts(lesson.job, lesson.practice.item, form),
    )
