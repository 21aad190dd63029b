"""Passkeys in a real browser, whose authenticator is a virtual one, and the list of devices on a narrow phone."""

from __future__ import annotations

from typing import Final

import psycopg
import pytest
from playwright.sync_api import CDPSession, Page, expect

from marketplace.entrypoints.demo.people import part_of
from tests.browser import BROWSER
from tests.browser.looking import glance, look
from tests.browser.market import Market
from tests.browser.tabs import PHONE, Tabs, told

pytestmark = BROWSER
PEOPLE: Final = {"work": "worker_2", "console": "client"}


class Device:
    """A phone that keeps passkeys, in the browser of a page."""

    def __init__(self, page: Page) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._named = {"authenticatorId": made["authenticatorId"]}

    def in_hands_of(self, *, its_owner: bool) -> None:
        """Whether it recognizes who holds it."""
        self._cdp.send("WebAuthn.setUserVerified", {**self._named, "isUserVerified": its_owner})

    def is_touched(self, *, at_once: bool) -> None:
        """Whether somebody touches it as soon as a page asks."""
        self._cdp.send("WebAuthn.setAutomaticPresenceSimulation", {**self._named, "enabled": at_once})

    @property
    def keys(self) -> int:
        """How many passkeys are on it."""
        return len(self._cdp.send("WebAuthn.getCredentials", self._named)["credentials"])


def sign_in_by_mail(page: Page, part: str) -> None:
    person = part_of(part)
    page.goto(f"/{person.face}/sign-in")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_role("button", name="Mail me a link").click()
    page.get_by_role("link", name="Read it here").click()
    page.get_by_role("article").filter(has_text=person.email).first.get_by_role("link").first.click()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out", exact=True).wait_for()


def add(page: Page, face: str, name: str) -> None:
    page.goto(f"/{face}/access")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("Added.")
    expect(page.get_by_role("rowheader", name=name)).to_be_visible()


def let_an_hour_pass(market: Market) -> None:
    """For everybody who is signed in."""
    with psycopg.connect(market.service.environment["DATABASE_OWNER_URL"]) as connection:
        connection.execute("UPDATE web_session SET created_at = created_at - interval '1 hour'")


@pytest.mark.parametrize("face", PEOPLE)
def test_a_passkey_is_added_signs_in_again_and_is_removed(tabs: Tabs, market: Market, face: str) -> None:
    page = tabs.open()
    device = Device(page)
    sign_in_by_mail(page, PEOPLE[face])
    add(page, face, "My phone")
    assert device.keys == 1
    faults = look(page, f"{face} with a passkey")

    device.is_touched(at_once=False)
    page.get_by_role("button", name="Sign out", exact=True).click()
    use = page.get_by_role("button", name="Use a passkey")
    expect(use).to_be_visible()
    faults += look(page, f"{face} at the sign-in with a passkey")
    device.is_touched(at_once=True)
    use.click()
    page.get_by_role("button", name="Sign out", exact=True).wait_for()

    let_an_hour_pass(market)
    page.goto(f"/{face}/access")
    expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)
    faults += look(page, f"{face} at the passkeys after an hour")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Remove My phone").click()
    expect(page.get_by_role("status")).to_contain_text("Removed.")
    # The device still has it and offers it; here nobody knows it any more, and nothing is tried again by itself.
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("This passkey does not work here")
    faults += look(page, f"{face} at a passkey that was removed")
    assert not faults, told(faults)


def test_a_passkey_instead_of_a_code_before_where_one_is_paid_changes(tabs: Tabs, market: Market) -> None:
    page = tabs.open(width=PHONE)
    device = Device(page)
    sign_in_by_mail(page, "worker_3")
    add(page, "work", "My phone")
    page.goto("/work/payout-method")
    page.get_by_label("Account", exact=False).first.fill("sandbox-before")
    page.get_by_role("button", name="Save").first.click()
    let_an_hour_pass(market)
    page.goto("/work/payout-method")
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    faults = look(page, "worker before a step up")
    # Whom the device does not recognize gets no further, and is told so.
    device.in_hands_of(its_owner=False)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used")
    device.in_hands_of(its_owner=True)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_label("Another account").fill("sandbox-after")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("status")).to_contain_text("It takes effect in two days")
    assert not faults, told(faults)


def test_the_browser_offers_the_passkey_by_itself_beside_addresses(tabs: Tabs) -> None:
    page = tabs.open()
    Device(page)
    sign_in_by_mail(page, "worker_1")
    add(page, "work", "This browser")
    with page.expect_request("**/sign-in/passkey/options") as asked:
        page.get_by_role("button", name="Sign out", exact=True).click()
    assert asked.value.method == "POST"
    page.get_by_role("button", name="Sign out", exact=True).wait_for()


def test_without_script_the_mail_is_the_way_in_and_no_button_is_seen(tabs: Tabs) -> None:
    page = tabs.open(script=False)
    page.goto("/work/sign-in")
    expect(page.get_by_label("E-mail address")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
    sign_in_by_mail(page, "worker_1")
    page.goto("/work/access")
    expect(page.get_by_text("This browser cannot make passkeys here")).to_be_visible()
    expect(page.get_by_role("button", name="Add a passkey")).to_be_hidden()


@pytest.mark.parametrize("face", PEOPLE)
def test_another_browser_is_signed_out_from_a_phone(tabs: Tabs, market: Market, face: str) -> None:
    here, lost = tabs.open(width=PHONE), tabs.open()
    sign_in_by_mail(lost, PEOPLE[face])
    sign_in_by_mail(here, PEOPLE[face])
    here.goto(f"/{face}/access")
    faults = look(here, f"{face} at the devices")
    # The console is in English, but its pages of oneself are shared: whoever chose a language at work reads it here.
    for language in ("ar", "hi", "en"):
        here.goto(f"/{'work/' if face == 'work' else ''}language/{language}?next=/{face}/access")
        faults += glance(here, f"{face} at the devices, {language}")
    rows = here.get_by_role("row").filter(has_text="Chrome on Linux")
    expect(rows.filter(has_text="this one")).to_have_count(1)
    rows.filter(has=here.get_by_role("button")).first.get_by_role("button").click()
    expect(here.get_by_role("status")).to_contain_text("Signed out there.")
    lost.reload()
    expect(lost.get_by_label("E-mail address")).to_be_visible()
    others = here.get_by_role("button", name="Sign out everywhere else")
    if others.count():
        others.click()
    expect(others).to_have_count(0)
    # The tab that other tests open is signed out, too: they go on with this one.
    market.cookies[PEOPLE[face]] = here.context.storage_state()
    assert not faults, told(faults)
