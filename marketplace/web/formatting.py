"""How values look on pages: money whole and exact with its code, days and moments, states in words."""

import datetime as dt
import uuid
from collections.abc import Iterable
from decimal import Decimal

from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from marketplace.kernel import ids
from marketplace.kernel.money import Money
from marketplace.web.saying import day_text, grouped_in, moment_text
from marketplace.web.views import clock

GOOD = frozenset({
    "accepted", "accepted_on_appeal", "active", "approved", "completed", "done", "executed", "matched", "open", "paid",
    "granted", "confirmed", "paid_not_used", "reconciled", "sent", "settled", "overturned", "available", "verified",
})  # fmt: skip
WAITING = frozenset({
    "advanced", "answered", "claimed", "draft", "draining", "due", "executing", "funded", "held", "in_payout",
    "offered", "paused", "pending", "prepared", "redo_requested", "scheduled", "submitted", "submitting", "full",
    "exhausted", "recalled", "unclaimed", "contested", "proposed",
})  # fmt: skip
BAD = frozenset({
    "cancelled", "declined", "defaulted", "dismissed", "expired", "frozen", "lapsed", "refused", "rejected",
    "rejection_final", "accepted_in_error", "returned", "suspended", "unknown", "unmatched", "upheld", "withdrawn",
})  # fmt: skip


def grouped(number: Decimal | int | str) -> str:
    """Every digit there is, with the locale's signs; "1,000.045"."""
    return grouped_in(number, get_locale())


def money(amount: Money | None) -> Markup:
    """The exact amount and its ISO code; a dash for none."""
    if amount is None:
        return Markup('<span class="none">–</span>')
    return Markup('<span class="money">{} <abbr>{}</abbr></span>').format(grouped(amount.text()), amount.currency)


def day(value: dt.date | None) -> Markup:
    """A day, "31 Jul 2027", readable by programs too."""
    if value is None:
        return Markup('<span class="none">–</span>')
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat()[:10], day_text(value, get_locale()))


def moment(value: dt.datetime | None) -> Markup:
    """A moment in UTC to the minute."""
    if value is None:
        return Markup('<span class="none">–</span>')
    utc = value.astimezone(dt.UTC)
    shown = moment_text(utc, get_locale())
    return Markup('<time datetime="{}">{} UTC</time>').format(utc.isoformat(timespec="seconds"), shown)


def state(value: str) -> Markup:
    """A state as a chip: its words, and a tone that colour alone never has to carry."""
    tone = "good" if value in GOOD else "bad" if value in BAD else "waiting" if value in WAITING else "plain"
    return Markup('<span class="chip {}">{}</span>').format(tone, words(value))


def words(value: str) -> str:
    """A name of the program as words: "redo_requested" as "redo requested"."""
    return str(_(value.replace("_", " ")))


def public(noun: str, identifier: uuid.UUID | None) -> str:
    """The public id of a row."""
    return "" if identifier is None else ids.public(noun, identifier)


def percent(part: Money, whole: Money) -> str:
    """A share to one decimal, for reading only; "≈ 38.9 %", or exact without the sign when it is."""
    if whole.is_zero:
        return "–"
    thousandths, rest = divmod(part.amount * 1000, whole.amount)
    exact = "" if rest == 0 else "≈ "
    return f"{exact}{grouped(f'{thousandths // 10}.{thousandths % 10}')} %"


def ppm(parts: int) -> str:
    """Parts per million as exact percent, "38.5 %"."""
    whole, rest = divmod(parts, 10_000)
    fraction = f"{rest:04d}".rstrip("0")
    return f"{grouped(f'{whole}.{fraction}' if fraction else whole)} %"


def percents(shares: Iterable[int]) -> str:
    """Whole percents one after the other, "38 %, 21 %"."""
    return ", ".join(f"{grouped(share)} %" for share in shares)


def size(byte_count: int) -> str:
    """How many bytes something has, never less than it is: "412 kB", "1.3 MB"; a kB is 1,000 bytes."""
    kilobytes = -(-byte_count // 1000)
    if kilobytes < 1000:
        return f"{grouped(kilobytes)} kB"
    tenths = -(-byte_count // 100_000)
    return f"{grouped(f'{tenths // 10}.{tenths % 10}')} MB"


def paragraphs(text: str) -> Markup:
    """Plain text with its paragraphs, each in the direction of its own words, everything escaped."""
    blocks = [block.strip() for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    lines = [Markup("<br>").join(escape(line) for line in block.split("\n")) for block in blocks]
    return Markup("").join(Markup('<p dir="auto">{}</p>').format(line) for line in lines)


def from_the_left(text: str) -> Markup:
    """A code or a number with marks in it, which is read from the left on every page."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)


def register(app: Flask) -> None:
    """Make these the filters of every template."""
    for function in (grouped, money, day, moment, state, words, ppm, percents, size, paragraphs, clock, from_the_left):
        app.add_template_filter(function)
    app.add_template_global(public, "public_id")
    app.add_template_global(percent)
