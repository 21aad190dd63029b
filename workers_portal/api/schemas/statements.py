"""Statements by month on the wire."""

from typing import Annotated, TypedDict

from marketplace.settlement.states import INSTALLMENT
from workers_portal.api.describing import Says, an_id, one_of
from workers_portal.api.schemas.money import PriceChainWire
from workers_portal.api.schemas.values import Amount, Day, Instant, ListQuery

_MONTH = Says(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", example="2027-01")


class StatementMonthsWire(TypedDict):
    """The months in which anything of one's pay moved, newest first."""

    data: list[Annotated[str, _MONTH]]


class StatementQuery(TypedDict):
    """Which month."""

    month: Annotated[str, _MONTH]


class StatementPdfQuery(StatementQuery, total=False):
    """Which month, and at which answer the file begins."""

    cursor: Annotated[str, "As the file before says; left out for the first."]


class StatementPageQuery(ListQuery):
    """Which month, and which page."""

    month: Annotated[str, _MONTH]


class PlacesWire(TypedDict):
    """What is not due yet, what is due, and what is held."""

    deferred: Amount
    due: Annotated[Amount, "Rests of less than a minor unit, which payouts carry on, are in here."]
    held: Amount


class MovementWire(TypedDict):
    """What one kind of journal moved in the month."""

    journal: Annotated[str, "J3: accepted; J4: fell due; J5: sent; all of them are in the page about the ledger."]
    source: Annotated[str | None, "deferred, due or held; null where it came from elsewhere."]
    target: Annotated[str | None, "deferred, due or held; null where it went elsewhere."]
    outside: Annotated[str | None, "payout, tax, advance_fee, unclaimed or other; null between one's own places."]
    amount: Amount


class CurrencyStatementWire(TypedDict):
    """One currency; closing = opening + what came - what left, in each place."""

    currency: str
    opening: PlacesWire
    movements: list[MovementWire]
    sent: Annotated[Amount, "paid and tax together: what payouts took along."]
    closing: PlacesWire
    owed_at_first: Annotated[Amount, "All that was owed at the beginning, in all three places."]
    earned: Annotated[Amount, "What came from answers and extras."]
    given: Annotated[Amount, "Nothing: only a layer gives of its margins."]
    paid: Annotated[Amount, "What payouts took along for oneself, less what of it came back."]
    tax: Annotated[Amount, "What was withheld from payouts, less what came back with them."]
    advance_fee: Annotated[Amount, "The fees of pay taken early, less those that were given back."]
    set_apart: Annotated[Amount, "What counts as unclaimed, less what was fetched."]
    owed_at_end: Annotated[Amount, "owed_at_first + earned - given - paid - tax - advance_fee - set_apart, exactly."]


class StatementWire(TypedDict):
    """One's statement of a month; what it says is what the ledger's accounts hold."""

    month: Annotated[str, _MONTH]
    data: list[CurrencyStatementWire]


class StatementLineWire(TypedDict):
    """What one accepted answer earned."""

    accepted_on: Day
    contract_id: Annotated[str, an_id("contract")]
    amount: Amount
    price_chain: Annotated[PriceChainWire | None, "Null for a key that may not read price chains."]


class StatementInstallmentWire(TypedDict):
    """An installment of the month, as it stands now."""

    id: Annotated[str, an_id("installment")]
    contract_id: Annotated[str, an_id("contract")]
    due_on: Day
    amount: Amount
    state: Annotated[str, one_of(INSTALLMENT.states)]
    held_reason: Annotated[str | None, "Why it is held; null unless it is."]
    payout_id: Annotated[str | None, an_id("payout")]
    paid_at: Instant | None


class StatementPayoutWire(TypedDict):
    """A payout that took money along in the month, or gave it back."""

    id: Annotated[str, an_id("payout")]
    state: str
    sent: Amount
    came_back: Amount
    tax: Annotated[Amount, "What of that was withheld, less what came back."]
    advance_fee: Annotated[Amount, "Beside that, for pay taken early."]
    paid: Annotated[Amount, "What one gets, in the currency one chose."]
    carried_out: Annotated[Amount, "Less than a minor unit; stays due."]
    rail: str
    rail_reference: str | None
    sent_at: Instant | None
    settled_at: Instant | None
