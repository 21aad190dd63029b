"""Pay and prices on the wire."""

from typing import Annotated, TypedDict

from marketplace.payouts.states import PAYOUT
from marketplace.provenance.policy import PartKind
from marketplace.provenance.prices import PRICES, UNDER
from marketplace.settlement.extra_models import ALLOWANCE_KINDS, LAYER_KINDS
from marketplace.settlement.states import INSTALLMENT
from workers_portal.api.describing import Says, an_id, one_of
from workers_portal.api.schemas.values import Amount, Day, Instant

EXTRA_KINDS = (*ALLOWANCE_KINDS, *LAYER_KINDS)


class OwedWire(TypedDict):
    """What was earned in one currency; scheduled, due, paying, held and paid add up to earned.

    What one took early is due until a payout has it.
    """

    currency: str
    answers: int
    earned: Amount
    scheduled: Amount
    due: Amount
    paying: Amount
    held: Amount
    paid: Amount
    advance_fees: Annotated[Amount, "Of what is paid or on its way, what one accepted to pay for having it early."]


class WaitingWire(TypedDict):
    """What is due, and less than any rail that one is paid by pays out; it stays due and grows until `paid_from`."""

    due: Amount
    rail: Annotated[str, "The rail with the lowest minimum."]
    minimum: Amount
    missing: Amount
    paid_from: Annotated[Day, "From this day on it is paid however little it is; that costs you nothing."]


class PayHoldWire(TypedDict):
    """That the platform's finance people hold pay of one's: nothing of it is taken off, and it ends by itself."""

    id: Annotated[str, an_id("pay_hold")]
    reason: str
    placed_at: Instant
    ends_on: Annotated[Day | None, "From this day on it is paid again."]
    asked_until: Annotated[
        Day | None, "When it ends if a second person confirms it; null for a short or confirmed one."
    ]
    installment_ids: Annotated[list[str] | None, "What is held; null is all that is due and falls due meanwhile."]


class EarningsWire(TypedDict):
    """One's earnings, a row for each currency."""

    data: list[OwedWire]
    waiting: Annotated[list[WaitingWire], "Due pay that waits for a rail's minimum, by currency."]
    holds: Annotated[list[PayHoldWire], "What is held at present."]


class InstallmentWire(TypedDict):
    """A dated part of one's pay."""

    id: Annotated[str, an_id("installment")]
    contract_id: Annotated[str, an_id("contract")]
    due_on: Day
    amount: Amount
    state: Annotated[str, one_of(INSTALLMENT.states)]
    paid_at: Instant | None
    payout_id: Annotated[str | None, an_id("payout")]
    advanced_at: Annotated[Instant | None, "When one took it early."]
    advance_fee: Annotated[
        Amount, "What one accepted to pay for that; nothing any more once a payout was prepared on its day or later."
    ]


class AdvanceOfferWire(TypedDict):
    """Two ways to one's pay: all of it on its day for free, or less a fee with the next payout."""

    installment_id: Annotated[str, an_id("installment")]
    amount: Annotated[Amount, "What comes on `free_on` without doing anything."]
    free_on: Day
    fee: Annotated[Amount, "What taking it early costs; confirm exactly this."]
    arrives: Annotated[Amount, "What comes with the next payout instead, in whole minor units."]
    rest: Annotated[Amount, "Less than a minor unit; stays owed and comes with a later payout."]


class AdvanceInput(TypedDict):
    """The fee as it was offered."""

    fee: Annotated[Amount, "The `fee` of the offer. If it is another one by now, nothing is taken."]


class PaymentWire(TypedDict):
    """When a part of a price is paid."""

    due_on: Day
    amount: Amount
    state: str


class PartWire(TypedDict):
    """One part of the client's price; `hidden` holds the margins that the job's policy does not show."""

    kind: Annotated[str, one_of([kind.value for kind in PartKind])]
    amount: Amount
    own: bool
    layer: int | None
    payments: list[PaymentWire]


class ChainExtraWire(TypedDict):
    """What one is paid beside the price of answers."""

    kind: Annotated[str, one_of(EXTRA_KINDS)]
    amount: Amount


class PriceOriginWire(TypedDict):
    """Who set a price of the chain, when, and under which version."""

    price: Annotated[str, one_of(PRICES)]
    amount: Amount
    under: Annotated[str, one_of(UNDER)]
    version: Annotated[int, "Of the contract's prices: 1 is the offer."]
    set_at: Instant
    set_by: Annotated[
        str | None,
        an_id("organization"),
        "Null for the platform, and for whom the job's policy does not show.",
    ]
    agreed_at: Instant | None
    agreed_by: Annotated[str | None, an_id("organization")]
    layer: Annotated[int | None, "Which layer buys at it, or opened the tasks."]


