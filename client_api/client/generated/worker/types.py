"""The values of the API, generated from docs/worker-openapi.json; `piecework docs` writes them anew."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class AdvanceInput(TypedDict):
    """The fee as it was offered."""

    fee: Money
    """The `fee` of the offer. If it is another one by now, nothing is taken."""


class AdvanceOffer(TypedDict):
    """Two ways to one's pay: all of it on its day for free, or less a fee with the next payout."""

    installment_id: str
    amount: Money
    """What comes on `free_on` without doing anything."""
    free_on: str
    fee: Money
    """What taking it early costs; confirm exactly this."""
    arrives: Money
    """What comes with the next payout instead, in whole minor units."""
    rest: Money
    """Less than a minor unit; stays owed and comes with a later payout."""


class Answer(TypedDict):
    """One's answer with its verdicts, oldest first."""

    id: str
    state: Literal[
        "accepted",
        "accepted_in_error",
        "accepted_on_appeal",
        "held",
        "lapsed",
        "paid_not_used",
        "redo_requested",
        "rejected",
        "rejection_final",
        "submitted",
    ]
    attempt: int
    content: dict[str, Any] | None
    reviews: list[Review]
    correction: dict[str, Any] | None
    """What a reviewer says it should have said; it is paid all the same."""
    held_until: str | None
    """Rejected without effect: another side decides by then, or it counts as accepted."""
    dispute: Dispute | None


class AnsweredInvitation(TypedDict):
    """An invitation to a team."""

    id: str
    team_id: str
    state: str


class AnsweredItem(TypedDict):
    """An item of a claim with one's answer."""

    id: str
    external_id: str
    ordinal: int
    content: dict[str, Any]
    prelabel: dict[str, Any] | None
    """A model's proposal, with the answer it proposes; null without one."""
    media_url: NotRequired[str | None]
    width: NotRequired[int | None]
    """Pixels, of images kept here."""
    height: NotRequired[int | None]
    duration_ms: NotRequired[int | None]
    """Milliseconds, of sounds kept here."""
    point_count: NotRequired[int | None]
    """Points, of point clouds kept here."""
    to_answer: bool
    """Whether the present attempt asks for it."""
    answer: Answer | None


class Appeal(TypedDict):
    """The one appeal against how a dispute was decided."""

    dispute_id: str
    side: Literal["worker", "rejecting"]
    """Whose it is; what was paid stays paid."""
    state: Literal["dismissed", "granted", "open"]
    reason: str
    deadline_at: str
    """Silence until then decides for the worker."""
    decision: str | None
    decided_at: str | None


class AppealInput(TypedDict):
    """Why the decision is wrong."""

    reason: str


class BankRefused(TypedDict):
    """What one's own bank did not take of what one's account at the rail paid on; it is on that
    account again.
    """

    amount: Money
    code: str
    """Why, in the rail's own word."""
    made_at: str


class Beat(TypedDict):
    """Active time on a claim so far."""

    claim_id: str
    active_seconds: int
    """The time between beats no further apart than 60 seconds; only you see it."""
    next_beat_seconds: int
    """Send the next beat after so many seconds (20) of further work."""


class Block(TypedDict):
    """A block against oneself."""

    id: str
    organization_id: str
    organization_name: str
    scope: Literal["job", "contract", "all"]
    job_title: str | None
    reason: str
    created_at: str
    expires_at: str
    contested_at: str | None
    contest: str | None
    """How to object; null once one has."""


class BlockPage(TypedDict):
    """A page of a list."""

    data: list[Block]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class ChainExtra(TypedDict):
    """What one is paid beside the price of answers."""

    kind: Literal["bonus", "gold", "recovery", "redo_fee", "wage_top_up"]
    amount: Money


class Checkpoint(TypedDict):
    """A signed head of the log."""

    tree_size: int
    root_hash: str
    sealed_at: str
    """Real time."""
    note: str
    """A C2SP signed note (Ed25519) over size and root."""


