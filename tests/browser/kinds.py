"""A small job of each kind of labeling, and how a person fills in its form."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from marketplace.entrypoints.demo.scenes import draw_scene
from marketplace.entrypoints.demo.sounds import make_sound
from marketplace.jobs.labels import KINDS
from tests.browser.market import Market
from tests.builders.sounds import pcd


@dataclass(frozen=True, slots=True)
class Filled:
    """A field by its label, within a group where one is named, and what is put there."""

    label: str
    value: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One kind: its schema and content, the fields in their order, and the answer they make."""

    schema: dict[str, Any]
    content: dict[str, Any]
    fields: tuple[Filled, ...]
    answer: dict[str, Any]
    upload: bytes | None = None


SCENE: Final = draw_scene(77).png
SOUND: Final = make_sound(3).content
CLASSES: Final = {"classes": ["car", "person"]}


def rows(group: str, **fields: str) -> tuple[Filled, ...]:
    """The fields of the first row of marks."""
    return tuple(Filled(name.replace("_", " "), value, f"{group} 1") for name, value in fields.items())


def mark(name: str, **parts: Any) -> dict[str, Any]:
    """An answer of one mark."""
    return {name: [{"label": "person", **parts}]}


TEXT: Final = {"text": "Ada met Ada in Paris."}
PAIR: Final = {"prompt": "Why is the sky blue?", "a": "Air scatters blue light more.", "b": "It mirrors the sea."}
OPTIONS: Final = {"prompt": "Name a river of Kenya.", "options": {"m1": "The Nile.", "m2": "The Tana."}}
TRIALS: Final[dict[str, Trial]] = {
    "image_boxes": Trial(
        CLASSES,
        {},
        rows("Box", Class="person", x="10", y="20", width="30", height="40"),
        mark("boxes", x=10, y=20, width=30, height=40),
        SCENE,
    ),
    "image_polygons": Trial(
        CLASSES,
        {},
        rows("Outline", Class="person", Corners="10,20 90,20 50,80"),
        mark("polygons", points=[[10, 20], [90, 20], [50, 80]]),
        SCENE,
    ),
    "image_points": Trial(CLASSES, {}, rows("Point", Class="person", x="7", y="8"), mark("points", x=7, y=8), SCENE),
    "text_classification": Trial(CLASSES, TEXT, (Filled("person", "radio"),), {"label": "person"}),
    "text_spans": Trial(
        CLASSES, TEXT, rows("Mark", Class="person", Words="Ada", Which_time="2"), mark("spans", start=8, end=11)
    ),
    "audio_segments": Trial(
        CLASSES,
        {},
        rows("Segment", Class="person", From="0.2", To="0:01.5"),
        mark("segments", start_ms=200, end_ms=1500),
        SOUND,
    ),
    "audio_transcript": Trial({}, {}, (Filled("Your text", "Beep, beep."),), {"text": "Beep, beep."}, SOUND),
    "cuboids": Trial(
        CLASSES,
        {},
        rows("Cuboid", Class="person", x="1.5", y="-2", z="0.9", length="0.6", width="0.5", height="1.8", turn="90"),
        mark("cuboids", center=[1500, -2000, 900], size=[600, 500, 1800], yaw=1571),
        pcd("binary"),
    ),
    "preference": Trial(
        {"reason": "required"},
        PAIR,
        (Filled("Answer A", "radio"), Filled("Why?", "It is right.")),
        {"choice": "a", "reason": "It is right."},
    ),
    "ranking": Trial(
        {}, OPTIONS, (Filled("Place of answer 1", "2"), Filled("Place of answer 2", "1")), {"order": ["m2", "m1"]}
    ),
    "free_text": Trial({}, {"prompt": "Say hello."}, (Filled("Your text", "Hello!"),), {"text": "Hello!"}),
}


def title_of(kind: str) -> str:
    """The title of the job of that kind."""
    return f"Trial of {kind}"


def post(market: Market, kind: str, title: str | None = None, upload: bytes | None = None) -> None:
    """Post a job of one item for three workers, and open it; `upload` instead of the kind's own."""
    trial, client = TRIALS.get(kind, EXTERNAL), market.caller("client")
    content = trial.content
    upload = upload or trial.upload
    if upload is not None:
        sent = client.client.post(
            "/v1/media",
            files={"file": ("a name that says nothing", io.BytesIO(upload))},
            headers={"Idempotency-Key": uuid4().hex},
        )
        assert sent.status_code == 201, sent.text
        content = {"media": sent.json()["id"]}
    price = {"amount": "0.01", "currency": "CNY"}
    job = client.post(
        "/v1/jobs",
        {
            "title": title or title_of(kind),
            "kind": kind,
            "instructions": "Try it.",
            "label_schema": trial.schema,
            "currency": "CNY",
            "redundancy": 3,
            "rates": [{"code": "standard", "price": price}],
        },
    )["id"]
    client.post(f"/v1/jobs/{job}/items", {"items": [{"external_id": kind, "rate": "standard", "content": content}]})
    client.post(f"/v1/jobs/{job}/fund", {"amount": {"amount": "0.03", "currency": "CNY"}})
    client.post(f"/v1/jobs/{job}/publish", {})
    (root,) = client.get(f"/v1/contracts?job_id={job}")["data"]
    pay = {"amount": "0.009", "currency": "CNY"}
    client.post(f"/v1/contracts/{root['id']}/tasks", {"rate": "standard", "items_per_task": 1, "pay": pay})


def pay_in(market: Market) -> None:
    """Money for all of them, which the scheduler has collected when this returns."""
    client = market.caller("client")
    made = client.post("/v1/deposits", {"rail": "sandbox", "amount": {"amount": "1.00", "currency": "CNY"}})
    deadline = time.monotonic() + 30
    while client.get(f"/v1/deposits/{made['id']}")["state"] != "available":
        assert time.monotonic() < deadline, "the deposit was not collected"
        time.sleep(0.1)


TOOL: Final = """<!doctype html><p id="text">Waiting</p><script>
addEventListener("message", ({ data, source }) => {
  if (data.type !== "piecework.item") return;
  document.getElementById("text").textContent = data.item.content.text;
  for (const token of ["another", data.token])
    source.postMessage({ type: "piecework.answer", token, data: { stars: token === "another" ? 1 : 4 } }, "*");
});
parent.postMessage({ type: "piecework.ready" }, "*");
</script>"""
"""A client's tool, which gives four stars to everything."""

EXTERNAL: Final = Trial(dict(KINDS["external"].EXAMPLE.schema), TEXT, (), {"data": {"stars": 4}})
assert TRIALS.keys() == KINDS.keys() - {"external"}, "every kind is tried"
