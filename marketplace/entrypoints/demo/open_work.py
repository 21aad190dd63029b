"""Work left open in the demo market, so that there is something to claim, review and pay right away."""

from __future__ import annotations

from typing import Final

from marketplace.entrypoints.context import Context
from marketplace.entrypoints.demo import people, posting
from marketplace.entrypoints.demo.scenes import LABELS, draw_scene
from marketplace.entrypoints.demo.worked_example import label_task
from marketplace.jobs.drafts import GuidelineDraft, JobDraft, RateDraft
from marketplace.work import opening

STANDARD: Final = 24
DENSE: Final = 6
FIRST_SCENE: Final = 2001
SENTENCES: Final = (
    "The parcel came a day early and everything was in it.",
    "I have written three times and nobody answers.",
    "It is blue, as the picture said.",
    "Never again. The zip broke on the first day.",
    "My mother loves it; she uses it every morning.",
    "The size is M, the label says 38.",
    "Support solved it in five minutes, thank you!",
    "It arrived. I have not opened it yet.",
    "Half of the screws were missing.",
    "Good value, though the manual is hard to read.",
    "The second one I bought, as good as the first.",
    "Smells of plastic even after a week.",
)


def run(context: Context) -> None:
    """A job of boxes through both layers, with one task waiting for review, and a text job the client opens itself."""
    posting.pay_in(context, posting.cny("100.00"))
    _boxes(context)
    _texts(context)


def _boxes(context: Context) -> None:
    numbers = range(FIRST_SCENE, FIRST_SCENE + STANDARD + DENSE)
    pictures = [
        posting.Picture(f"street-{n}.png", "standard" if n < FIRST_SCENE + STANDARD else "dense", draw_scene(n).png)
        for n in numbers
    ]
    draft = posting.boxes_draft(
        "Street scenes, second delivery",
        "Draw a box around every car, every person and every traffic light.",
        LABELS,
        {code: posting.PRICES[code][0] for code in ("standard", "dense")},
    )
    rows = posting.keep_pictures(context, pictures)
    job_id = posting.post_job(context, draft, rows, posting.cny("60.00"))
    contract_id = posting.pass_down(context, job_id, {"standard": STANDARD, "dense": DENSE})
    for code in ("standard", "dense"):
        pay = posting.cny(posting.PRICES[code][2])
        batch_id = posting.open_to_workers(context, contract_id, code, pay, items_per_task=2)
        if code == "standard":
            label_task(context, "worker_3", batch_id)


def _texts(context: Context) -> None:
    draft = JobDraft(
        title="Reviews of a shop: what do they feel?",
        kind="text_classification",
        instructions="Read the sentence and choose what the writer feels. If it only states a fact, choose neutral.",
        label_schema={"classes": ["positive", "neutral", "negative"]},
        currency=posting.CURRENCY,
        rates=(RateDraft("standard", posting.cny("0.0850")),),
        redundancy=2,
        worker_share_min_ppm=600_000,
        settlement_terms=posting.TERMS,
        acceptance_by="client",
        guideline=GuidelineDraft("Judge the words, not the shop.", (("T1", "Mixed feelings count as the stronger."),)),
    )
    rows = [(f"review-{n:02}", "standard", {"text": text}) for n, text in enumerate(SENTENCES, start=1)]
    job_id = posting.post_job(context, draft, rows, posting.cny("2.04"))
    with context.transactions() as session:
        opening.open_tasks(
            session,
            people.actor(session, "client"),
            posting.root_contract(session, job_id),
            "standard",
            items="all",
            items_per_task=3,
            pay=posting.cny("0.0800"),
        )