class Claim(TypedDict):
    """A claim."""

    id: str
    state: Literal["claimed", "decided", "expired", "released", "returned", "submitted"]
    attempt: int
    batch_id: str
    task_id: str
    job_id: str
    item_count: int
    guideline_version: int
    claimed_at: str
    lease_until: str | None
    submitted_at: str | None
    decided_at: str | None
    contest_until: str | None
    """Until when answers that came too late and were kept can be contested; null where there are none,
    or the job pays for none.
    """


class ClaimInput(TypedDict):
    """What to claim: a task, or the next of a batch; the next of the first batch in line if none is
    named.
    """

    batch_id: NotRequired[str]
    task_id: NotRequired[str]
    terms: NotRequired[ShownTermsInput]


class ClaimItem(TypedDict):
    """An item to label: texts, or media behind a path that is good for fifteen minutes."""

    id: str
    external_id: str
    ordinal: int
    content: dict[str, Any]
    prelabel: dict[str, Any] | None
    """A model's proposal, with the answer it proposes; null without one."""
    media_url: NotRequired[str | None]
    width: NotRequired[int | None]
    """Pixels, of images kept here."""
    height: NotRequired[int | None]
    duration_ms: NotRequired[int | None]
    """Milliseconds, of sounds kept here."""
    point_count: NotRequired[int | None]
    """Points, of point clouds kept here."""


class ClaimLine(TypedDict):
    """A claim in a list."""

    id: str
    state: Literal["claimed", "decided", "expired", "released", "returned", "submitted"]
    attempt: int
    batch_id: str
    task_id: str
    job_id: str
    item_count: int
    guideline_version: int
    claimed_at: str
    lease_until: str | None
    submitted_at: str | None
    decided_at: str | None
    contest_until: str | None
    """Until when answers that came too late and were kept can be contested; null where there are none,
    or the job pays for none.
    """
    title: str
    pay_per_answer: Money
    auto_accept_at: str | None


class ClaimLinePage(TypedDict):
    """A page of a list."""

    data: list[ClaimLine]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class ClientRejections(TypedDict):
    """Of the answers to this client's jobs that were decided in the last 90 days, those that stand
    rejected.
    """

    percent: int
    """Rounded up, so that 0 says none at all."""
    answers: int
    """Of so many answers; 20 at the least, by three workers or more."""


class Consent(TypedDict):
    """That one agreed to see content of a severity."""

    severity: int
    given_at: str


class ConsentInput(TypedDict):
    """Agree to see content of a severity, or no longer."""

    severity: int
    given: bool


class ContestInput(TypedDict):
    """What speaks against a block."""

    reason: str


class CurrencyStatement(TypedDict):
    """One currency; closing = opening + what came - what left, in each place."""

    currency: str
    opening: Places
    movements: list[Movement]
    sent: Money
    """paid and tax together: what payouts took along."""
    closing: Places
    owed_at_first: Money
    """All that was owed at the beginning, in all three places."""
    earned: Money
    """What came from answers and extras."""
    given: Money
    """Nothing: only a layer gives of its margins."""
    paid: Money
    """What payouts took along for oneself, less what of it came back."""
    tax: Money
    """What was withheld from payouts, less what came back with them."""
    advance_fee: Money
    """The fees of pay taken early, less those that were given back."""
    set_apart: Money
    """What counts as unclaimed, less what was fetched."""
    owed_at_end: Money
    """owed_at_first + earned - given - paid - tax - advance_fee - set_apart, exactly."""


class DatedShare(TypedDict):
    """A part of the pay and the day on which it falls due."""

    due_on: str
    amount: Money


class DaysToPay(TypedDict):
    """Of the last 90 days' payments for answers to this client's jobs, the days from acceptance to
    payment.
    """

    average: int
    """Rounded up."""
    most: int
    payments: int
    """Of so many payments; 20 at the least, to three workers or more."""


class Decision(TypedDict):
    """A decision about one, in words."""

    id: str
    kind: str
    """The kind of event behind it."""
    at: str
    by_rule: bool
    """Whether a rule made it, and no person."""
    subject: str
    """The id of what it is about."""
    words: str
    reason: str | None
    """What was found, where the decision says so."""
    remedy: str
    """What it means, and what one can do beside contesting it here."""
    contested_at: str | None
    contest_reason: str | None
    outcome: str | None
    """What operations answered."""


