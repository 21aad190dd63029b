"""The widgets over the forms: what is drawn with a pointer or by keys stands in the fields, and is taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser import BROWSER
from tests.browser.kinds import pay_in, post, title_of
from tests.browser.market import Market
from tests.browser.tabs import Tabs

pytestmark = BROWSER
KILOBYTES = {"image_polygons": 60, "text_spans": 40, "audio_segments": 40, "cuboids": 180}
"""What a workbench may transfer, without the item's media and in a browser that keeps nothing yet."""
DRAWN = ("image_polygons", "image_points", "text_spans", "audio_segments", "cuboids")


@pytest.fixture(scope="module")
def jobs(market: Market) -> None:
    pay_in(market)
    for kind in DRAWN:
        post(market, kind)


def bench(tabs: Tabs, market: Market, kind: str, part: str = "worker_1", *, width: int = 1280) -> Page:
    """The workbench of a task of that kind, its widget ready."""
    page = tabs.open(part, width=width)
    taken = market.claim(part, title_of(kind))
    page.goto(f"/work/claims/{taken['id']}/items/1")
    expect(page.get_by_role("group", name="Tools")).to_be_visible()
    return page


def field(page: Page, group: str, label: str) -> Locator:
    return page.get_by_role("group", name=group, exact=True).get_by_label(label, exact=True)


def frame(where: Locator) -> tuple[float, float, float, float]:
    """Where it stands in the window: left, top, width, height."""
    where.evaluate("element => element.scrollIntoView({ block: 'center' })")
    box = where.bounding_box()
    assert box
    return box["x"], box["y"], box["width"], box["height"]


def test_an_outline_is_drawn_undone_and_done_again(tabs: Tabs, market: Market, jobs: None) -> None:
    page = bench(tabs, market, "image_polygons")
    page.get_by_role("radio", name="person").check()
    left, top, width, height = frame(page.get_by_alt_text("The picture to label"))
    corners = [(0.2, 0.2), (0.6, 0.2), (0.4, 0.7)]
    for x, y in corners:
        page.mouse.click(left + x * width, top + y * height)
    page.mouse.dblclick(left + corners[-1][0] * width, top + corners[-1][1] * height)
    written = field(page, "Outline 1", "Corners")
    expect(written).not_to_have_value("")
    points = [tuple(map(int, one.split(","))) for one in written.input_value().split()]
    scale = width / 320
    for (x, y), (u, v) in zip(corners, points, strict=True):
        assert abs(x * width / scale - u) <= 3, points
        assert abs(y * height / scale - v) <= 3, points
    expect(field(page, "Outline 1", "Class")).to_have_value("person")
    page.get_by_role("button", name="Undo").click()
    expect(written).to_have_value("")
    page.get_by_role("button", name="Do again").click()
    expect(written).not_to_have_value("")


def test_points_are_set_and_moved_on_a_phone(tabs: Tabs, market: Market, jobs: None) -> None:
    page = bench(tabs, market, "image_points", width=360)
    left, top, width, height = frame(page.get_by_alt_text("The picture to label"))
    scale = width / 320
    page.mouse.click(left + 100 * scale, top + 50 * scale)
    expect(field(page, "Point 1", "x")).to_have_value("100")
    expect(field(page, "Point 1", "y")).to_have_value("50")
    page.mouse.move(left + 100 * scale, top + 50 * scale)
    page.mouse.down()
    page.mouse.move(left + 160 * scale, top + 80 * scale, steps=4)
    page.mouse.up()
    expect(field(page, "Point 1", "x")).to_have_value("160")
    expect(field(page, "Point 2", "x")).to_have_value("")
    page.keyboard.press("Delete")
    expect(field(page, "Point 1", "x")).to_have_value("")
    assert height > 0


def test_words_are_marked_by_keys_alone(tabs: Tabs, market: Market, jobs: None) -> None:
    page = bench(tabs, market, "text_spans")
    page.locator("body").press("2")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(field(page, "Mark 1", "Words")).to_have_value("Ada")
    expect(field(page, "Mark 1", "Which time")).to_have_value("2")
    expect(field(page, "Mark 1", "Class")).to_have_value("person")


def test_words_are_marked_by_selecting_them(tabs: Tabs, market: Market, jobs: None) -> None:
    page = bench(tabs, market, "text_spans", "worker_2")
    left, top, _, height = frame(page.locator("[data-text]"))
    page.mouse.dblclick(left + 10, top + height / 2)
    expect(field(page, "Mark 1", "Words")).to_have_value("Ada")
    expect(field(page, "Mark 1", "Which time")).to_have_value("")


def test_a_segment_is_dragged_on_the_wave(tabs: Tabs, market: Market, jobs: None) -> None:
    page = bench(tabs, market, "audio_segments")
    expect(page.locator("[data-plain]")).to_be_hidden()
    left, top, width, height = frame(page.locator("[data-line]"))
    page.mouse.move(left + width * 0.2, top + height / 2)
    page.mouse.down()
    page.mouse.move(left + width * 0.3, top + height / 2, steps=5)
    page.mouse.move(left + width * 0.5, top + height / 2, steps=5)
    page.mouse.up()
    start, end = field(page, "Segment 1", "From"), field(page, "Segment 1", "To")
    expect(end).not_to_have_value("")
    assert 0.9 < float(start.input_value()) < 1.4
    assert 2.5 < float(end.input_value().removeprefix("0:")) < 3.1


def test_a_cuboid_is_put_and_moved_by_keys(tabs: Tabs, market: Market, jobs: None) -> None:
    page = bench(tabs, market, "cuboids")
    page.get_by_role("button", name="A cuboid in the middle").click()
    x = field(page, "Cuboid 1", "x")
    expect(x).not_to_have_value("")
    before = float(x.input_value())
    page.get_by_role("button", name="One word, or step, to the right").click()
    expect(x).to_have_value(f"{round(before + 0.1, 3):g}")
    page.get_by_role("button", name="Remove the chosen mark").click()
    expect(x).to_have_value("")


def test_shortcuts_are_listed_and_switched_off(tabs: Tabs, market: Market, jobs: None) -> None:
    page = bench(tabs, market, "image_points", "worker_2")
    page.locator("body").press("?")
    listed = page.get_by_role("dialog", name="Shortcuts")
    expect(listed).to_be_visible()
    listed.get_by_label("Shortcuts of one key are on").uncheck()
    listed.get_by_role("button", name="Close").click()
    expect(listed).to_be_hidden()
    page.locator("body").press("2")
    expect(page.get_by_role("radio", name="car")).to_be_checked()


@pytest.mark.parametrize("kind", KILOBYTES)
def test_a_workbench_is_light(tabs: Tabs, market: Market, jobs: None, kind: str) -> None:
    page = tabs.open("worker_3")
    taken = market.claim("worker_3", title_of(kind))
    counted: dict[str, int] = {}
    page.on("requestfinished", lambda request: counted.update({request.url: _bytes(request)}))
    page.goto(f"/work/claims/{taken['id']}/items/1", wait_until="load")
    expect(page.get_by_role("group", name="Tools")).to_be_visible()
    light = {url: size for url, size in counted.items() if "/media/" not in url and not url.endswith("/points")}
    assert any("/widgets/" in url for url in light), light
    assert sum(light.values()) <= KILOBYTES[kind] * 1000, light


def _bytes(request: Request) -> int:
    sizes = request.sizes()
    return sizes["responseHeadersSize"] + sizes["responseBodySize"]
