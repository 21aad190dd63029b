"""A claim on the workbench: its items, what is saved for each, and whether what comes for it can still be taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.db.clock import market_now
from marketplace.jobs.labels import KINDS, FormField, answer_errors
from marketplace.kernel.errors import DomainError, FieldError
from marketplace.kernel.ids import parse, public
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.drawing import Drawing, draw
from marketplace.work import holding, late_keeping, queries
from marketplace.work.claiming import ClaimItem
from marketplace.work.errors import NOTHING_TO_CLAIM
from marketplace.work.views import ClaimView
from workers_portal import forms
from workers_portal.pages import offline

PAGES_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Bench:
    """A claim that is being worked on: its items to answer, and what stands in the draft for each."""

    view: ClaimView
    saved: dict[UUID, dict[str, Any]]

    @property
    def items(self) -> list[ClaimItem]:
        """The items of this attempt, in order."""
        return self.view.items_to_answer

    def is_ready(self, item: ClaimItem) -> bool:
        """Whether the saved answer of the item could be submitted."""
        return item.id in self.saved and not self.errors(item, self.saved[item.id])

    @property
    def sort(self) -> str:
        """What its items are, as of their kind: "image", "audio", "model", or nothing of these."""
        return KINDS[self.view.job.kind].MEDIA

    @property
    def is_late(self) -> bool:
        """Whether what comes for it comes after its lease ended, to be kept."""
        return self.view.claim.state == "expired"

    @property
    def ready_count(self) -> int:
        """How many items have an answer that could be submitted."""
        return sum(self.is_ready(item) for item in self.items)

    @property
    def first_open(self) -> int:
        """The number of the first item without an answer that could be submitted; 1 when all have one."""
        return next((number for number, item in enumerate(self.items, start=1) if not self.is_ready(item)), 1)

    @property
    def pages(self) -> list[str]:
        """The addresses of its pages that a device keeps for working without a network; of the first items only."""
        claim_id = public("claim", self.view.claim.id)
        numbers = range(1, min(len(self.items), PAGES_MAX) + 1)
        items = (url_for("work.workbench", claim_id=claim_id, number=number) for number in numbers)
        return [url_for("work.claim", claim_id=claim_id), *items]

    def errors(self, item: ClaimItem, answer: dict[str, Any]) -> list[FieldError]:
        """What is wrong with an answer to the item."""
        return answer_errors(KINDS[self.view.job.kind], self.view.job.label_schema, answer, item.meta)

    def fields(self, item: ClaimItem) -> list[FormField]:
        """The fields of an answer to the item."""
        return KINDS[self.view.job.kind].form(self.view.job.label_schema, item.meta)

    def shown(self, item: ClaimItem) -> Drawing:
        """The answer that was given to the item, or kept for it."""
        given = self.view.answers[item.id].answer.content if item.id in self.view.answers else self.saved[item.id]
        return draw(item, given, self.view.job.label_schema.get("classes", []), None)

    def form(self, number: int) -> forms.ItemForm:
        """The form of an item as saved; in a redo, the answer that was sent back; else what a model proposed."""
        item = self.items[number - 1]
        before = self.view.answers.get(item.id)
        start = before.answer.content if before else (item.prelabel or {}).get("answer")
        return forms.from_answer(
            number, self.fields(item), self.saved.get(item.id, start), blank=forms.BLANK_ROWS, item=item.meta
        )

    def form_before(self, number: int) -> forms.ItemForm | None:
        """What the worker has in the item before, to begin this one with; None where that makes no sense.

        Words are marked by where they stand, so they are only the same in the same text.
        """
        if number == 1 or not {declared.widget for declared in self.fields(self.items[number - 1])} <= forms.COPIED:
            return None
        before, item = self.items[number - 2], self.items[number - 1]
        if self.view.job.kind == "text_spans" and before.content.get("text") != item.content.get("text"):
            return None
        given = self.view.answers.get(before.id)
        start = given.answer.content if given else None
        return forms.from_answer(
            number - 1, self.fields(before), self.saved.get(before.id, start), blank=0, item=before.meta
        )


def open_bench(claim_id: str, *, lock: bool = False) -> Bench:
    """The acting worker's claim, and its draft; locked where something is to be written. Raises not_found."""
    session, actor = request_session(), current_actor()
    identifier = parse("claim", claim_id)
    if lock:
        # Two pages of one claim open side by side: each adds its item to the draft, and neither may lose the other's.
        holding.own_claim(session, actor, identifier, lock=True)
    view = queries.claim_view(session, actor, identifier)
    return Bench(view, {parse("item", key): value for key, value in (view.claim.draft or {}).items()})


def ready_bench(claim_id: str, number: int | None = None) -> Bench | ResponseReturnValue:
    """The claim, locked and held, for an answer to what its page showed; else what is answered instead.

    What a device kept may come late, and again: a lease that ended is taken up, and an answer that came before is as
    good as given. Where nobody can have it taken up, what comes late is kept.
    """
    kept = offline.is_from_outbox()
    late_refusal = offline.take_up(claim_id) if kept else None
    bench = open_bench(claim_id, lock=True)
    claim = bench.view.claim
    shown = request.form.get("attempt", type=int)
    if claim.state == "claimed" and late_refusal is None and shown in {None, claim.attempt}:
        return bench
    if shown in {None, claim.attempt} and _is_kept(bench, late_refusal):
        return bench
    if kept and not _came_before(bench, number, shown):
        # Kept before with another answer: that one stands, as if it had been submitted.
        refusal = None if claim.kept_at is not None else late_refusal
        return offline.refused("state_conflict" if refusal is None else refusal.slug)
    return redirect(url_for("work.claim", claim_id=claim_id), 303)


def _is_kept(bench: Bench, refusal: DomainError | None) -> bool:
    """Whether an answer that comes when the claim is over is kept, as a part of what its worker can contest."""
    session, claim = request_session(), bench.view.claim
    only_late = refusal is None or refusal.spec is NOTHING_TO_CLAIM
    return only_late and claim.kept_at is None and late_keeping.can_be_kept(session, claim, market_now(session))


def _came_before(bench: Bench, number: int | None, attempt: int | None) -> bool:
    """Whether what was kept on a device for an attempt that is over was submitted with it, or kept here."""
    items, claim = bench.view.items, bench.view.claim
    if bench.view.is_kept and attempt == claim.attempt:
        return number is None or _is_saved(bench, number)
    if attempt is None or not any(one.answer.attempt >= attempt for one in bench.view.answers.values()):
        return False  # a redo whose lease ended is not an answer, though the claim was submitted once
    if number is None or attempt > 1:
        return True
    given = bench.view.answers.get(items[number - 1].id) if 1 <= number <= len(items) else None
    if given is None or claim.attempt > attempt:
        return given is not None
    return _is_sent(bench, items[number - 1], number, given.answer.content)


def _is_saved(bench: Bench, number: int) -> bool:
    item = bench.items[number - 1] if 1 <= number <= len(bench.items) else None
    return item is not None and _is_sent(bench, item, number, bench.saved.get(item.id))


def _is_sent(bench: Bench, item: ClaimItem, number: int, given: dict[str, Any] | None) -> bool:
    form = forms.from_post(number, bench.fields(item), request.form, blank=0, item=item.meta)
    return bool(form.answer() == given)


def item_at(bench: Bench, number: int) -> ClaimItem:
    """The item with that number on the pages, or the page that says that there is none."""
    if not 1 <= number <= len(bench.items):
        abort(404)
    return bench.items[number - 1]