class DecisionContestInput(TypedDict):
    """What is wrong with a decision."""

    reason: str


class DecisionPage(TypedDict):
    """A page of a list."""

    data: list[Decision]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class Dispute(TypedDict):
    """A dispute about an answer."""

    id: str
    state: Literal["answered", "open", "overturned", "upheld"]
    reason: str
    deadline_at: str
    response: str | None
    """What the rejecting side says to it."""
    decision: str | None
    decided_at: str | None
    appeal_until: str | None
    """Until when one can appeal against its having been upheld."""
    appeal: Appeal | None


class DisputeInput(TypedDict):
    """What is contested, and why."""

    answer_id: str
    reason: str


class DisputesInput(TypedDict):
    """Several answers of a claim contested for one reason; without `answer_ids` all that can be."""

    answer_ids: NotRequired[list[str]]
    reason: str


class DraftInput(TypedDict):
    """Answers so far, by item id."""

    answers: dict[str, dict[str, Any]]


class Earnings(TypedDict):
    """One's earnings, a row for each currency."""

    data: list[Owed]
    waiting: list[Waiting]
    """Due pay that waits for a rail's minimum, by currency."""
    holds: list[PayHold]
    """What is held at present."""


class EndedSession(TypedDict):
    """A browser in which one is signed in no more."""

    id: str
    ended_at: str
    """Real time."""


class ExpectedPay(TypedDict):
    """Quartiles over workers of what they really earned an hour, redo, rejected answers and lost time
    included.
    """

    basis: Literal["this_work", "this_kind"]
    """Of this very work, or of all work of its kind."""
    lower: Money
    median: Money
    upper: Money
    claims: int
    """Of so many claims."""
    claims_timed_by_beats: int
    """Of these; the time of the others is that from claim to submission."""
    workers: int
    """By so many workers; three at the least."""
    task_seconds: int | None
    """How long a task takes, in the middle; null where only the kind is known."""


class Exposure(TypedDict):
    """One's consents, one's limits, and where one stands today."""

    consents: list[Consent]
    items_max: int
    """Items of severity 3 and more a day: the lower of one's own limit and the platform's."""
    minutes_max: int
    """Minutes of work on them a day: the lower of the two."""
    own_items_max: int | None
    own_minutes_max: int | None
    time_zone: str | None
    """In which one's day begins; null: UTC."""
    day: str
    items: int
    """Seen today."""
    minutes: int
    """Worked on them today."""


class Extra(TypedDict):
    """Something one is paid beside the price of answers."""

    id: str
    kind: Literal["bonus", "gold", "recovery", "redo_fee", "wage_top_up"]
    job_id: str
    claim_id: str | None
    amount: Money
    open: Money
    """What of it the layer, and the guarantee fund in its place, could not pay yet."""
    note: str | None
    created_at: str


class ExtraPage(TypedDict):
    """A page of a list."""

    data: list[Extra]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class FeeReport(TypedDict):
    """A report of one's own; the organization never learns whose it is."""

    id: str
    organization_id: str
    organization_name: str
    amount: str | None
    how: str
    freezes: bool
    """Whether the organization's offers stand still while it is open."""
    state: Literal["open", "upheld", "dismissed"]
    created_at: str
    decided_at: str | None
    decision_reason: str | None
    frozen_until: str | None


class FeeReportInput(TypedDict):
    """Who asked for money in order to work, how much, and how."""

    organization_id: str
    amount: NotRequired[str | None]
    """As one was asked for it."""
    how: str
    """When, where and in which words."""


class FeeReportPage(TypedDict):
    """A page of a list."""

    data: list[FeeReport]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class FieldProblem(TypedDict):
    """One thing wrong with one field."""

    pointer: str
    """A JSON pointer into what was sent."""
    code: str
    message: str


class Guideline(TypedDict):
    """The guideline that is frozen in a claim."""

    version: int
    text: str
    rules: list[dict[str, Any]]


class InclusionProof(TypedDict):
    """Shows that the event is leaf `leaf_number` of the tree under the checkpoint (RFC 6962, 2.1.1)."""

    event_id: str
    leaf_number: int
    leaf_hash: str
    hashes: list[str]
    checkpoint: Checkpoint


