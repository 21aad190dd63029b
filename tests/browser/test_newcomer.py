"""A newcomer with a phone and nothing else: from the first page to money that has arrived, to the last cent."""

from __future__ import annotations

import re
from decimal import Decimal

from playwright.sync_api import Locator, Page, expect

from tests.browser import BROWSER
from tests.browser.kinds import Filled, rows
from tests.browser.market import BOXES, Market, true_boxes
from tests.browser.tabs import PHONE, Tabs, reload_until
from tests.browser.test_kinds import fill_in
from tests.browser.test_signing_up import open_mail
from tests.browser.test_working import drag, external_id, offer, read

pytestmark = BROWSER
LETTERS, SOUNDS, PAIRS = "Letters: who and where?", "Sounds: where does it beep?", "Which answer is better?"
NAMES = ("Achieng", "Fischer", "王伟")
NAME, EMAIL = "Njeri Kamau", "njeri@people.example"
PAYDAYS_MAX = 6
_AMOUNT = re.compile(r"\d[\d,]*\.\d+")


def sign_up(page: Page) -> None:
    """Become a worker, and say where pay goes."""
    page.goto("/sign-up/worker")
    page.get_by_label("Your name").fill(NAME)
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Country you live in").select_option(label="Kenya")
    page.get_by_role("checkbox", name="English").check()
    page.get_by_role("checkbox", name="I am of age").check()
    page.get_by_role("checkbox", name="terms").check()
    page.get_by_role("button", name="Sign up").click()
    open_mail(page, EMAIL)
    page.goto("/work/payout-method")
    page.get_by_label("Account").fill("sandbox-njeri")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("status")).to_contain_text("The next payout goes there")


def answer(page: Page, title: str) -> None:
    """Do one item of that job."""
    if title == BOXES:
        for place, box in enumerate(true_boxes(external_id(page)), start=1):
            drag(page, box)
            read(page, place)
    elif title == LETTERS:
        text = page.get_by_role("main").inner_text()
        name = next(name for name in NAMES if name in text)
        fill_in(page, rows("Mark", Class="person", Words=name, Which_time="1"))
    elif title == SOUNDS:
        fill_in(page, rows("Segment", Class="high", From="0.2", To="0.9"))
    else:
        fill_in(page, [Filled("Answer A", "radio")])


def do_a_task(page: Page, title: str) -> str:
    """Claim a task of that job, do all of it and submit it; returns the claim's id."""
    page.goto("/work/tasks")
    offer(page, title).get_by_role("button", name="Claim a task").click()
    heading = page.get_by_role("heading", name=re.compile(r"Item 1 of \d"))
    expect(heading).to_be_visible()
    count = int(heading.inner_text().rsplit(" ", 1)[-1])
    for number in range(1, count + 1):
        expect(page.get_by_role("heading", name=f"Item {number} of {count}")).to_be_visible()
        answer(page, title)
        page.get_by_role("button", name=re.compile("^(Submit|Save and go on|Save and submit all .*)$")).click()
    expect(page.get_by_role("status")).to_contain_text("Submitted")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    return page.url.rsplit("/", 1)[-1].partition("#")[0]


def amount(shown: Locator) -> Decimal:
    """The last amount that is written there: of a part, what stands behind its explanation."""
    return Decimal(_AMOUNT.findall(shown.inner_text())[-1].replace(",", ""))


def own_part(page: Page) -> Decimal:
    """What is the worker's of the open price chain, once all of it is reckoned anew."""
    chain = page.get_by_role("region", name="The client pays")
    parts = chain.get_by_role("listitem")
    (own,) = [amount(part) for part in parts.all() if part.inner_text().startswith("You")]
    assert sum(amount(part) for part in parts.all()) == amount(chain.locator("header")), chain.inner_text()
    payments = page.get_by_role("region", name="When you are paid").locator("tbody tr").all()
    assert sum(amount(payment) for payment in payments) == own, [one.inner_text() for one in payments]
    return own


def pay_everybody(market: Market) -> None:
    """Let the next payday come, and pay what is due then."""
    market.service.command("clock", "advance", "--to-next-due")
    first, second = market.caller("finance_1"), market.caller("finance_2")
    run = f"/v1/payout-runs/{first.post('/v1/payout-runs', {'rail': 'sandbox'})['id']}"
    second.post(f"{run}/approve")
    second.post(f"{run}/execute")


def earned_and_paid(page: Page) -> tuple[Decimal, Decimal]:
    """As the page of earnings says."""
    page.goto("/work/earnings")
    earned, paid = (page.locator(".tile").filter(has=page.get_by_text(name, exact=True)) for name in ("Earned", "Paid"))
    return amount(earned), amount(paid)


def test_a_newcomer_does_four_kinds_on_a_phone_and_is_paid_what_each_price_chain_says(
    paying: tuple[Market, Tabs],
) -> None:
    market, tabs = paying
    page = tabs.open(width=PHONE)
    sign_up(page)
    claims = {title: do_a_task(page, title) for title in (BOXES, LETTERS, SOUNDS, PAIRS)}
    waiting = market.caller("reviewer").get(f"/v1/reviews/{claims[BOXES]}")["answers"]
    market.decide("reviewer", claims[BOXES], [{"verdict": "accept"}] * len(waiting))
    # Nobody looks at the others: by the next payday they are accepted by themselves.
    market.service.command("clock", "advance", "--to-next-due")

    owed = Decimal(0)
    for claim in claims.values():
        page.goto(f"/work/claims/{claim}")
        chains = page.get_by_role("link", name="Where the price went")
        reload_until(chains.first)
        for path in [link.get_attribute("href") for link in chains.all()]:
            page.goto(str(path))
            owed += own_part(page)
    assert owed > 0
    for _ in range(PAYDAYS_MAX):
        earned, paid = earned_and_paid(page)
        assert earned == owed
        if paid == owed:
            break
        pay_everybody(market)
    assert earned_and_paid(page) == (owed, owed)
    expect(page.get_by_role("region", name="Payouts")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
