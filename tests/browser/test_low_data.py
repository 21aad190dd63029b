"""Low data: what a page weighs with it and without, and that what is brought on demand weighs what the page said."""

from __future__ import annotations

import io
import random
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import BROWSER
from tests.browser.kinds import SOUND, TOOL, pay_in, post
from tests.browser.line import Line, opened
from tests.browser.market import Market
from tests.browser.tabs import Tabs

pytestmark = BROWSER
PHOTO, HEARD, OUTSIDE = "A large photograph", "A sound", "A tool of another's"
WIDTH, HEIGHT = 1200, 900


@pytest.fixture(scope="module")
def jobs(market: Market) -> None:
    pay_in(market)
    noise = Image.frombytes(
        "RGB", (WIDTH // 8, HEIGHT // 8), random.Random(7).randbytes(WIDTH // 8 * (HEIGHT // 8) * 3)
    )
    photo = io.BytesIO()
    noise.resize((WIDTH, HEIGHT)).save(photo, "JPEG", quality=95)
    post(market, "image_boxes", PHOTO, photo.getvalue())
    post(market, "audio_segments", HEARD, SOUND)
    post(market, "external", OUTSIDE)


def kilobytes(page: Page, name: str) -> list[int]:
    """The sizes that the words of a link say, rounded up to kB."""
    words = page.get_by_role("link", name=name).inner_text()
    return [int(found) for found in re.findall(r"(\d+) kB", words)]


def test_a_picture_comes_small_and_no_tool_until_they_are_asked_for(tabs: Tabs, market: Market, jobs: None) -> None:
    taken = market.claim("worker_1", PHOTO)
    path = f"/work/claims/{taken['id']}/items/1"
    page, whole = opened(tabs, "worker_1", path, saving=False)
    expect(page.get_by_role("group", name="Tools")).to_be_visible()
    page, light = opened(tabs, "worker_1", path, saving=True)
    assert light.of("/widgets/") == 0
    assert 0 < light.of("/media/") <= 30_000
    assert sum(light.got.values()) * 4 < sum(whole.got.values()), (light.got, whole.got)
    page.get_by_label("Class").first.wait_for()
    page.get_by_label("x", exact=True).first.fill("17")

    small = light.of("/media/")
    tool, picture = kilobytes(page, "Load the drawing tool")
    page.get_by_role("link", name="Load the drawing tool").click()
    expect(page.get_by_role("group", name="Tools")).to_be_visible()
    expect(page.get_by_role("link", name="Load the")).to_have_count(0)
    light.settle(page)
    assert abs(light.of("/widgets/") / 1000 - tool) <= 1, light.got
    assert abs((light.of("/media/") - small) / 1000 - picture) <= 1, light.got
    assert page.get_by_label("x", exact=True).first.input_value() == "17"

    # What is drawn stands in the pixels of the whole picture, not of the small one that was there before.
    box = page.get_by_alt_text("The picture to label").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.75, steps=6)
    page.mouse.up()
    drawn = page.get_by_role("group", name="Box 2", exact=True)
    expect(drawn.get_by_label("x", exact=True)).not_to_have_value("")
    assert abs(int(drawn.get_by_label("x", exact=True).input_value()) - WIDTH // 2) <= 8
    assert abs(int(drawn.get_by_label("width", exact=True).input_value()) - WIDTH // 4) <= 12


def test_a_tool_that_breaks_on_its_way_can_be_asked_for_again(tabs: Tabs, market: Market, jobs: None) -> None:
    taken = market.claim("worker_2", PHOTO)
    page = tabs.open("worker_2", service_worker=False)
    page.context.set_extra_http_headers({"Save-Data": "on"})
    page.goto(f"/work/claims/{taken['id']}/items/1?load=picture")
    tool, said = page.get_by_role("link", name="Load the drawing tool"), page.get_by_role("alert")
    for part in ("**/widgets/*.css*", "**/widgets/*.js*"):
        # Said to be there, and cut off before it is: as when a phone loses the network half way.
        page.route(part, lambda route: route.abort("connectionreset"))
        expect(said).to_have_count(0)
        tool.click()
        expect(said).to_have_text("It did not arrive. Try again when the network is better.")
        expect(tool).to_be_visible()
        page.unroute(part)
        page.reload()
    page.route("**/widgets/*.js*", lambda route: route.abort("connectionreset"))
    tool.click()
    expect(said).to_be_visible()
    page.unroute("**/widgets/*.js*")
    tool.dblclick()
    expect(page.get_by_role("group", name="Tools")).to_have_count(1)
    expect(tool).to_have_count(0)
    expect(said).to_have_count(0)
    market.give_back("worker_2", taken)
    tabs.troubles[:] = [one for one in tabs.troubles if "ERR_CONNECTION_RESET" not in one]


def test_pages_are_kept_with_what_they_show_and_no_sound(tabs: Tabs, market: Market, jobs: None) -> None:
    page = tabs.open("worker_2")
    page.context.set_extra_http_headers({"Save-Data": "on"})
    parts = "async () => (await (await caches.open('pages')).keys()).map(one => one.url)"
    kept: dict[str, list[str]] = {}
    for title in (PHOTO, HEARD):
        taken = market.claim("worker_2", title)
        page.goto(f"/work/claims/{taken['id']}")
        page.evaluate("navigator.serviceWorker.ready")
        before = page.evaluate(parts)
        page.get_by_role("button", name="Keep its pages on this device").click()
        while not any(f"{taken['id']}/items/1" in one for one in page.evaluate(parts)):
            page.wait_for_timeout(200)
        page.wait_for_timeout(1500)
        kept[title] = [one for one in page.evaluate(parts) if one not in before]
        market.give_back("worker_2", taken)
    assert [one.partition("?")[2] for one in kept[PHOTO] if "/media/" in one] == ["small=1"]
    assert [one for one in kept[HEARD] if "/media/" in one or "/widgets/" in one] == []


def test_without_script_the_links_bring_the_page_with_what_they_name(tabs: Tabs, market: Market, jobs: None) -> None:
    taken = market.claim("worker_2", PHOTO)
    market.caller("worker_2").put("/worker/v1/page-settings", {"low_data": "always", "text_size": "normal"})
    tabs.open("worker_2")
    page = tabs.open("worker_2", script=False, service_worker=False)
    line = Line(page)
    page.goto(f"/work/claims/{taken['id']}/items/1")
    line.settle(page)
    (picture,) = kilobytes(page, "Load the whole picture")
    small = line.of("/media/")
    page.get_by_role("link", name="Load the whole picture").click()
    expect(page.get_by_role("link", name="Load the whole picture")).to_have_count(0)
    line.settle(page)
    assert abs((line.of("/media/") - small) / 1000 - picture) <= 1
    market.caller("worker_2").put("/worker/v1/page-settings", {"low_data": "as_browser", "text_size": "normal"})


def test_a_sound_comes_when_it_is_played(tabs: Tabs, market: Market, jobs: None) -> None:
    taken = market.claim("worker_1", HEARD)
    page, line = opened(tabs, "worker_1", f"/work/claims/{taken['id']}/items/1", saving=True)
    assert line.of("/media/") == 0
    assert f"{-(-len(SOUND) // 1000)} kB" in page.locator("[data-wave]").inner_text()
    page.get_by_role("link", name="Load the drawing tool").click()
    expect(page.get_by_role("group", name="Tools")).to_be_visible()
    expect(page.locator("[data-plain]")).to_be_hidden()
    line.settle(page)
    assert 0 < line.of("?peaks=") == line.of("/media/") <= 504, "a wave is drawn, and the sound has not come"
    page.get_by_role("button", name="Play or stop").click()
    page.evaluate(
        "() => new Promise(played => document.querySelector('audio').addEventListener('timeupdate', played))"
        ".then(() => true)"
    )


def test_a_clients_own_tool_waits_until_it_is_asked_for(tabs: Tabs, market: Market, jobs: None) -> None:
    taken = market.claim("worker_1", OUTSIDE)
    page = tabs.open("worker_1", service_worker=False)
    page.context.route("https://tool.example.org/**", lambda route: route.fulfill(body=TOOL, content_type="text/html"))
    page.context.set_extra_http_headers({"Save-Data": "on"})
    page.goto(f"/work/claims/{taken['id']}/items/1")
    expect(page.locator("iframe")).to_be_hidden()
    assert page.locator("iframe").get_attribute("src") is None
    page.get_by_role("link", name="Load the client's tool").click()
    expect(page.frame_locator("iframe").get_by_text("Ada met Ada in Paris.")).to_be_visible()
    expect(page.get_by_text("The tool has said its answer.")).to_be_visible()


def test_pages_of_a_task_are_kept_on_the_device_only_when_asked(tabs: Tabs, market: Market, jobs: None) -> None:
    taken = market.claim("worker_1", "Street scenes, second delivery")
    page = tabs.open("worker_1")
    page.context.set_extra_http_headers({"Save-Data": "on"})
    page.goto(f"/work/claims/{taken['id']}")
    held = "async () => (await (await caches.open('pages')).keys()).filter(one => one.url.includes('/claims/')).length"
    page.evaluate("navigator.serviceWorker.ready")
    page.get_by_role("button", name="Keep its pages on this device").wait_for()
    page.wait_for_timeout(1500)
    assert page.evaluate(held) == 0
    page.get_by_role("button", name="Keep its pages on this device").click()
    while page.evaluate(held) == 0:
        page.wait_for_timeout(200)
    market.give_back("worker_1", taken)