class Installment(TypedDict):
    """A dated part of one's pay."""

    id: str
    contract_id: str
    due_on: str
    amount: Money
    state: Literal["advanced", "cancelled", "due", "held", "in_payout", "kept", "paid", "scheduled", "unclaimed"]
    paid_at: str | None
    payout_id: str | None
    advanced_at: str | None
    """When one took it early."""
    advance_fee: Money
    """What one accepted to pay for that; nothing any more once a payout was prepared on its day or
    later.
    """


class InstallmentPage(TypedDict):
    """A page of a list."""

    data: list[Installment]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class LateInput(TypedDict):
    """All answers of a claim whose lease ended, by item id."""

    attempt: int
    """The claim's own count: 1, and more after each redo."""
    answers: dict[str, dict[str, Any]]


class LeftTeam(TypedDict):
    """A team one has left."""

    id: str
    left: bool


class LimitsInput(TypedDict):
    """One's own daily limits; what is null or left out is the platform's."""

    items_max: NotRequired[int | None]
    minutes_max: NotRequired[int | None]
    time_zone: NotRequired[str | None]
    """A name of the time zone database."""


class LogEvent(TypedDict):
    """A sealed event: its place in the log and the text the tree commits to."""

    id: str
    leaf_number: int
    kind: str
    at: str
    """Market time."""
    recorded_at: str
    """Real time."""
    body: str
    """The RFC 8785 bytes as text, exactly as they were hashed."""
    words: list[LogWords]


class LogEventPage(TypedDict):
    """A page of a list."""

    data: list[LogEvent]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class LogWords(TypedDict):
    """What somebody wrote, and what opens the commitment to it; it is gone once a person concerned is
    erased.
    """

    place: str
    """JSON pointer of the commitment in the event's `data`."""
    salt: str
    text: str


class Money(TypedDict):
    """An exact amount: a decimal string and an ISO 4217 code."""

    amount: str
    currency: str


class Movement(TypedDict):
    """What one kind of journal moved in the month."""

    journal: str
    """J3: accepted; J4: fell due; J5: sent; all of them are in the page about the ledger."""
    source: str | None
    """deferred, due or held; null where it came from elsewhere."""
    target: str | None
    """deferred, due or held; null where it went elsewhere."""
    outside: str | None
    """payout, tax, advance_fee, unclaimed or other; null between one's own places."""
    amount: Money


class NewClaim(TypedDict):
    """A fresh claim with what is frozen in it."""

    id: str
    state: Literal["claimed", "decided", "expired", "released", "returned", "submitted"]
    attempt: int
    batch_id: str
    task_id: str
    job_id: str
    pay_per_answer: Money
    guideline_version: int
    settlement_terms: list[TermPart]
    claimed_at: str
    lease_until: str
    lease_seconds_left: int
    items: list[ClaimItem]


class NewClaims(TypedDict):
    """Claims that were made together."""

    data: list[NewClaim]


class NextRefused(TypedDict):
    """Why no further task was claimed; the submission stands."""

    code: str
    """As in the problem that claiming by itself would have been answered with."""
    detail: str


class Notification(TypedDict):
    """One thing one was told."""

    id: str
    kind: str
    """The kind of event behind it."""
    subject: str
    """The id of what it is about."""
    data: dict[str, Any]
    created_at: str
    read_at: str | None


class NotificationPage(TypedDict):
    """A page of a list."""

    data: list[Notification]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class OpenBatch(TypedDict):
    """Tasks of one batch that can be claimed now."""

    id: str
    job_id: str
    title: str
    kind: str
    severity: int
    """How hard the content is to bear, 1 to 5."""
    instructions: str
    rate: str
    """The code of the rate that all its items have."""
    items_per_task: int
    pay_per_answer: Money
    pay_per_task: Money
    paid_if_accepted_today: list[DatedShare]
    paid_within_60_days: Money
    """Of the pay for a task accepted today."""
    paid_within_240_days: Money
    """Of the pay for a task accepted today."""
    deferred_until_at_most: str | None
    """If accepted today: the last day on which pay may fall due in your country; null without a limit."""
    deferral_rule: str | None
    """The law or rule of your country that says so; null without a limit."""
    settlement_terms: list[TermPart]
    terms: TermsShown
    """To be sent with a claim, so that it is made under these terms or not at all."""
    lease_seconds: int
    auto_accept_seconds: int
    """An answer nobody decides on for so long accepts itself."""
    redo_max: int
    open_seats: int
    """Places left, counted up to a bound."""
    funded_percent: int
    """Of all places of these tasks, those whose money was set aside so far; each open one has it."""
    works: Works
    client_rejections: ClientRejections | None
    """Null: too few answers or workers yet."""
    client_days_to_pay: DaysToPay | None
    """Null: too few payments or workers yet."""
    hourly_pay: ExpectedPay | None
    """What the last workers earned an hour; null: not known yet."""


