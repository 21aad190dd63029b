"""A small open job of each further kind of labeling, which the client opens itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from marketplace.entrypoints.context import Context
from marketplace.entrypoints.demo import people, posting
from marketplace.entrypoints.demo.scenes import draw_scene
from marketplace.entrypoints.demo.sounds import make_sound
from marketplace.jobs.drafts import GuidelineDraft, JobDraft, RateDraft
from marketplace.work import opening

FIRST_SCENE: Final = 3001
SCENES: Final = 3
SOUNDS: Final = 3
PRICE: Final = "0.40"
PAY: Final = "0.35"
LETTERS: Final = (
    "Dear Ms Achieng, your parcel left Mombasa on Monday and reaches Nairobi by Thursday. Juma Otieno",
    "Lena Fischer moves from Bremen to Bremen-Nord; please send the invoice to Herr Fischer, not to her.",
    "王伟住在北京。王伟的妹妹在上海工作。",
)
PAIRS: Final = (
    (
        "How do I boil an egg?",
        "Put it into boiling water, seven minutes for a soft yolk, ten for a hard one.",
        "Eggs are an excellent source of protein and can be boiled.",
    ),
    (
        "What is 17 times 6?",
        "17 times 6 is 102.",
        "17 × 6 = (17 × 5) + 17 = 85 + 17 = 102.",
    ),
    (
        "Say politely that I cannot come on Friday.",
        "I can't come Friday.",
        "Thank you for the invitation. I am sorry that I cannot come on Friday.",
    ),
)


def run(context: Context) -> None:
    """Words in texts, the better of two answers, outlines on images, beeps in sounds."""
    posting.pay_in(context, posting.cny("10.00"))
    _open(
        context,
        "Letters: who and where?",
        "text_spans",
        {"classes": ["person", "place"]},
        "Mark every name of a person and of a place. A title such as Ms does not belong to the name.",
        [{"text": letter} for letter in LETTERS],
    )
    _open(
        context,
        "Which answer is better?",
        "preference",
        {"reason": "optional"},
        "Read both answers to the end. The better one is right, and helps the one who asked.",
        [{"prompt": prompt, "a": a, "b": b} for prompt, a, b in PAIRS],
    )
    pictures = [
        posting.Picture(f"street-{n}.png", "standard", draw_scene(n).png)
        for n in range(FIRST_SCENE, FIRST_SCENE + SCENES)
    ]
    kept = posting.keep_pictures(context, pictures)
    _open(
        context,
        "Street scenes: the road",
        "image_polygons",
        {"classes": ["road", "car"], "polygons_min": 1},
        "Draw the outline of the road, then of every car.",
        [content for _, _, content in kept],
    )
    beeps = [posting.Picture(f"beeps-{n}.wav", "standard", make_sound(n).content) for n in range(1, SOUNDS + 1)]
    _open(
        context,
        "Sounds: where does it beep?",
        "audio_segments",
        {"classes": ["high", "low"], "segments_min": 1},
        "Listen to the sound, and write down from when to when each beep lasts, to a tenth of a second.",
        [content for _, _, content in posting.keep_pictures(context, beeps)],
    )


def _open(
    context: Context,
    title: str,
    kind: str,
    schema: dict[str, Any],
    instructions: str,
    contents: Sequence[Mapping[str, Any]],
) -> None:
    draft = JobDraft(
        title=title,
        kind=kind,
        instructions=instructions,
        label_schema=schema,
        currency=posting.CURRENCY,
        rates=(RateDraft("standard", posting.cny(PRICE)),),
        worker_share_min_ppm=600_000,
        settlement_terms=posting.TERMS,
        acceptance_by="client",
        guideline=GuidelineDraft("Do what the instructions say, and nothing more.", (("K1", "Nothing is left out."),)),
    )
    rows = [(f"{kind}-{number}", "standard", dict(content)) for number, content in enumerate(contents, start=1)]
    job_id = posting.post_job(context, draft, rows, posting.cny(PRICE) * len(rows))
    with context.transactions() as session:
        opening.open_tasks(
            session,
            people.actor(session, "client"),
            posting.root_contract(session, job_id),
            "standard",
            items="all",
            items_per_task=1,
            pay=posting.cny(PAY),
        )
