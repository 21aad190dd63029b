"""The demo market as a newcomer meets it: what is printed works, by link, by curl, by command."""

from __future__ import annotations

import io
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from marketplace.entrypoints.demo.people import CAST
from marketplace.entrypoints.demo.scenes import draw_scene
from tests.end_to_end.service import Caller, Service, Visitor, serving
from tests.server import Server

README = Path(__file__).parents[2] / "README.md"


# One market, made once, whichever process of a parallel run gets it.
pytestmark = pytest.mark.xdist_group("the demo market")


@pytest.fixture(scope="module")
def service(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(server, tmp_path_factory.mktemp("demo"), demo=True) as running:
        deadline = time.monotonic() + 30
        while "Ctrl-C" not in running.printed and time.monotonic() < deadline:
            time.sleep(0.1)
        yield running


@pytest.fixture(scope="module")
def keys(service: Service) -> dict[str, str]:
    text = (service.folder / "demo.env").read_text(encoding="utf-8")
    return dict(re.findall(r"export (\w+)_KEY=(\S+)", text))


def test_every_printed_link_signs_its_person_in_once(service: Service) -> None:
    for part in CAST:
        (link,) = re.findall(rf"{part.name}.*(http\S+/sign-in/\S+)", service.printed)
        assert part.name in Visitor(service).submit(link, {})
        again = Visitor(service)
        page = again.browser.get(link).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        assert again.browser.post(link, data={"csrf_token": token[1]}).status_code >= 400


def test_every_printed_curl_line_answers(service: Service) -> None:
    lines = re.findall(r"^  (curl .*)$", service.printed, re.MULTILINE)
    assert len(lines) == 9
    script = f". {service.folder}/demo.env\n" + "\n".join(f"{line} -f -o /dev/null || exit 1" for line in lines)
    subprocess.run(["bash", "-c", script], check=True, timeout=60)


def test_the_ten_lines_of_the_readme_work_when_pasted(service: Service) -> None:
    found = re.search(r"paste this.*?```bash\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    lines = found[1].strip().replace(".piecework/demo.env", f"{service.folder}/demo.env")
    assert len(lines.splitlines()) == 10
    done = subprocess.run(["bash", "-c", lines], capture_output=True, text=True, check=True, timeout=120)
    assert done.stderr == ""
    assert '"client_price":{"amount":"0.90","currency":"CNY"}' in done.stdout.splitlines()[-1].replace(" ", "")


def test_a_folder_of_photographs_becomes_open_work(service: Service, keys: dict[str, str], tmp_path: Path) -> None:
    Image.open(io.BytesIO(draw_scene(7).png)).convert("RGB").save(tmp_path / "seven.jpg", exif=_exif())
    (tmp_path / "notes.txt").write_text("not a photograph")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    printed = service.command("demo", "--photos", str(tmp_path))
    assert "left out: broken.png" in printed
    assert "with 1 of the photographs" in printed
    worker = Caller(service, keys["WORKER_2"])
    (batch,) = [row for row in worker.every("/worker/v1/tasks") if row["title"].startswith("Photographs")]
    claim = worker.post("/worker/v1/claims", {"batch_id": batch["id"]})
    (item,) = claim["items"]
    assert (item["width"], item["height"]) == (200, 320)  # turned as its EXIF says, as browsers show it
    media = worker.client.get(item["media_url"], headers={"Authorization": ""})
    assert (media.status_code, media.headers["content-type"]) == (200, "image/jpeg")
    worker.post(f"/worker/v1/claims/{claim['id']}/return")
    gone = worker.client.get(item["media_url"], headers={"Authorization": ""})
    assert gone.status_code == 404


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def test_a_redo_and_a_rejection_come_back_to_the_worker(service: Service, keys: dict[str, str]) -> None:
    worker, reviewer = Caller(service, keys["WORKER_1"]), Caller(service, keys["REVIEWER"])
    batch = next(row for row in worker.every("/worker/v1/tasks") if "second delivery" in row["title"])
    claim = worker.post("/worker/v1/claims", {"batch_id": batch["id"]})
    path = f"/worker/v1/claims/{claim['id']}"
    answers: dict[str, dict[str, list[object]]] = {item["id"]: {"boxes": []} for item in claim["items"]}
    worker.post(f"{path}/submit", {"attempt": 1, "answers": answers})
    waiting = reviewer.get(f"/v1/reviews/{claim['id']}")["answers"]
    verdicts = [
        {"answer_id": waiting[0]["id"], "verdict": "redo", "category": "missing", "comment": "Cars are missing."},
        {"answer_id": waiting[1]["id"], "verdict": "reject", "category": "missing", "comment": "Nothing is drawn."},
    ]
    refused = reviewer.post(f"/v1/reviews/{claim['id']}/verdicts", {"verdicts": verdicts}, code=422)
    assert refused["errors"]
    verdicts[0]["category"] = verdicts[1]["category"] = refused_category(reviewer)
    verdicts[1]["rule"] = "G1"
    reviewer.post(f"/v1/reviews/{claim['id']}/verdicts", {"verdicts": verdicts})
    seen = worker.get(path)
    assert (seen["state"], seen["attempt"]) == ("claimed", 2)
    (again,) = [item for item in seen["items"] if item["to_answer"]]
    assert again["answer"]["reviews"][-1]["comment"] == "Cars are missing."
    box = {"label": "car", "x": 1, "y": 1, "width": 20, "height": 20}
    worker.post(f"{path}/submit", {"attempt": 2, "answers": {again["id"]: {"boxes": [box]}}})
    rejected = next(item["answer"] for item in seen["items"] if item["answer"]["state"] == "rejected")
    dispute = worker.post("/worker/v1/disputes", {"answer_id": rejected["id"], "reason": "There is nothing on it."})
    decider = Caller(service, keys["DISPUTE_DECIDER"])
    assert dispute["id"] in {row["id"] for row in decider.every("/v1/disputes")}


def refused_category(reviewer: Caller) -> str:
    schema = reviewer.client.get("/v1/openapi.json").json()["components"]["schemas"]["VerdictInput"]
    return str(next(value for value in schema["properties"]["category"]["enum"] if value))


@pytest.fixture
def owner(service: Service) -> Iterator[sa.Engine]:
    engine = sa.create_engine(service.environment["DATABASE_OWNER_URL"].replace("://", "+psycopg://", 1))
    yield engine
    engine.dispose()


def _tamper(owner: sa.Engine, table: str, *statements: str) -> None:
    with owner.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(sa.text(statement))
        connection.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def test_an_altered_posting_is_named_by_both_proofs(service: Service, owner: sa.Engine) -> None:
    service.command("ledger", "check")
    service.command("audit", "seal")
    assert "proven" in service.command("audit", "verify")
    newest = "WHERE id = (SELECT max(id) FROM posting)"
    _tamper(owner, "posting", f"UPDATE posting SET amount = amount + 1 {newest}")
    found = service.command("audit", "verify", code=1)
    assert re.search(r"journal jrn_\w+", found), found
    assert "postings" in found
    assert "I12" in service.command("ledger", "check", code=1)
    _tamper(owner, "posting", f"UPDATE posting SET amount = amount - 1 {newest}")
    service.command("audit", "verify")


def test_prices_moved_from_one_layer_to_another_are_named(service: Service, owner: sa.Engine) -> None:
    service.command("audit", "seal")
    moves = (
        "UPDATE price_chain_line SET sells_amount = sells_amount {by} WHERE position = 1 AND chain_id = {chain}",
        "UPDATE price_chain_line SET buys_amount = buys_amount {by} WHERE position = 2 AND chain_id = {chain}",
    )
    chain = "(SELECT min(chain_id::text)::uuid FROM price_chain_line WHERE position = 2)"
    _tamper(owner, "price_chain_line", *(move.format(by="- 1000", chain=chain) for move in moves))
    assert re.search(r"price_chain prc_\w+: altered", service.command("audit", "verify", code=1))
    _tamper(owner, "price_chain_line", *(move.format(by="+ 1000", chain=chain) for move in moves))
    service.command("audit", "verify")