class OpenBatchPage(TypedDict):
    """A page of a list."""

    data: list[OpenBatch]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class OpenedDispute(TypedDict):
    """A dispute just opened."""

    id: str
    answer_id: str
    state: Literal["answered", "open", "overturned", "upheld"]
    deadline_at: str


class OpenedDisputes(TypedDict):
    """The disputes that were just opened."""

    data: list[OpenedDispute]


class Owed(TypedDict):
    """What was earned in one currency; scheduled, due, paying, held and paid add up to earned. What
    one took early is due until a payout has it.
    """

    currency: str
    answers: int
    earned: Money
    scheduled: Money
    due: Money
    paying: Money
    held: Money
    paid: Money
    advance_fees: Money
    """Of what is paid or on its way, what one accepted to pay for having it early."""


class OwnData(TypedDict):
    """Everything that is kept about one."""

    person: str
    made_at: str
    """Real time."""
    tables: list[OwnTable]


class OwnTable(TypedDict):
    """One table with rows about one."""

    table: str
    """Its name in `docs/personal-data.md`."""
    why: str
    """What for it is kept."""
    kept_for: str
    """How long it is kept while one's account is not deleted."""
    rows: list[dict[str, Any]]
    """By column: ids, amounts, moments and texts as everywhere in the API."""


class PageSettings(TypedDict):
    """How pages are shown to one."""

    low_data: Literal["as_browser", "always", "never"]
    """Whether what weighs much waits until it is asked for; `as_browser` obeys `Save-Data`."""
    text_size: Literal["normal", "large", "very_large"]
    """How large letters are."""


class PageSettingsInput(TypedDict):
    """How pages are to be shown to one; both are chosen at once."""

    low_data: Literal["as_browser", "always", "never"]
    text_size: Literal["normal", "large", "very_large"]


class Part(TypedDict):
    """One part of the client's price; `hidden` holds the margins that the job's policy does not show."""

    kind: Literal["fee", "margin", "pay", "hidden"]
    amount: Money
    own: bool
    layer: int | None
    payments: list[Payment]


class PayHold(TypedDict):
    """That the platform's finance people hold pay of one's: nothing of it is taken off, and it ends by
    itself.
    """

    id: str
    reason: str
    placed_at: str
    ends_on: str | None
    """From this day on it is paid again."""
    asked_until: str | None
    """When it ends if a second person confirms it; null for a short or confirmed one."""
    installment_ids: list[str] | None
    """What is held; null is all that is due and falls due meanwhile."""


class Payment(TypedDict):
    """When a part of a price is paid."""

    due_on: str
    amount: Money
    state: str


class Payout(TypedDict):
    """One transfer to oneself, which pays many installments."""

    id: str
    rail: str
    owed: Money
    """What of one's pay it pays, in the currency owed."""
    advance_fee: Money
    """Beside that, the fee one accepted for what one took early; none if it never arrives."""
    withheld: list[Withheld]
    """Tax of what is owed, by authority; empty for none."""
    paid: Money
    """What one gets: the rest, or what it was changed into at one's own choice."""
    state: Literal[
        "approved",
        "cancelled",
        "draft",
        "reconciled",
        "refused",
        "returned",
        "sent",
        "settled",
        "submitting",
        "unknown",
    ]
    quotes: list[Quote]
    """What one was shown, oldest first; empty where the currency is the one owed."""
    created_at: str
    settled_at: str | None


