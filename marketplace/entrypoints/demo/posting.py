"""What the demo's jobs have in common: money in, images in, a chain of contracts down to open tasks."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.contracts import offering
from marketplace.contracts.queries import rates_of, root_of
from marketplace.entrypoints.context import Context
from marketplace.entrypoints.demo import people
from marketplace.jobs import authoring, items, media
from marketplace.jobs.drafts import GuidelineDraft, JobDraft, RateDraft
from marketplace.jobs.item_rows import ItemRow
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.lifecycle import funding, publishing
from marketplace.rails import deposits
from marketplace.work import opening

CURRENCY: Final = "CNY"
RAIL: Final = "sandbox"
TERMS: Final = SettlementTerms((TermPart(1, 1, Anchor.MONTH_END), TermPart(1, 6, Anchor.MONTH_END)))
PRICES: Final = {"standard": ("0.90", "0.60", "0.35"), "dense": ("1.50", "1.00", "0.60")}
"""Per answer and rate: what the client pays, what layer 1 sells at, what the worker gets."""

GUIDELINE: Final = GuidelineDraft(
    "Draw one box around each object, as tight as you can.",
    (
        ("G1", "Every car, person and traffic light that can be recognized has a box."),
        ("G2", "A box touches the object on all four sides, give or take three pixels."),
        ("G3", "One box, one object: groups are drawn one by one."),
    ),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image to label."""

    external_id: str
    rate: str
    content: bytes


def cny(text: str) -> Money:
    """An amount in the demo's currency."""
    return Money.parse(text, CURRENCY)


def boxes_draft(title: str, instructions: str, classes: Iterable[str], rates: Mapping[str, str]) -> JobDraft:
    """A job of boxes on images at these client prices, on the demo's terms."""
    return JobDraft(
        title=title,
        kind="image_boxes",
        instructions=instructions,
        label_schema={"classes": list(classes)},
        currency=CURRENCY,
        rates=tuple(RateDraft(code, cny(price)) for code, price in rates.items()),
        layers_max=2,
        worker_share_min_ppm=350_000,
        deferral_months_max=6,
        settlement_terms=TERMS,
        guideline=GUIDELINE,
    )


def pay_in(context: Context, amount: Money) -> None:
    """The client pays money in on the sandbox rail."""
    with context.transactions() as session:
        deposit_id = deposits.start_deposit(session, people.actor(session, "client"), RAIL, amount).id
    deposits.collect(context.transactions, context.rails, deposit_id)


def post_job(context: Context, draft: JobDraft, rows: Iterable[tuple[str, str, dict[str, Any]]], fund: Money) -> UUID:
    """The client makes a job of (external id, rate, content) rows, funds and publishes it."""
    with context.transactions() as session:
        client = people.actor(session, "client")
        job = authoring.create_job(session, client, draft, fee_ppm=context.settings.fee_ppm)
        numbered = (ItemRow(line, *row) for line, row in enumerate(rows, start=1))
        items.add_items(session, client, job.id, numbered)
    with context.transactions() as session:
        funding.fund_job(session, people.actor(session, "client"), job.id, fund)
    with context.transactions() as session:
        publishing.publish_job(session, people.actor(session, "client"), job.id)
    return job.id


def keep_pictures(context: Context, pictures: Iterable[Picture]) -> list[tuple[str, str, dict[str, str]]]:
    """Store images for the client and return the rows of their items."""
    rows = []
    with context.transactions() as session:
        client = people.actor(session, "client")
        for picture in pictures:
            kept = media.store_media(session, client, context.storage, io.BytesIO(picture.content), picture.external_id)
            rows.append((picture.external_id, picture.rate, {"media": public("media", kept.id)}))
    return rows


def root_contract(session: Session, job_id: UUID) -> UUID:
    """The client's own contract of a published job."""
    root = root_of(session, job_id)
    assert root is not None
    return root.id


def pass_down(context: Context, job_id: UUID, counts: Mapping[str, int]) -> UUID:
    """The client sells to layer 1 and layer 1 to layer 2; returns layer 2's contract.

    Layer 1 buys at the whole client price net of the fee, layer 2 at the second of `PRICES`.
    """
    with context.transactions() as session:
        root_id = root_contract(session, job_id)
        net = {rate.code: rate.price for rate in rates_of(session, [root_id])[root_id]}
    first = _sell(context, "client", root_id, "layer_1", {code: (net[code], n) for code, n in counts.items()})
    prices = {code: (cny(PRICES[code][1]), n) for code, n in counts.items()}
    return _sell(context, "layer_1", first, "layer_2", prices)


def _sell(context: Context, buyer: str, parent_id: UUID, seller: str, rates: Mapping[str, tuple[Money, int]]) -> UUID:
    with context.transactions() as session:
        offered = offering.offer(
            session,
            people.actor(session, buyer),
            parent_id,
            people.organization_id(session, seller),
            {code: offering.OfferRate(price, count) for code, (price, count) in rates.items()},
        )
    with context.transactions() as session:
        offering.accept(session, people.actor(session, seller), offered.id)
    return offered.id


def open_to_workers(context: Context, contract_id: UUID, rate: str, pay: Money, items_per_task: int) -> UUID:
    """Layer 2 splits its items of a rate into tasks; returns the batch."""
    with context.transactions() as session:
        batch = opening.open_tasks(
            session,
            people.actor(session, "layer_2"),
            contract_id,
            rate,
            items="all",
            items_per_task=items_per_task,
            pay=pay,
        )
    return batch.id
