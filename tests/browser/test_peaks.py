"""The wave of a sound: drawn from the server's peaks, where the sound is loud, and without the sound."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from marketplace.entrypoints.demo.sounds import make_sound
from tests.browser import BROWSER
from tests.browser.kinds import pay_in, post
from tests.browser.line import Line, opened
from tests.browser.market import Market
from tests.browser.tabs import Tabs

pytestmark = BROWSER
BEEPS = "Beeps"
SOUND = make_sound(5)
LENGTH_MS = len(SOUND.content) // 16
DRAWN = """(at) => {
  const inner = document.querySelector("[data-line]").firstElementChild.shadowRoot;
  const canvas = [...inner.querySelectorAll(".canvases canvas")];
  const whole = canvas.reduce((width, one) => width + one.width, 0);
  return at.map((share) => {
    let x = Math.floor(share * whole);
    const one = canvas.find(({ width }) => x < width || (x -= width) < 0);
    const { data } = one.getContext("2d").getImageData(x, 0, 1, one.height);
    let drawn = 0;
    for (let y = 0; y < one.height; y += 1) drawn += data[4 * y + 3] > 128;
    return drawn / one.height;
  });
}"""


@pytest.fixture(scope="module")
def jobs(market: Market) -> None:
    pay_in(market)
    post(market, "audio_segments", BEEPS, SOUND.content)


def heights(page: Page) -> tuple[list[float], list[float]]:
    """How much of its height the wave has in the middle of each beep, and in the middle of the silence after it."""
    starts = [beep.start_ms for beep in SOUND.beeps[1:]]
    silences = [(beep.end_ms + start) / 2 for beep, start in zip(SOUND.beeps, [*starts, LENGTH_MS], strict=True)]
    beeps = [(beep.start_ms + beep.end_ms) / 2 for beep in SOUND.beeps]
    return tuple(page.evaluate(DRAWN, [at / LENGTH_MS for at in some]) for some in (beeps, silences))


def shows_the_beeps(page: Page) -> None:
    loud, silent = heights(page)
    assert min(loud) > 0.2, (loud, silent)
    assert max(silent) < 0.05, (loud, silent)


def test_a_wave_is_drawn_without_the_sound_which_comes_when_it_is_played(
    tabs: Tabs, market: Market, jobs: None
) -> None:
    taken = market.claim("worker_1", BEEPS)
    page, line = opened(tabs, "worker_1", f"/work/claims/{taken['id']}/items/1", saving=False)
    expect(page.locator("[data-plain]")).to_be_hidden()
    shows_the_beeps(page)
    assert line.of("/media/") == line.of("?peaks=6000") == 4 + LENGTH_MS // 20, line.got
    page.get_by_role("button", name="Play or stop").click()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0")
    line.settle(page)
    assert line.of("/media/") >= len(SOUND.content), line.got
    shows_the_beeps(page)
    market.give_back("worker_1", taken)


@pytest.mark.parametrize("saving", [False, True], ids=["as ever", "low data"])
def test_a_sound_without_peaks_is_decoded_unless_data_is_saved(
    tabs: Tabs, market: Market, jobs: None, *, saving: bool
) -> None:
    taken = market.claim("worker_2", BEEPS)
    page = tabs.open("worker_2", service_worker=False)
    page.context.route("**/media/*?peaks=*", lambda route: route.fulfill(status=204))
    page.context.set_extra_http_headers({"Save-Data": "on"} if saving else {})
    line = Line(page)
    page.goto(f"/work/claims/{taken['id']}/items/1")
    if saving:
        page.get_by_role("link", name="Load the drawing tool").click()
    expect(page.locator("[data-plain]")).to_be_hidden()
    line.settle(page)
    assert line.of("/media/") == (0 if saving else len(SOUND.content)), line.got
    if not saving:
        shows_the_beeps(page)
    market.give_back("worker_2", taken)