class PayoutCurrency(TypedDict):
    """The currency in which one is paid on a rail."""

    rail: str
    """A rail that this market has."""
    currency: str | None
    """A currency of ISO 4217; null is the one in which each amount is owed."""


class PayoutMethod(TypedDict):
    """Where one's payouts go on a rail."""

    rail: str
    """A rail that this market has."""
    destination: str | None
    """Masked: its last characters at most; null where it was never said."""
    change: PayoutMethodChange | None
    bank_refused: list[BankRefused]
    """For which nothing is paid there now: give the rail another bank account, and it goes on by
    itself.
    """


class PayoutMethodChange(TypedDict):
    """A change that has not taken effect yet; until then payouts go on to where they go."""

    id: str
    destination: str
    """Masked: its last characters at most."""
    takes_effect_at: str
    """48 hours after it was asked for; real time."""


class PayoutMethodInput(TypedDict):
    """Where one's payouts shall go."""

    rail: str
    """A rail that this market has."""
    destination: str
    """As the rail names it. On the rail bank: name of the holder / IBAN, or name of the holder / BIC
    or bank code / account number.
    """


class PayoutMethods(TypedDict):
    """Where one's payouts go, a row for each rail."""

    data: list[PayoutMethod]


class PayoutPage(TypedDict):
    """A page of a list."""

    data: list[Payout]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class Places(TypedDict):
    """What is not due yet, what is due, and what is held."""

    deferred: Money
    due: Money
    """Rests of less than a minor unit, which payouts carry on, are in here."""
    held: Money


class PriceChain(TypedDict):
    """Where the client's price of an answer goes; the parts add up to it."""

    answer_id: str
    client_price: Money
    accepted: bool
    extras: list[ChainExtra]
    """Paid for the same claim beside the price of its answers."""
    parts: list[Part]
    origins: list[PriceOrigin]
    """Who set the prices that you may know, the client's first."""


class PriceOrigin(TypedDict):
    """Who set a price of the chain, when, and under which version."""

    price: Literal["client_price", "fee", "buying", "pay"]
    amount: Money
    under: Literal["publication", "offer", "amendment", "tasks"]
    version: int
    """Of the contract's prices: 1 is the offer."""
    set_at: str
    set_by: str | None
    """Null for the platform, and for whom the job's policy does not show."""
    agreed_at: str | None
    agreed_by: str | None
    layer: int | None
    """Which layer buys at it, or opened the tasks."""


class Problem(TypedDict):
    """An RFC 9457 problem document."""

    type: str
    """An address that explains the code."""
    title: str
    status: int
    detail: str
    instance: str
    code: str
    """Stable; for programs."""
    request_id: str | None
    errors: NotRequired[list[FieldProblem]]
    """Only where fields are at fault."""
    data: NotRequired[dict[str, Any]]
    """Only where the code has more to say to programs."""


class Quote(TypedDict):
    """What one was shown of a payout in another currency than the one owed."""

    owed: Money
    """What of one's pay it pays, in the currency owed."""
    paid: Money
    """What one gets for it."""
    rate: str
    """How much of the currency paid one of the currency owed buys, with all its digits."""
    source: str
    """`finance`, or the name of the rail that gave the rate."""
    quoted_at: str
    valid_until: str


class Receipt(TypedDict):
    """The signed promise that an event will be in the log by then."""

    event_id: str
    leaf_hash: str
    issued_at: str
    """Real time."""
    included_by: str
    """Real time; a minute later."""
    note: str
    """A C2SP signed note (Ed25519) over all of this: keep it."""


class Receipts(TypedDict):
    """The receipts of the newest events of one subject that concern one, the newest first; at most 20."""

    data: list[Receipt]


class Review(TypedDict):
    """A verdict on one attempt."""

    attempt: int
    verdict: str
    category: str | None
    comment: str | None
    rule: str | None
    """The rule of the guideline it cites."""
    at: str
    by: Literal["reviewer", "timer", "sampling"]
    """`sampling`: it was not drawn for review. `timer`: nobody decided in time."""
    by_timer: bool
    """Accepted because nobody decided in time."""


