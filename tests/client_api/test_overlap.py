from __future__ import annotations

from typing import Any

import pytest

from tests.client_api.conftest import Market
from tests.client_api.examples import items, job, money

OVERLAP = {"answers_max": 5, "agreement_min_ppm": 800_000}


def test_a_job_says_how_many_answers_an_item_may_get_and_its_cost_counts_them_all(market: Market) -> None:
    client = market.requester()
    made = client.post("/jobs", job(redundancy=2, overlap=OVERLAP))
    assert made.status_code == 201, made.json
    assert made.json["overlap"] == {**OVERLAP, "posterior_min_ppm": None, "wait_seconds": 600}
    path = f"/jobs/{made.json['id']}"
    client.post(f"{path}/items", {"items": items(10)})
    preview = client.get(f"{path}/cost-preview").json
    assert (preview["rates"][0]["answers"], preview["total"]) == (50, money("45.00"))
    assert client.get(f"{path}/progress").json["overlap"]["answers_stopped"] == 0
    etag = client.get(path).headers["ETag"]
    changed = client.patch(path, {"overlap": None}, headers={"If-Match": etag})
    assert changed.json["overlap"] is None
    assert client.get(f"{path}/cost-preview").json["rates"][0]["answers"] == 20
    assert client.get(f"{path}/progress").json["overlap"] is None


def test_a_copy_of_a_job_stops_early_as_the_job_does(market: Market) -> None:
    client = market.requester()
    made = client.post("/jobs", job(redundancy=2, overlap={**OVERLAP, "posterior_min_ppm": 950_000})).json
    copy = client.post(f"/jobs/{made['id']}/duplicate", {}).json
    assert copy["overlap"] == made["overlap"]
    assert copy["overlap"]["posterior_min_ppm"] == 950_000


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"redundancy": 1, "overlap": OVERLAP}, "/redundancy", "out_of_range"),
        ({"redundancy": 6, "overlap": OVERLAP}, "/overlap/answers_max", "below_redundancy"),
        ({"redundancy": 2, "overlap": {"answers_max": 3}}, "/overlap/agreement_min_ppm", "required"),
        (
            {"redundancy": 2, "overlap": {**OVERLAP, "agreement_min_ppm": 1_000_001}},
            "/overlap/agreement_min_ppm",
            "out_of_range",
        ),
        (
            {
                "kind": "image_boxes",
                "label_schema": {"classes": ["car"]},
                "redundancy": 2,
                "overlap": {**OVERLAP, "posterior_min_ppm": 900_000},
            },
            "/overlap/posterior_min_ppm",
            "not_for_this_kind",
        ),
    ],
)
def test_an_overlap_that_cannot_be_is_refused_at_its_field(
    market: Market, changes: dict[str, Any], pointer: str, code: str
) -> None:
    refused = market.requester().post("/jobs", job(**changes))
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [(pointer, code)]