class PriceChainWire(TypedDict):
    """Where the client's price of an answer goes; the parts add up to it."""

    answer_id: Annotated[str, an_id("answer")]
    client_price: Amount
    accepted: bool
    extras: Annotated[list[ChainExtraWire], "Paid for the same claim beside the price of its answers."]
    parts: list[PartWire]
    origins: Annotated[list[PriceOriginWire], "Who set the prices that you may know, the client's first."]


class PayoutMethodInput(TypedDict):
    """Where one's payouts shall go."""

    rail: Annotated[str, "A rail that this market has.", Says(minLength=1, maxLength=40)]
    destination: Annotated[
        str,
        "As the rail names it. On the rail bank: name of the holder / IBAN, or name of the holder / BIC or bank code / "
        "account number.",
        Says(minLength=1, maxLength=200),
    ]


class QuoteWire(TypedDict):
    """What one was shown of a payout in another currency than the one owed."""

    owed: Annotated[Amount, "What of one's pay it pays, in the currency owed."]
    paid: Annotated[Amount, "What one gets for it."]
    rate: Annotated[str, "How much of the currency paid one of the currency owed buys, with all its digits."]
    source: Annotated[str, "`finance`, or the name of the rail that gave the rate."]
    quoted_at: Instant
    valid_until: Instant


class WithheldWire(TypedDict):
    """What is withheld for one authority."""

    authority: str
    amount: Amount


class WithheldOfYearWire(WithheldWire):
    """What was withheld for one authority in a year, and what of it the authority has got."""

    remitted: Amount


class TaxYearLineWire(TypedDict):
    """One's year in one currency; gross is net and all that was withheld."""

    year: Annotated[int, "Of the moment at which payouts settled, UTC."]
    gross: Amount
    withheld: list[WithheldOfYearWire]
    net: Amount


class TaxYearsWire(TypedDict):
    """One's years, a row for each year and currency, the newest year first."""

    data: list[TaxYearLineWire]


class PayoutWire(TypedDict):
    """One transfer to oneself, which pays many installments."""

    id: Annotated[str, an_id("payout")]
    rail: str
    owed: Annotated[Amount, "What of one's pay it pays, in the currency owed."]
    advance_fee: Annotated[
        Amount, "Beside that, the fee one accepted for what one took early; none if it never arrives."
    ]
    withheld: Annotated[list[WithheldWire], "Tax of what is owed, by authority; empty for none."]
    paid: Annotated[Amount, "What one gets: the rest, or what it was changed into at one's own choice."]
    state: Annotated[str, one_of(PAYOUT.states)]
    quotes: Annotated[list[QuoteWire], "What one was shown, oldest first; empty where the currency is the one owed."]
    created_at: Instant
    settled_at: Instant | None


class PayoutCurrencyWire(TypedDict):
    """The currency in which one is paid on a rail."""

    rail: Annotated[str, "A rail that this market has.", Says(minLength=1, maxLength=40)]
    currency: Annotated[str | None, "A currency of ISO 4217; null is the one in which each amount is owed."]


class PayoutMethodChangeWire(TypedDict):
    """A change that has not taken effect yet; until then payouts go on to where they go."""

    id: Annotated[str, an_id("payout_method_change")]
    destination: Annotated[str, "Masked: its last characters at most."]
    takes_effect_at: Annotated[Instant, "48 hours after it was asked for; real time."]


class BankRefusedWire(TypedDict):
    """What one's own bank did not take of what one's account at the rail paid on; it is on that account again."""

    amount: Amount
    code: Annotated[str, "Why, in the rail's own word."]
    made_at: Instant


class PayoutMethodWire(TypedDict):
    """Where one's payouts go on a rail."""

    rail: Annotated[str, "A rail that this market has."]
    destination: Annotated[str | None, "Masked: its last characters at most; null where it was never said."]
    change: PayoutMethodChangeWire | None
    bank_refused: Annotated[
        list[BankRefusedWire],
        "For which nothing is paid there now: give the rail another bank account, and it goes on by itself.",
    ]


class PayoutMethodsWire(TypedDict):
    """Where one's payouts go, a row for each rail."""

    data: list[PayoutMethodWire]