class Score(TypedDict):
    """How well one does at a kind of labeling, as far as it is known."""

    kind: Literal[
        "audio_segments",
        "audio_transcript",
        "cuboids",
        "external",
        "free_text",
        "image_boxes",
        "image_points",
        "image_polygons",
        "preference",
        "ranking",
        "text_classification",
        "text_spans",
    ]
    percent: int | None
    """Of 100; null where it is not known any more."""
    answers_at_least: int
    """Of how many answers, in steps of 20."""
    known_until: str | None
    """Until when enough of these answers are fresh."""


class Scores(TypedDict):
    """One's scores; a kind without one is not known yet."""

    data: list[Score]


class Session(TypedDict):
    """A browser in which one is signed in."""

    id: str
    pages: Literal["work", "console"]
    """As a worker, or for an organization."""
    browser: str | None
    """As far as it says so itself; null where nothing is known."""
    system: str | None
    """What it runs on, likewise."""
    signed_in_at: str
    """Real time."""
    last_seen_at: str | None
    """Real time, to five minutes."""
    expires_at: str
    """Real time."""


class SessionPage(TypedDict):
    """A page of a list."""

    data: list[Session]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class SeveralInput(TypedDict):
    """How many tasks to claim together, of the batch named or of the first in line."""

    count: int
    batch_id: NotRequired[str]
    terms: NotRequired[ShownTermsInput]


class ShownTermsInput(TypedDict):
    """What one was shown of the work, as the list of tasks says it in `terms`; what is left out is not
    compared.
    """

    pay_per_answer: NotRequired[Money]
    terms_hash: NotRequired[str]
    guideline_version: NotRequired[int]


class Skill(TypedDict):
    """A skill one was granted."""

    id: str
    skill_id: str
    code: str
    name: str
    description: str
    organization_id: str
    organization_name: str
    state: Literal["live", "expired", "revoked"]
    reason: str
    granted_at: str
    expires_at: str
    revoked_at: str | None
    revocation_reason: str | None


class SkillPage(TypedDict):
    """A page of a list."""

    data: list[Skill]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class SkipInput(TypedDict):
    """Why a task is skipped; a broken item must be named unless the task has only one."""

    reason: Literal["too_hard", "unclear", "broken_item", "distressing", "other"]
    item_id: NotRequired[str | None]


class Statement(TypedDict):
    """One's statement of a month; what it says is what the ledger's accounts hold."""

    month: str
    data: list[CurrencyStatement]


class StatementInstallment(TypedDict):
    """An installment of the month, as it stands now."""

    id: str
    contract_id: str
    due_on: str
    amount: Money
    state: Literal["advanced", "cancelled", "due", "held", "in_payout", "kept", "paid", "scheduled", "unclaimed"]
    held_reason: str | None
    """Why it is held; null unless it is."""
    payout_id: str | None
    paid_at: str | None


class StatementInstallmentPage(TypedDict):
    """A page of a list."""

    data: list[StatementInstallment]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class StatementLine(TypedDict):
    """What one accepted answer earned."""

    accepted_on: str
    contract_id: str
    amount: Money
    price_chain: PriceChain | None
    """Null for a key that may not read price chains."""


class StatementLinePage(TypedDict):
    """A page of a list."""

    data: list[StatementLine]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class StatementMonths(TypedDict):
    """The months in which anything of one's pay moved, newest first."""

    data: list[str]


class StatementPayout(TypedDict):
    """A payout that took money along in the month, or gave it back."""

    id: str
    state: str
    sent: Money
    came_back: Money
    tax: Money
    """What of that was withheld, less what came back."""
    advance_fee: Money
    """Beside that, for pay taken early."""
    paid: Money
    """What one gets, in the currency one chose."""
    carried_out: Money
    """Less than a minor unit; stays due."""
    rail: str
    rail_reference: str | None
    sent_at: str | None
    settled_at: str | None


class StatementPayoutPage(TypedDict):
    """A page of a list."""

    data: list[StatementPayout]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class SubmissionInput(TypedDict):
    """The answers of an attempt, by item id."""

    attempt: int
    """The claim's own count: 1, and more after each redo."""
    answers: dict[str, dict[str, Any]]
    claim_next: NotRequired[bool]
    """Also claim the next task of the batch; the submission stands whether there is one or not."""


class Submitted(TypedDict):
    """What became of a submission."""

    claim_id: str
    attempt: int
    state: Literal["claimed", "decided", "expired", "released", "returned", "submitted"]
    submitted_at: str | None
    answer_count: int
    replayed: bool
    """The same answers had come before; then nothing further is claimed."""
    next: NewClaim | None
    """With `claim_next`: the next task of the batch."""
    next_refused: NextRefused | None
    """With `claim_next`: why there is none."""


class TaxYearLine(TypedDict):
    """One's year in one currency; gross is net and all that was withheld."""

    year: int
    """Of the moment at which payouts settled, UTC."""
    gross: Money
    withheld: list[WithheldOfYear]
    net: Money


class TaxYears(TypedDict):
    """One's years, a row for each year and currency, the newest year first."""

    data: list[TaxYearLine]


class Team(TypedDict):
    """A team one is in."""

    id: str
    name: str
    organization: str
    joined_at: str


class TeamInvitation(TypedDict):
    """An invitation that waits for one's answer."""

    id: str
    team_id: str
    state: str
    team: str
    organization: str
    invited_by: str | None
    expires_at: str


class TeamInvitationPage(TypedDict):
    """A page of a list."""

    data: list[TeamInvitation]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class TeamPage(TypedDict):
    """A page of a list."""

    data: list[Team]
    next_cursor: str | None
    """Opaque; null on the last page."""
    has_more: bool


class TermPart(TypedDict):
    """A share of an earning and when it falls due."""

    weight: int
    months: int
    anchor: Literal["acceptance", "month_end"]
    business_day: NotRequired[Literal["none", "following", "preceding", "modified_following"]]
    """Where a day goes that is closed; nowhere if left out."""
    calendar: NotRequired[str]
    """The calendar of closed days; without it Saturdays and Sundays alone."""
    time_zone: NotRequired[str]
    """In which the day of acceptance is counted; UTC if left out."""


class TermsShown(TypedDict):
    """What a claim would freeze now."""

    pay_per_answer: Money
    terms_hash: str
    """SHA-256 of the settlement terms, hex."""
    guideline_version: int


class TimeFactor(TypedDict):
    """How much time one's tasks give."""

    time_factor_percent: int
    """Of the lease that everybody gets."""


class TimeFactorInput(TypedDict):
    """How much time one's tasks are to give."""

    time_factor_percent: int


class Waiting(TypedDict):
    """What is due, and less than any rail that one is paid by pays out; it stays due and grows until
    `paid_from`.
    """

    due: Money
    rail: str
    """The rail with the lowest minimum."""
    minimum: Money
    missing: Money
    paid_from: str
    """From this day on it is paid however little it is; that costs you nothing."""


class WholeClaim(TypedDict):
    """A claim with its items, one's answers with their verdicts, the guideline, the draft."""

    id: str
    state: Literal["claimed", "decided", "expired", "released", "returned", "submitted"]
    attempt: int
    batch_id: str
    task_id: str
    job_id: str
    item_count: int
    guideline_version: int
    claimed_at: str
    lease_until: str | None
    submitted_at: str | None
    decided_at: str | None
    contest_until: str | None
    """Until when answers that came too late and were kept can be contested; null where there are none,
    or the job pays for none.
    """
    title: str
    kind: str
    instructions: str
    label_schema: dict[str, Any]
    pay_per_answer: Money
    settlement_terms: list[TermPart]
    lease_seconds_left: int | None
    auto_accept_at: str | None
    guideline: Guideline | None
    draft: dict[str, Any] | None
    """Answers by item id, as they were saved."""
    items: list[AnsweredItem]


class Withheld(TypedDict):
    """What is withheld for one authority."""

    authority: str
    amount: Money


class WithheldOfYear(TypedDict):
    """What was withheld for one authority in a year, and what of it the authority has got."""

    authority: str
    amount: Money
    remitted: Money


class Works(TypedDict):
    """How this kind of labeling can be worked on."""

    phone: bool
    keyboard: bool
    """Without a mouse or a touch."""
    without_hearing: bool
    without_sight: bool
    """With a screen reader."""
