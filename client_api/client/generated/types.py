"""The values of the API, generated from docs/openapi.json; `piecework docs` writes them anew."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class AcceptInput(TypedDict):
    claim_ids: NotRequired[list[str]]
    job_id: NotRequired[str]
    limit: NotRequired[int]
    """Of a job, at most so many; 100 unless given."""


class Accepted(TypedDict):
    accepted: list[AcceptedClaim]
    refused: list[RefusedClaim]
    answer_count: int
    """Answers accepted, in all."""


class AcceptedClaim(TypedDict):
    claim_id: str
    answer_count: int
    """How many answers were accepted now."""


class AccessRule(TypedDict):
    id: str
    organization_id: str
    """Who made it."""
    organization_name: str
    effect: Literal["allow", "block"]
    scope: Literal["job", "contract", "all"]
    job_id: str | None
    contract_id: str | None
    worker_id: str | None
    subject_organization_id: str | None
    """The organization concerned."""
    state: Literal["live", "expired", "ended"]
    reason: str
    created_at: str
    expires_at: str | None
    ended_at: str | None
    """When it was ended before its time."""
    end_reason: str | None
    contested_at: str | None
    contest_reason: str | None


class AccessRuleInput(TypedDict):
    effect: Literal["allow", "block"]
    """`block` keeps a worker from finding and claiming, an organization from being offered parts.
    Where any worker (or organization) is allowed, only those allowed come in. Blocks go first.
    """
    scope: Literal["job", "contract", "all"]
    """`job`: one job of yours with all that is opened or offered below it; `contract`: tasks opened
    and parts offered from one contract under which you sell; `all`: whatever you have and will
    have.
    """
    worker_id: NotRequired[str | None]
    organization_id: NotRequired[str | None]
    """A subcontractor."""
    job_id: NotRequired[str | None]
    """With the scope `job`."""
    contract_id: NotRequired[str | None]
    """With the scope `contract`."""
    reason: str
    """The one concerned reads it."""
    expires_at: NotRequired[str | None]
    """By the market's clock; a block needs it, at most 366 days ahead."""


class AccessRulePage(TypedDict):
    data: list[AccessRule]
    next_cursor: str | None
    has_more: bool


class Account(TypedDict):
    code: int
    owner: NotRequired[str]
    """Only where the chart asks for it, as the next ones."""
    contract: NotRequired[str]
    due_on: NotRequired[str]
    label: NotRequired[str]


class AccountLine(TypedDict):
    journal_id: str
    kind: str
    subject: str
    """The public id of what the journal is about."""
    effective_on: str
    recorded_at: str
    other_account: Account
    debit: Money
    credit: Money
    balance: SignedMoney
    """What the account held after it."""


class AccountLinePage(TypedDict):
    data: list[AccountLine]
    next_cursor: str | None
    has_more: bool


class AccountSums(TypedDict):
    id: str
    account: Account
    opening: SignedMoney
    """On the side on which accounts of this code grow."""
    debits: Money
    credits: Money
    closing: SignedMoney
    """On the side on which accounts of this code grow."""


class AcknowledgeInput(TypedDict):
    reason: str
    line_id: str


class Adjudicated(TypedDict):
    item_id: str
    job_id: str
    answer_id: str | None
    """Null for an answer of your own."""
    content: dict[str, Any]
    reason: str
    decided_at: str


class Adjudication(TypedDict):
    item_id: str
    job_id: str
    job_title: str
    kind: str
    label_schema: dict[str, Any]
    external_id: str
    item: dict[str, Any]
    """The item's content."""
    media_path: str | None
    """A link for fifteen minutes."""
    waiting_since: str
    agreement: float | None
    """0 to 1; null for fewer than two answers."""
    answers: list[Choice]


class AdjudicationInput(TypedDict):
    answer_id: NotRequired[str | None]
    content: NotRequired[dict[str, Any] | None]
    """An answer of your own, valid under the job's label schema."""
    reason: str


class AdjudicationPage(TypedDict):
    data: list[Adjudication]
    next_cursor: str | None
    has_more: bool


class AgeLine(TypedDict):
    payee_kind: Literal["worker", "layer"]
    payee_id: str
    """`per_…` of a worker, `org_…` of a layer."""
    contract_id: str | None
    payout_id: str | None
    bucket: Literal["not_due", "days_0_30", "days_31_60", "days_61_90", "days_over_90", "held", "failed", "in_flight"]
    since: str | None
    """The day on which it fell due, or will; null for what is held, failed or in flight."""
    reason: str | None
    """Why it is held."""
    amount: Money


class AgeLinePage(TypedDict):
    data: list[AgeLine]
    next_cursor: str | None
    has_more: bool


class AgeSum(TypedDict):
    payee_kind: Literal["worker", "layer"]
    currency: str
    bucket: Literal["not_due", "days_0_30", "days_31_60", "days_61_90", "days_over_90", "held", "failed", "in_flight"]
    """By days past due; `failed` was refused by a rail for good or came back."""
    payees: int
    """How many."""
    amount: Money


class Ageing(TypedDict):
    as_of: str
    known_at: str | None
    """When the log's head was signed that holds all this."""
    tree_size: int | None
    """Of that head; null before the first."""
    data: list[AgeSum]


class Amendment(TypedDict):
    id: str
    contract_id: str
    proposed_by: Literal["buyer", "seller"]
    state: Literal["accepted", "declined", "expired", "proposed", "withdrawn"]
    reason: str
    rates: list[AmendmentRate]
    proposed_at: str
    expires_at: str
    decided_at: str | None


class AmendmentInput(TypedDict):
    rates: dict[str, AmendmentRateInput]
    """By rate code; rates left out keep their price."""
    reason: str
    """The other side reads it."""
    expires_in_seconds: NotRequired[int]


class AmendmentPage(TypedDict):
    data: list[Amendment]
    next_cursor: str | None
    has_more: bool


class AmendmentRate(TypedDict):
    code: str
    before: Money
    """The price when this was proposed."""
    price: Money
    """The price proposed."""


class AmendmentRateInput(TypedDict):
    price: Money
    """What the seller would get per accepted answer."""


class Appeal(TypedDict):
    side: Literal["worker", "rejecting"]
    """Whose it is. One of the rejecting side takes nothing back that was paid."""
    state: Literal["dismissed", "granted", "open"]
    reason: str
    decision_reason: str | None
    opened_at: str
    deadline_at: str
    """Silence until then decides for the worker."""
    decided_at: str | None


class AppealDecisionInput(TypedDict):
    decision: Literal["granted", "dismissed"]
    reason: str


class Attempt(TypedDict):
    number: int
    started_at: str
    """Real time."""
    milliseconds: int | None
    """null: what came of it is not known."""
    status: int | None
    """The status that your receiver answered."""
    error: str | None
    """Why there was no answer."""


class AuthoritySum(TypedDict):
    authority: str
    amount: Money
    remitted: Money
    """What of it was paid to the authority."""


class Balance(TypedDict):
    data: list[Money]


class BankDocumentInput(TypedDict):
    content_base64: str
    """The bytes of the file in base64 (RFC 4648, section 4)."""


class BankFile(TypedDict):
    id: str
    message_id: str
    """The name under which the bank knows it."""
    count: int
    """Payments in it."""
    amount: Money
    """The control sum."""
    sha256: str
    made_by: str | None
    created_at: str


class BankFileContent(TypedDict):
    id: str
    message_id: str
    """The name under which the bank knows it."""
    count: int
    """Payments in it."""
    amount: Money
    """The control sum."""
    sha256: str
    made_by: str | None
    created_at: str
    content: str
    """The XML, whose UTF-8 bytes have the digest `sha256`."""


class BankFilePage(TypedDict):
    data: list[BankFile]
    next_cursor: str | None
    has_more: bool


class BankFiles(TypedDict):
    data: list[BankFile]


class BankRefusal(TypedDict):
    id: str
    payee_kind: Literal["worker", "organization"]
    payee_id: str
    """`per_…` of a worker, `org_…` of a layer."""
    rail: str
    reference: str
    """The rail's id of the payment."""
    amount: Money
    code: str
    """Why, in the rail's own word."""
    state: Literal["open", "over"]
    made_at: str
    """When the account paid it on."""
    noted_at: str
    ended_at: str | None


class BankRefusalPage(TypedDict):
    data: list[BankRefusal]
    next_cursor: str | None
    has_more: bool


class BankStatement(TypedDict):
    account: str
    statement_id: str
    opening: SignedMoney
    """What the account holds: below nothing where it is overdrawn."""
    closing: SignedMoney
    """What the account holds: below nothing where it is overdrawn."""
    closed_on: str
    line_count: int
    imported_at: str
    imported_by: str | None


class BankStatementPage(TypedDict):
    data: list[BankStatement]
    next_cursor: str | None
    has_more: bool


class BankStatementsInput(TypedDict):
    content_base64: str
    """The bytes of the file in base64 (RFC 4648, section 4)."""
    layout: NotRequired[str]
    """The name of a saved layout, for a CSV."""
    opening: NotRequired[SignedMoney]
    """For a CSV without a column of balances: before its lines."""
    closing: NotRequired[SignedMoney]
    """And after its lines."""


class BankStatus(TypedDict):
    waiting: list[WaitingPayments]
    gaps: list[StatementGap]


class Batch(TypedDict):
    id: str
    job_id: str
    contract_id: str
    rate: str
    pay: Money
    items_per_task: int
    item_count: int
    task_count: int
    seats_per_task: int
    """As it was opened."""
    answers_max: int | None
    """The most answers an item may get; null: as many as it has seats."""
    extends_batch_id: str | None
    """The batch on some of whose items this one asks for one more answer each."""
    seats_added: int
    """Beyond those, since the job's redundancy was raised."""
    seats_released: int
    """Claimable so far: as far as the money reaches."""
    lease_seconds: int
    settlement_terms: list[TermPart]
    priority: int
    """0 to 9; higher is offered earlier."""
    team_ids: list[str]
    """Whose members alone may claim; all if empty."""
    state: Literal["open", "withdrawn", "done"]
    claimable: bool
    pauses: list[Pause]
    """Why it stands still to protect its workers; resuming the job does not end that."""
    created_at: str


class BatchPage(TypedDict):
    data: list[Batch]
    next_cursor: str | None
    has_more: bool


class BillingDetail(TypedDict):
    organization_id: str
    legal_name: str
    address: str
    tax_number: str
    set_at: str


class BillingDetailInput(TypedDict):
    legal_name: str
    address: str
    """May have several lines."""
    tax_number: NotRequired[str]


class Bought(TypedDict):
    id: str
    item_id: str
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
    content: dict[str, Any]
    decided_at: str


class Breaker(TypedDict):
    contract_id: str
    decided: int
    rejected: int
    """More than 20, or 15 % of 20 or more decisions."""
    tripped_at: str
    ended_at: str | None
    ended_because: Literal["fell", "lifted"] | None
    """`fell`: the counts fell back. `lifted`: by a reviewer of another side."""
    reason: str | None


class BusinessCalendar(TypedDict):
    name: str
    country: str
    closed_days: list[str]
    source: str
    """Which law or official list it follows."""
    added_at: str


class BusinessCalendarInput(TypedDict):
    name: str
    """The country's code, then what tells it apart."""
    closed_days: list[str]
    source: str
    """Which law or official list it follows."""


class BusinessCalendars(TypedDict):
    data: list[BusinessCalendar]


class BuyInput(TypedDict):
    category: NotRequired[
        Literal[
            "extra_label",
            "guideline_broken",
            "imprecise",
            "incomplete",
            "missing_label",
            "no_effort",
            "not_needed",
            "other",
            "unreadable_item",
            "wrong_label",
        ]
    ]
    comment: str


class CancelPayoutInput(TypedDict):
    hold_reason: NotRequired[Literal["destination_refused"] | None]
    """Hold the installments until the payee sets a payout method again; due again if left out."""


class CashForecast(TypedDict):
    currency: str
    cash: Money
    """The wage account, the rails, and what is on its way between them."""
    in_flight: Money
    """Sent to payees, taken off before the first day."""
    held: Money
    """Owed to payees, without a day; not taken off."""
    others: Money
    """What the same cash is owed for beside: deposits, reserves, refunds."""
    short_on: str | None
    """The first day on which the cash does not reach."""
    days: list[ForecastDay]


class CashForecasts(TypedDict):
    data: list[CashForecast]


class Categories(TypedDict):
    data: list[Category]


class Category(TypedDict):
    code: str
    meaning: str


class ChainPart(TypedDict):
    kind: Literal["fee", "margin", "pay", "hidden"]
    amount: Money
    """As planned, per accepted answer."""
    own: bool
    """Whether it is yours."""
    layer: int | None
    contract_id: str | None
    organization_id: str | None
    buys: Money | None
    sells: Money | None
    includes_pay: bool
    """Whether a hidden part holds the worker's pay too."""
    shares_percent: list[int]
    """Of a hidden part: each share of the client price in whole percent, if shown."""
    earned: Money
    """Nothing until the answer is accepted."""
    paid: Money | None
    payments: list[Payment]


class Chargeback(TypedDict):
    id: str
    organization_id: str
    deposit_id: str
    rail: str
    amount: Money
    state: Literal["lost", "open", "won"]
    owed: Money
    frozen: Money
    """Free money of the client that is kept for it."""
    collected: Money
    written_off: Money
    opened_at: str
    closed_at: str | None


class ChargebackPage(TypedDict):
    data: list[Chargeback]
    next_cursor: str | None
    has_more: bool


class ChargebackReason(TypedDict):
    reason: str


class Checkpoint(TypedDict):
    tree_size: int
    root_hash: str
    """Hexadecimal."""
    sealed_at: str
    """Real time."""
    note: str
    """A C2SP signed note (Ed25519) over size and root."""


class CheckpointPage(TypedDict):
    data: list[Checkpoint]
    next_cursor: str | None
    has_more: bool


class Choice(TypedDict):
    answer_id: str
    content: dict[str, Any]
    submitted_at: str


class ConsensusAnswer(TypedDict):
    answer_id: str
    weight: float
    """What it weighs."""
    agreement: float | None
    """With the value, 0 to 1; null without a value."""


class ConsensusPolicy(TypedDict):
    method: Literal["majority", "weighted", "dawid_skene_one_coin", "dawid_skene"]
    """`majority`: each answer weighs the same. `weighted`: as much as its worker agrees with the
    majority in the job. `dawid_skene_one_coin`, `dawid_skene`: by a model of how often each worker
    is right, or of which label they give for which; for answers that are one choice.
    """


class ConsensusPolicyInput(TypedDict):
    method: NotRequired[Literal["majority", "weighted", "dawid_skene_one_coin", "dawid_skene"]]
    """`majority`: each answer weighs the same. `weighted`: as much as its worker agrees with the
    majority in the job. `dawid_skene_one_coin`, `dawid_skene`: by a model of how often each worker
    is right, or of which label they give for which; for answers that are one choice.
    """


class ConsistencyProof(TypedDict):
    first: Checkpoint
    second: Checkpoint
    hashes: list[str]


class Contract(TypedDict):
    id: str
    job_id: str
    parent_id: str | None
    layer: int
    buyer_organization_id: str
    seller_organization_id: str
    state: Literal[
        "accepted",
        "active",
        "closed",
        "declined",
        "defaulted",
        "draft",
        "exhausted",
        "expired",
        "frozen",
        "offered",
        "recalled",
        "succeeded",
        "withdrawn",
    ]
    halted: bool
    """Whether it, or a contract above it, is frozen: nothing new is given out."""
    version: int
    settlement_terms: list[TermPart]
    job_terms: JobTerms
    rates: list[ContractRate]
    created_at: str
    offered_at: str | None
    expires_at: str | None
    expires_in_seconds: int | None
    accepted_at: str | None
    frozen_at: str | None
    """When it was frozen last."""
    frozen_reason: str | None
    """What its buyer said then."""
    review_breaker: Breaker | None
    """Why rejections are held now; null unless they are."""


class ContractMargin(TypedDict):
    contract_id: str
    earned: Money
    paid: Money
    rates: list[RateMargin]
    by_state: dict[str, Money]
    """Installments by their state."""


class ContractPage(TypedDict):
    data: list[Contract]
    next_cursor: str | None
    has_more: bool


class ContractRate(TypedDict):
    code: str
    client_price: Money
    """The job's price per accepted answer, the fee inside."""
    fee: Money
    """The platform's, taken once from the client price."""
    price: Money
    """What the seller gets per accepted answer."""
    items: int
    """Allotted items."""
    free_items: int
    """Neither offered below nor in tasks."""
    pay_floor: Money
    """The least a worker may get, after all caps of the job."""


class Conversion(TypedDict):
    id: str
    sold: Money
    bought: Money
    result: SignedMoney
    """In the currency owed: a gain, or below nothing a loss."""
    sold_journal_id: str
    bought_journal_id: str
    reason: str
    entered_by: str
    entered_at: str


class ConversionInput(TypedDict):
    sold_line_id: str
    bought_line_id: str
    reason: str


class ConversionPage(TypedDict):
    data: list[Conversion]
    next_cursor: str | None
    has_more: bool


class Correction(TypedDict):
    content: dict[str, Any]
    review_id: str
    """The verdict that it came with."""
    created_at: str


class CostPreview(TypedDict):
    job_id: str
    redundancy: int
    rates: list[RateCost]
    cost: Money
    """Of all answers, the fees inside."""
    fees: Money
    allowance: Money
    """Kept back for gold answers, bonuses and paid recovery."""
    total: Money
    """Cost and allowance."""
    funded: Money
    """Tied to the job in all, and not returned."""
    spent: Money
    """Of what is funded, paid for accepted answers."""
    reserve: Money
    """Of what is funded, still there."""
    committed: Money
    """Of the reserve, for released seats not yet paid or refused."""
    free: Money
    """Of the reserve, the rest."""
    missing: Money
    """Of the total, not funded yet; nothing once the job has ended."""
    warnings: list[JobWarning]
    """What may not be meant so; nothing forbids it."""


class CsvLayout(TypedDict):
    name: str
    currency: str
    date: str
    date_form: str
    amount: str | None
    debit: str | None
    credit: str | None
    balance: str | None
    account: str | None
    reference: str | None
    text: list[str]
    kind: str | None
    charges: list[str]
    returns: list[str]
    other_name: str | None
    other_account: str | None
    delimiter: str
    decimal: str
    encoding: str
    newest_first: bool


class CsvLayoutInput(TypedDict):
    name: str
    currency: str
    """Of the account."""
    date: str
    """The day of a line."""
    date_form: Literal["YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "YYYYMMDD"]
    amount: NotRequired[str]
    """The amount with a sign; or `debit` and `credit`."""
    debit: NotRequired[str]
    """What went out, without a sign."""
    credit: NotRequired[str]
    """What came in, without a sign."""
    balance: NotRequired[str]
    """The balance after the line, which is then checked line by line."""
    account: NotRequired[str]
    """Our account, which is then checked."""
    reference: NotRequired[str]
    """The bank's own reference of the line."""
    text: NotRequired[list[str]]
    """What the bank says of the line: our references are looked for in it."""
    kind: NotRequired[str]
    """What kind of line it is."""
    charges: NotRequired[list[str]]
    """Values of `kind` that say: the bank took this for itself."""
    returns: NotRequired[list[str]]
    """Values of `kind` that say: a payment came back."""
    other_name: NotRequired[str]
    """The holder of the account on the other side."""
    other_account: NotRequired[str]
    """The account on the other side."""
    delimiter: NotRequired[Literal["comma", "semicolon", "tab"]]
    decimal: NotRequired[Literal[".", ","]]
    encoding: NotRequired[Literal["utf-8", "latin-1", "cp1252"]]
    newest_first: NotRequired[bool]


class CsvLayouts(TypedDict):
    data: list[CsvLayout]


class CurrencyStatement(TypedDict):
    currency: str
    opening: Places
    movements: list[Movement]
    sent: SignedMoney
    """paid and tax together: what payouts took along."""
    closing: Places
    owed_at_first: SignedMoney
    """All that was owed at first, in all three places."""
    earned: SignedMoney
    """What came from answers, extras and layers."""
    given: SignedMoney
    """Given of margins: to workers, the guarantee fund, a client."""
    paid: SignedMoney
    """What payouts took for the payee, less what of it came back."""
    tax: SignedMoney
    """What was withheld from payouts, less what came back with them."""
    advance_fee: SignedMoney
    """Fees of pay taken early, less those that were given back."""
    set_apart: SignedMoney
    """What counts as unclaimed, less what was fetched."""
    owed_at_end: SignedMoney
    """owed_at_first + earned - given - paid - tax - advance_fee - set_apart, exactly."""


class Decided(TypedDict):
    claim_id: str
    claim_state: Literal["claimed", "decided", "expired", "released", "returned", "submitted"]
    accepted: list[str]
    paid_not_used: list[str]
    redo: list[str]
    rejected: list[str]
    held: list[str]
    """Rejected, without effect until another side decides: too much was rejected."""


class Default(TypedDict):
    id: str
    contract_id: str
    former_organization_id: str
    successor_organization_id: str
    taker: Literal["layer", "client", "caretaker"]
    """The successor is a layer above, the client, or the platform as caretaker."""
    cause: Literal["declared", "silence"]
    reason: str | None
    """For the former seller and the platform."""
    held: Money | None
    """What the former seller earned by it and is held; for it and the platform."""
    declared_at: str
    released_at: str | None
    """Since when what was held falls due again."""


class DefaultInput(TypedDict):
    seller_organization_id: str
    """Whose default it is: who sells under the contract now."""
    reason: str
    """The former seller reads it."""


class DefaultPage(TypedDict):
    data: list[Default]
    next_cursor: str | None
    has_more: bool


class DeferralLimit(TypedDict):
    country: str
    length: int
    unit: Literal["days", "months"]
    source: str
    """Why it is set, as the log keeps it."""
    set_at: str
    statute: str | None
    """The name of the statute that it follows; null, as the three below, where none is named."""
    article: str | None
    counted_from: str | None
    """The moment from which the statute counts; ours is always the day of acceptance."""
    read_on: str | None
    """When the statute was read."""


class DeferralLimitInput(TypedDict):
    country: str
    length: int | None
    """Null ends the limit."""
    unit: NotRequired[Literal["days", "months"]]
    source: str
    """Why it is set, as the log keeps it."""
    statute: NotRequired[StatuteInput | None]


class DeferralLimits(TypedDict):
    data: list[DeferralLimit]


class Deposit(TypedDict):
    id: str
    organization_id: str
    rail: str
    amount: Money
    """What was ordered; once it is available, what came in."""
    announced: Money | None
    """What was ordered, where a bank transfer then brought another amount."""
    state: Literal["available", "pending", "refused"]
    reason: str | None
    pay_in: PayIn | None
    """Where you send the money, while a deposit on the rail bank waits for it."""
    client_secret: str | None
    """What Stripe's own form needs to take the payment in the payer's browser; only for your
    organization, and null where the rail asks no payer.
    """
    created_at: str
    available_at: str | None


class DepositInput(TypedDict):
    rail: NotRequired[str]
    amount: Money


class DepositPage(TypedDict):
    data: list[Deposit]
    next_cursor: str | None
    has_more: bool


class Discrepancies(TypedDict):
    data: list[Discrepancy]


class Discrepancy(TypedDict):
    kind: Literal["line_unmatched", "set_aside", "late_execution", "journal_unconfirmed"]
    rail: str
    amount: SignedMoney
    """Moved at the rail: positive came in, below nothing went out."""
    since: str
    """Market time of a line, real time of a journal."""
    line_id: str | None
    journal_id: str | None
    reference: str | None
    """The rail's or the bank's own."""
    payout_id: str | None
    """That the line paid, though it counts as refused."""
    why: Literal["no_reference", "differs", "has_its_line"] | None
    """Why nothing explained the line."""
    owner_id: str | None
    """Who of finance looks after it."""


class Dispute(TypedDict):
    id: str
    answer_id: str
    claim_id: str
    job_id: str
    state: Literal["answered", "open", "overturned", "upheld"]
    reason: str
    response: str | None
    decision_reason: str | None
    content: dict[str, Any] | None
    """What was answered; null for the client once it is finally rejected: no data without pay."""
    rejection: PastVerdict | None
    came_late_at: str | None
    """When the answers came, if that was after their lease and their seat was gone."""
    opened_at: str
    deadline_at: str
    """Silence until then decides for the worker."""
    decided_at: str | None
    appeal_until: str | None
    """Until when the side that lost can appeal; null while undecided and after an appeal."""
    appeal: Appeal | None


class DisputeDecisionInput(TypedDict):
    decision: Literal["upheld", "overturned"]
    """`upheld`: the rejection stands, unless the worker appeals; `overturned`: they are paid."""
    reason: str


class DisputePage(TypedDict):
    data: list[Dispute]
    next_cursor: str | None
    has_more: bool


class DuplicateInput(TypedDict):
    title: NotRequired[str]
    """The same if left out."""
    items: NotRequired[bool]
    """Copy the items too, but for withdrawn ones."""


class Event(TypedDict):
    id: str
    leaf_number: int
    kind: str
    at: str
    """Market time."""
    recorded_at: str
    """Real time."""
    body: str
    """The RFC 8785 bytes as text, exactly as they were hashed."""
    words: list[Words]


class EventPage(TypedDict):
    data: list[Event]
    next_cursor: str | None
    has_more: bool


class ExchangeRate(TypedDict):
    id: str
    sold: str
    bought: str
    rate: str
    """How much of `bought` one of `sold` buys, with all its digits."""
    source: str
    """`finance`, or the name of the rail that gave it."""
    set_by: str | None
    taken_at: str
    valid_until: str


class ExchangeRateInput(TypedDict):
    sold: str
    bought: str
    rate: str
    """How much of `bought` one of `sold` buys, with all its digits."""
    valid_hours: NotRequired[int]


class ExchangeRatePage(TypedDict):
    data: list[ExchangeRate]
    next_cursor: str | None
    has_more: bool


class Export(TypedDict):
    id: str
    operation_id: str
    format: Literal[
        "books.beancount",
        "books.hledger",
        "books.xlsx",
        "books_ageing.csv",
        "books_journal.csv",
        "books_payables.csv",
        "books_payouts.csv",
        "books_statements.csv",
        "books_trial_balance.csv",
        "coco.json",
        "consensus.jsonl",
        "label_studio.json",
        "payables.csv",
        "price_chain.csv",
        "results.csv",
        "results.jsonl",
    ]
    job_id: str | None
    answers: Literal["used", "not_used"]
    month: str | None
    state: Literal["queued", "running", "ready", "failed", "cancelled", "expired"]
    rows: int | None
    size: int | None
    """In bytes."""
    sha256: str | None
    """Hexadecimal."""
    link: str | None
    """Where the file can be fetched for fifteen minutes, without a key; a new one with each reading.
    Null unless it is ready, and for a key that may not read what is in it.
    """
    problem: OperationProblem | None
    """Of a failed one."""
    created_at: str
    """Real time, as all times here."""
    ready_at: str | None
    expires_at: str | None
    """Then it goes."""


class ExportInput(TypedDict):
    format: Literal[
        "books.beancount",
        "books.hledger",
        "books.xlsx",
        "books_ageing.csv",
        "books_journal.csv",
        "books_payables.csv",
        "books_payouts.csv",
        "books_statements.csv",
        "books_trial_balance.csv",
        "coco.json",
        "consensus.jsonl",
        "label_studio.json",
        "payables.csv",
        "price_chain.csv",
        "results.csv",
        "results.jsonl",
    ]
    """`results.jsonl` is the canonical form of results; `results.csv`, `coco.json` (boxes) and
    `label_studio.json` hold the same answers. `consensus.jsonl` has what those to each item say
    together. `price_chain.csv` has the parts of each answer's price as far as you may see them;
    `payables.csv` what falls due to your organization, and takes no job. The formats that begin
    with `books` are for who may read the whole ledger: tables with control totals (`.csv`, all of
    them in `books.xlsx`), what is owed by its age at a month's end or today (`books_ageing.csv`),
    and every journal for other accounting programs.
    """
    job_id: NotRequired[str | None]
    answers: NotRequired[Literal["used", "not_used"]]
    """`not_used`: answers that are paid for but not to be used; they never share a file with the
    others. Only of `results.jsonl` and `results.csv`.
    """
    month: NotRequired[str | None]
    """Of the books: one month of them; all unless given."""


class ExportPage(TypedDict):
    data: list[Export]
    next_cursor: str | None
    has_more: bool


class ExternalLine(TypedDict):
    id: str
    rail: str
    kind: str
    reference: str
    """The rail's or the bank's own."""
    amount: SignedMoney
    """Positive came in, below nothing went out."""
    state: Literal["unmatched", "matched", "set_aside"]
    occurred_at: str
    journal_id: str | None
    why: Literal["no_reference", "differs", "has_its_line"] | None
    """Why nothing explained it."""
    owner_id: str | None
    """Who of finance looks after it."""


class ExternalLinePage(TypedDict):
    data: list[ExternalLine]
    next_cursor: str | None
    has_more: bool


class Extra(TypedDict):
    id: str
    kind: Literal["bonus", "gold", "recovery", "redo_fee", "wage_top_up"]
    job_id: str
    contract_id: str
    claim_id: str | None
    amount: Money
    open: Money
    """What of it neither the layer nor the guarantee fund could pay."""
    recourse: Money
    """What the guarantee fund paid and the layer owes to it."""
    created_at: str


class ExtraPage(TypedDict):
    data: list[Extra]
    next_cursor: str | None
    has_more: bool


class FieldProblem(TypedDict):
    pointer: str
    """A JSON pointer into what was sent."""
    code: str
    message: str


class ForecastDay(TypedDict):
    due_on: str | None
    workers: Money
    margins: Money
    left_after_workers: Money
    left: Money
    """The cash after all until then; below nothing, so much is missing."""
    missing: Money
    """What the cash lacks for all until then."""
    missing_for_workers: Money
    """What it lacks for the day's workers and all before them."""


class FreezeInput(TypedDict):
    reason: str
    """The seller reads it."""


class FreezeReasonInput(TypedDict):
    reason: str


class FrozenGuideline(TypedDict):
    version: int
    text: str
    rules: list[GuidelineRule]


class FundInput(TypedDict):
    amount: Money


class GoldAdded(TypedDict):
    added: int
    skipped_existing: int


class GoldItem(TypedDict):
    id: str
    job_id: str
    rate: str
    external_id: str
    content: dict[str, Any]
    expected: dict[str, Any]
    state: Literal["active", "retired"]
    retired_at: str | None
    retired_reason: str | None
    answers: int
    """Given by so many workers, one each."""
    passed: int
    score_ppm: int | None
    """Their mean agreement with the expected answer, parts per million."""
    created_at: str


class GoldItemPage(TypedDict):
    data: list[GoldItem]
    next_cursor: str | None
    has_more: bool


class GoldItemsInput(TypedDict):
    items: list[GoldRowInput]


class GoldPolicy(TypedDict):
    share_ppm: int
    pass_min_ppm: int


class GoldPolicyInput(TypedDict):
    share_ppm: int
    """Of the claims, in parts per million; 100000 is 10 %."""
    pass_min_ppm: NotRequired[int]
    """The least agreement with the expected answer, in parts per million."""


class GoldRowInput(TypedDict):
    external_id: str
    rate: str
    content: dict[str, Any]
    expected: dict[str, Any]
    """Valid under the job's label schema."""


class GroundsInput(TypedDict):
    reason: str


class Guideline(TypedDict):
    job_id: str
    version: int
    text: str
    rules: list[Rule]
    created_at: str


class GuidelineInput(TypedDict):
    text: str
    rules: NotRequired[list[Rule]]


class GuidelineRule(TypedDict):
    id: str
    text: str


class Guidelines(TypedDict):
    version: int
    """The newest; 0 before the first."""
    data: list[Guideline]


class Handover(TypedDict):
    id: str
    contract_id: str
    from_organization_id: str
    to_organization_id: str
    state: Literal["accepted", "declined", "expired", "offered", "withdrawn"]
    passes_over: PassesOver | None
    """What is offered; null in lists, and once it is decided."""
    offered_at: str
    expires_at: str
    decided_at: str | None


class HandoverAcceptInput(TypedDict):
    terms_digest: str
    """`passes_over.terms_digest` as you read it. Where prices, terms, items or tasks are others by
    now, the answer is `state_conflict`: read the handover again.
    """


class HandoverInput(TypedDict):
    to_organization_id: str
    """An approved subcontractor that stands neither above nor below in the chain."""
    expires_in_seconds: NotRequired[int]


class HandoverPage(TypedDict):
    data: list[Handover]
    next_cursor: str | None
    has_more: bool


class HandoverRate(TypedDict):
    code: str
    price: Money
    items: int
    free_items: int
    """Neither offered below nor put into tasks."""


class Held(TypedDict):
    id: str
    account: Account
    debits: Money
    credits: Money
    balance: SignedMoney
    """On the side on which accounts of this code grow."""


class HeldPage(TypedDict):
    data: list[Held]
    next_cursor: str | None
    has_more: bool


class Hold(TypedDict):
    category: str
    comment: str
    rule: str
    held_at: str
    deadline_at: str
    """Silence until then accepts the answer."""
    for_organization_id: str | None
    """Who decides; null for the platform."""


class Import(TypedDict):
    dry_run: bool
    job_id: str | None
    """Null for a new job of a dry run."""
    upload_id: str | None
    """The report; null in a dry run."""
    title: str
    kind: Literal[
        "image_boxes",
        "image_polygons",
        "image_points",
        "text_classification",
        "text_spans",
        "audio_segments",
        "audio_transcript",
        "cuboids",
        "preference",
        "ranking",
        "free_text",
        "external",
    ]
    label_schema: dict[str, Any]
    instructions: str
    notes: list[str]
    """What was left behind because it is only looks."""
    added: int
    skipped_existing: int
    errors: list[ItemError]
    error_count: int
    """All of them; `errors` lists the first thousand."""


class ImportedJobInput(TypedDict):
    redundancy: NotRequired[int]
    """How many workers answer each item."""
    layers_max: NotRequired[int]
    """How deep contracts may go; 0: the client opens tasks itself."""
    worker_share_min_ppm: NotRequired[int | None]
    """The least part of the client price that the worker gets, in parts per million."""
    deferral_months_max: NotRequired[int | None]
    price_visibility: NotRequired[Literal["full", "shares", "finance_only"]]
    """Who sees the prices of layers that are not their own."""
    acceptance_by: NotRequired[Literal["layer", "parent", "client"]]
    auto_accept_seconds: NotRequired[int]
    """Silence of the reviewers accepts after this."""
    redo_max: NotRequired[int]
    inspection_days: NotRequired[int]
    """Days after the acceptance of an answer in which its quality can be claimed; no margin falls due
    before they are over, and the worker's pay does not wait for them.
    """
    quality_share_ppm: NotRequired[int]
    """What a claim about the quality of an answer brings at most, in parts per million of what the
    claimant pays for the answer; 300000 where nothing is said.
    """
    media_retention_days: NotRequired[int | None]
    """Days after the job is settled for which its media is kept; null: for ever. Then the bytes go,
    unless another job needs them; digests, answers, money and proofs stay. After publication it can
    only be lengthened.
    """
    lease_seconds: NotRequired[int]
    """How long a worker may hold a task by default."""
    claims_held_max: NotRequired[int | None]
    """Tasks one worker may hold at once; null: no own limit."""
    late_answers_max: NotRequired[int]
    """Answers beyond the redundancy that you pay for in all, where a worker comes late and somebody
    else has their seat; each at its price, out of the free reserve. 0 if left out.
    """
    screening: NotRequired[ScreeningInput]
    """For everybody if left out; who does not fit sees none of the tasks."""
    review: NotRequired[ReviewPolicyInput]
    """Whether reviewers see all answers or a sample; blind or not."""
    consensus: NotRequired[ConsensusPolicyInput]
    """How the accepted answers to an item are made into one."""
    gold: NotRequired[GoldPolicyInput | None]
    """Items whose answer is known, among those of some claims; null: none."""
    overlap: NotRequired[OverlapInput | None]
    """Further answers where the first do not agree; null: no more than `redundancy`."""
    severity: NotRequired[int]
    """How hard the content is to look at, 1 to 5. From 3 on only workers who agreed to it see the
    tasks, within daily limits of items and minutes.
    """
    protection: NotRequired[Protection | None]
    """Paid recovery from hard content: after `recovery_after_items` answered items or
    `recovery_after_minutes` of a worker's day, one of the two.
    """
    allowance: NotRequired[Money | None]
    """Kept back in the reserve for gold answers, bonuses and paid recovery; no seat is released for
    it, and it returns with the free reserve.
    """
    title: NotRequired[str]
    instructions: NotRequired[str]
    currency: str
    """ISO 4217; one per job."""
    settlement_terms: NotRequired[list[TermPart]]
    rates: list[RateInput]
    guideline: NotRequired[GuidelineInput]


class ImportedReport(TypedDict):
    message_id: str
    file: str
    """The payment file that it is about."""
    is_new: bool
    payments: list[ReportedPayment]


class ImportedStatement(TypedDict):
    account: str
    statement_id: str
    closed_on: str
    is_new: bool
    """False for one that was imported before, which changes nothing."""
    kinds: dict[str, int]
    """How many new lines, by what they are: transfer, charge, fee and so on."""


class ImportedStatements(TypedDict):
    data: list[ImportedStatement]


class InclusionProof(TypedDict):
    event_id: str
    leaf_number: int
    leaf_hash: str
    """Hexadecimal."""
    hashes: list[str]
    checkpoint: Checkpoint


class Installment(TypedDict):
    id: str
    payee_kind: Literal["worker", "layer"]
    payee_id: str
    """`per_…` of a worker, `org_…` of a layer."""
    contract_id: str
    due_on: str
    amount: Money
    state: Literal["advanced", "cancelled", "due", "held", "in_payout", "kept", "paid", "scheduled", "unclaimed"]
    held_reason: str | None
    payout_id: str | None
    paid_at: str | None


class InstallmentPage(TypedDict):
    data: list[Installment]
    next_cursor: str | None
    has_more: bool


class Invitation(TypedDict):
    id: str
    email: str
    name: str
    role: Literal["auditor", "dispute_decider", "finance", "manager", "operations", "requester", "reviewer"]
    state: Literal["accepted", "declined", "pending", "revoked", "expired"]
    """`expired` is a pending one past its end; it can be sent again."""
    invited_by: str | None
    verify_code: str | None
    """Anybody who holds it sees at `/verify/{code}`, or as JSON at `/v1/verify/{code}`, who invites
    for what, that it is free, and until when; it accepts nothing.
    """
    person_id: str | None
    """Who accepted."""
    times_sent: int
    created_at: str
    expires_at: str
    decided_at: str | None


class InvitationInput(TypedDict):
    email: str
    name: str
    """How the mail addresses them; they may correct it."""
    role: Literal["auditor", "dispute_decider", "finance", "manager", "operations", "requester", "reviewer"]


class InvitationPage(TypedDict):
    data: list[Invitation]
    next_cursor: str | None
    has_more: bool


class Invoice(TypedDict):
    id: str
    number: str
    kind: Literal["credit_note", "invoice", "receipt"]
    organization_id: str
    issued_on: str
    month: str | None
    """Of fees, the month in which they were earned."""
    net: Money
    tax: Money
    gross: Money
    journal_id: str | None
    """What it documents: deposit, refund, or the tax of fees, which is null without tax."""
    credits_id: str | None
    """The receipt that it credits."""
    subject: str
    """The public id of what it is about."""


class InvoiceLine(TypedDict):
    text: str
    amount: Money
    job_id: str | None


class InvoicePage(TypedDict):
    data: list[Invoice]
    next_cursor: str | None
    has_more: bool


class InvoiceSide(TypedDict):
    organization: str | None
    name: str
    country: str | None
    legal_name: str
    address: str
    tax_number: str


class InvoiceTax(TypedDict):
    authority: str
    rate_ppm: int
    """Parts per million of the net."""
    amount: Money


class InvoiceWhole(TypedDict):
    id: str
    number: str
    kind: Literal["credit_note", "invoice", "receipt"]
    organization_id: str
    issued_on: str
    month: str | None
    """Of fees, the month in which they were earned."""
    net: Money
    tax: Money
    gross: Money
    journal_id: str | None
    """What it documents: deposit, refund, or the tax of fees, which is null without tax."""
    credits_id: str | None
    """The receipt that it credits."""
    subject: str
    """The public id of what it is about."""
    issuer: InvoiceSide
    customer: InvoiceSide
    lines: list[InvoiceLine]
    taxes: list[InvoiceTax]


class IssuedKey(TypedDict):
    id: str
    name: str
    hint: str
    """The last characters of its secret."""
    person_id: str
    """The holder: for whom it acts."""
    person_name: str
    scopes: list[str] | None
    """null: all that its holder's roles carry."""
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    """To about five minutes."""
    revoked_at: str | None
    issued_with: str | None
    """The key that asked for it, and whose revocation ends it; null: made at the pages."""
    replaced_by: str | None
    """What it was rotated to."""
    secret: str | None
    """null in a replayed answer: secrets are never kept. Rotate or revoke the key then."""


class Item(TypedDict):
    id: str
    job_id: str
    external_id: str
    rate: str
    ordinal: int
    """Its place among the job's items of this rate, from 1."""
    content: dict[str, Any]
    prelabel: Prelabel | None
    withdrawn: bool
    """Whether the client took it back."""


class ItemConsensus(TypedDict):
    item_id: str
    external_id: str
    rate: str
    ordinal: int
    value: dict[str, Any] | None
    """As an answer of the job's kind; null where no side won. Of boxes, texts and the like it is the
    answer closest to the others.
    """
    confidence: float | None
    """0 to 1: the share of the weight or the probability of the value, or how well the others agree
    with it; null for a single answer without a model, and for what a third person decided.
    """
    agreement: float | None
    """Of the answers with one another, 0 to 1; null for a single answer."""
    method: Literal["majority", "weighted", "dawid_skene_one_coin", "dawid_skene", "adjudicated"]
    """How it was found; `majority` also while there is too little to learn from."""
    answers: list[ConsensusAnswer]
    guideline_version: int
    """The newest that one of the answers was given under."""
    model_version: int | None
    """Which fit of the method's model found it."""
    version: int
    """Grows with each change."""
    computed_at: str
    """When it last changed."""


class ItemConsensusPage(TypedDict):
    data: list[ItemConsensus]
    next_cursor: str | None
    has_more: bool


class ItemError(TypedDict):
    line: int
    """Counted from 1; pointers of a problem document count rows from 0, as JSON does."""
    external_id: str | None
    code: str
    message: str
    pointer: str
    """The place inside the row (RFC 6901); empty for the whole row."""


class ItemInput(TypedDict):
    external_id: str
    rate: str
    content: dict[str, Any]
    """By the job's kind: `{"text": …}`, `{"media": "med_…"}`, `{"url": "https://…"}`, `{"prompt": …}`,
    `{"prompt", "a", "b"}`, or `{"prompt", "options": {key: text}}`.
    """
    prelabel: NotRequired[Prelabel | None]


class ItemPage(TypedDict):
    data: list[Item]
    next_cursor: str | None
    has_more: bool


class ItemRangeInput(TypedDict):
    rate: str
    first: int
    last: int


class ItemsAdded(TypedDict):
    upload_id: str
    """Under it the report is kept, with up to 10,000 errors."""
    added: int
    skipped_existing: int
    """Already there, with the same content."""
    errors: list[ItemError]
    error_count: int
    """All of them; `errors` lists the first thousand."""


class ItemsInput(TypedDict):
    items: list[ItemInput]


class ItemsWithdrawn(TypedDict):
    items: int
    """Withdrawn now."""
    rates: dict[str, int]
    """Of these, by rate code."""
    already: int
    """Asked for, but withdrawn before."""


class Job(TypedDict):
    id: str
    organization_id: str
    title: str
    kind: Literal[
        "image_boxes",
        "image_polygons",
        "image_points",
        "text_classification",
        "text_spans",
        "audio_segments",
        "audio_transcript",
        "cuboids",
        "preference",
        "ranking",
        "free_text",
        "external",
    ]
    state: Literal["archived", "cancelled", "completed", "draft", "draining", "funded", "open", "paused", "settled"]
    version: int
    instructions: str
    label_schema: dict[str, Any]
    currency: str
    redundancy: int
    layers_max: int
    worker_share_min_ppm: int | None
    """The client's cap; null where it sets none, and to layers."""
    deferral_months_max: int | None
    settlement_terms: list[TermPart]
    price_visibility: str
    acceptance_by: str
    auto_accept_seconds: int
    redo_max: int
    inspection_days: int
    quality_share_ppm: int
    media_retention_days: int | None
    claims_held_max: int | None
    late_answers_max: int
    media_purged_at: str | None
    lease_seconds: int
    severity: int
    allowance: Money
    protection: Protection | None
    screening: Screening
    review: ReviewPolicy
    overlap: Overlap | None
    consensus: ConsensusPolicy
    gold: GoldPolicy | None
    fee_ppm: int
    guideline_version: int
    rates: list[Rate]
    created_at: str
    published_at: str | None


class JobChange(TypedDict):
    redundancy: NotRequired[int]
    """How many workers answer each item."""
    layers_max: NotRequired[int]
    """How deep contracts may go; 0: the client opens tasks itself."""
    worker_share_min_ppm: NotRequired[int | None]
    """The least part of the client price that the worker gets, in parts per million."""
    deferral_months_max: NotRequired[int | None]
    price_visibility: NotRequired[Literal["full", "shares", "finance_only"]]
    """Who sees the prices of layers that are not their own."""
    acceptance_by: NotRequired[Literal["layer", "parent", "client"]]
    auto_accept_seconds: NotRequired[int]
    """Silence of the reviewers accepts after this."""
    redo_max: NotRequired[int]
    inspection_days: NotRequired[int]
    """Days after the acceptance of an answer in which its quality can be claimed; no margin falls due
    before they are over, and the worker's pay does not wait for them.
    """
    quality_share_ppm: NotRequired[int]
    """What a claim about the quality of an answer brings at most, in parts per million of what the
    claimant pays for the answer; 300000 where nothing is said.
    """
    media_retention_days: NotRequired[int | None]
    """Days after the job is settled for which its media is kept; null: for ever. Then the bytes go,
    unless another job needs them; digests, answers, money and proofs stay. After publication it can
    only be lengthened.
    """
    lease_seconds: NotRequired[int]
    """How long a worker may hold a task by default."""
    claims_held_max: NotRequired[int | None]
    """Tasks one worker may hold at once; null: no own limit."""
    late_answers_max: NotRequired[int]
    """Answers beyond the redundancy that you pay for in all, where a worker comes late and somebody
    else has their seat; each at its price, out of the free reserve. 0 if left out.
    """
    screening: NotRequired[ScreeningInput]
    """For everybody if left out; who does not fit sees none of the tasks."""
    review: NotRequired[ReviewPolicyInput]
    """Whether reviewers see all answers or a sample; blind or not."""
    consensus: NotRequired[ConsensusPolicyInput]
    """How the accepted answers to an item are made into one."""
    gold: NotRequired[GoldPolicyInput | None]
    """Items whose answer is known, among those of some claims; null: none."""
    overlap: NotRequired[OverlapInput | None]
    """Further answers where the first do not agree; null: no more than `redundancy`."""
    severity: NotRequired[int]
    """How hard the content is to look at, 1 to 5. From 3 on only workers who agreed to it see the
    tasks, within daily limits of items and minutes.
    """
    protection: NotRequired[Protection | None]
    """Paid recovery from hard content: after `recovery_after_items` answered items or
    `recovery_after_minutes` of a worker's day, one of the two.
    """
    allowance: NotRequired[Money | None]
    """Kept back in the reserve for gold answers, bonuses and paid recovery; no seat is released for
    it, and it returns with the free reserve.
    """
    title: NotRequired[str]
    instructions: NotRequired[str]
    label_schema: NotRequired[dict[str, Any]]
    settlement_terms: NotRequired[list[TermPart]]
    rates: NotRequired[list[RateInput]]


class JobInput(TypedDict):
    redundancy: NotRequired[int]
    """How many workers answer each item."""
    layers_max: NotRequired[int]
    """How deep contracts may go; 0: the client opens tasks itself."""
    worker_share_min_ppm: NotRequired[int | None]
    """The least part of the client price that the worker gets, in parts per million."""
    deferral_months_max: NotRequired[int | None]
    price_visibility: NotRequired[Literal["full", "shares", "finance_only"]]
    """Who sees the prices of layers that are not their own."""
    acceptance_by: NotRequired[Literal["layer", "parent", "client"]]
    auto_accept_seconds: NotRequired[int]
    """Silence of the reviewers accepts after this."""
    redo_max: NotRequired[int]
    inspection_days: NotRequired[int]
    """Days after the acceptance of an answer in which its quality can be claimed; no margin falls due
    before they are over, and the worker's pay does not wait for them.
    """
    quality_share_ppm: NotRequired[int]
    """What a claim about the quality of an answer brings at most, in parts per million of what the
    claimant pays for the answer; 300000 where nothing is said.
    """
    media_retention_days: NotRequired[int | None]
    """Days after the job is settled for which its media is kept; null: for ever. Then the bytes go,
    unless another job needs them; digests, answers, money and proofs stay. After publication it can
    only be lengthened.
    """
    lease_seconds: NotRequired[int]
    """How long a worker may hold a task by default."""
    claims_held_max: NotRequired[int | None]
    """Tasks one worker may hold at once; null: no own limit."""
    late_answers_max: NotRequired[int]
    """Answers beyond the redundancy that you pay for in all, where a worker comes late and somebody
    else has their seat; each at its price, out of the free reserve. 0 if left out.
    """
    screening: NotRequired[ScreeningInput]
    """For everybody if left out; who does not fit sees none of the tasks."""
    review: NotRequired[ReviewPolicyInput]
    """Whether reviewers see all answers or a sample; blind or not."""
    consensus: NotRequired[ConsensusPolicyInput]
    """How the accepted answers to an item are made into one."""
    gold: NotRequired[GoldPolicyInput | None]
    """Items whose answer is known, among those of some claims; null: none."""
    overlap: NotRequired[OverlapInput | None]
    """Further answers where the first do not agree; null: no more than `redundancy`."""
    severity: NotRequired[int]
    """How hard the content is to look at, 1 to 5. From 3 on only workers who agreed to it see the
    tasks, within daily limits of items and minutes.
    """
    protection: NotRequired[Protection | None]
    """Paid recovery from hard content: after `recovery_after_items` answered items or
    `recovery_after_minutes` of a worker's day, one of the two.
    """
    allowance: NotRequired[Money | None]
    """Kept back in the reserve for gold answers, bonuses and paid recovery; no seat is released for
    it, and it returns with the free reserve.
    """
    title: str
    kind: Literal[
        "image_boxes",
        "image_polygons",
        "image_points",
        "text_classification",
        "text_spans",
        "audio_segments",
        "audio_transcript",
        "cuboids",
        "preference",
        "ranking",
        "free_text",
        "external",
    ]
    instructions: str
    label_schema: dict[str, Any]
    """The classes and limits of an answer, by the job's kind; docs/label-kinds.md has them all."""
    currency: str
    """ISO 4217; one per job."""
    settlement_terms: NotRequired[list[TermPart]]
    rates: list[RateInput]
    guideline: NotRequired[GuidelineInput]


class JobMargins(TypedDict):
    job_id: str
    price_visibility: Literal["full", "shares", "finance_only"]
    answers: int
    total: Money
    lines: list[MarginLine]


class JobPage(TypedDict):
    data: list[Job]
    next_cursor: str | None
    has_more: bool


class JobTerms(TypedDict):
    price_visibility: Literal["full", "shares", "finance_only"]
    """Who sees the prices of layers that are not their own."""
    acceptance_by: Literal["layer", "parent", "client"]
    """Who reviews the answers."""
    auto_accept_seconds: int
    """Silence of the reviewers accepts after this."""
    redo_max: int
    """How often work can be sent back unpaid."""
    inspection_days: int
    """Days after acceptance in which quality can be claimed; no margin is due before."""
    quality_share_ppm: int
    """What the layer that vouched for a bad answer gives back at most, in parts per million of what
    the claimant pays for it.
    """
    severity: int
    """How hard the content is to look at, 1 to 5."""
    redundancy: int
    """How many workers answer each item."""
    layers_left: int
    """How many layers may still stand below this contract."""
    deferral_months_max: int | None


class JobWarning(TypedDict):
    code: str
    message: str


class Journal(TypedDict):
    id: str
    kind: str
    """As in docs/ledger.md."""
    key: str
    """Names the business event; there is one journal for it."""
    subject: str
    """The public id of what it is about."""
    effective_on: str
    recorded_at: str
    actor: str
    reverses_id: str | None
    postings: list[Posting]


class JournalHead(TypedDict):
    id: str
    kind: str
    """As in docs/ledger.md."""
    key: str
    """Names the business event; there is one journal for it."""
    subject: str
    """The public id of what it is about."""
    effective_on: str
    recorded_at: str
    actor: str
    reverses_id: str | None


class JournalHeadPage(TypedDict):
    data: list[JournalHead]
    next_cursor: str | None
    has_more: bool


class KeptBook(TypedDict):
    id: str
    month: str
    name: Literal[
        "books.beancount",
        "books.hledger",
        "books.xlsx",
        "books_ageing.csv",
        "books_journal.csv",
        "books_payables.csv",
        "books_payouts.csv",
        "books_statements.csv",
        "books_trial_balance.csv",
    ]
    """Which table; `books.xlsx` has all of them."""
    rows: int
    size: int
    """In bytes."""
    sha256: str
    """Hexadecimal."""
    link: str
    """Where the file can be fetched for fifteen minutes, without a key; a new one with each reading."""
    kept_at: str
    """Real time."""


class KeptBookPage(TypedDict):
    data: list[KeptBook]
    next_cursor: str | None
    has_more: bool


class Key(TypedDict):
    id: str
    name: str
    hint: str
    """The last characters of its secret."""
    person_id: str
    """The holder: for whom it acts."""
    person_name: str
    scopes: list[str] | None
    """null: all that its holder's roles carry."""
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    """To about five minutes."""
    revoked_at: str | None
    issued_with: str | None
    """The key that asked for it, and whose revocation ends it; null: made at the pages."""
    replaced_by: str | None
    """What it was rotated to."""


class KeyInput(TypedDict):
    name: NotRequired[str]
    """For you, to know it by."""
    scopes: NotRequired[list[str] | None]
    """Permissions it is limited to, none of them beyond those of the asking key; left out, it has the
    same as the asking key.
    """
    expires_in_seconds: NotRequired[int | None]
    """How long it works, never longer than the asking key; left out, as long as that one, and at most
    a year.
    """


class KeyPage(TypedDict):
    data: list[Key]
    next_cursor: str | None
    has_more: bool


class LabelStudioInput(TypedDict):
    job_id: NotRequired[str]
    """A draft of yours that gets the items, instead of a new job."""
    job: NotRequired[ImportedJobInput]
    mapping: NotRequired[MappingInput]
    config: NotRequired[str]
    """XML: RectangleLabels on an Image, or Choices on a Text."""
    kind: NotRequired[
        Literal[
            "image_boxes",
            "image_polygons",
            "image_points",
            "text_classification",
            "text_spans",
            "audio_segments",
            "audio_transcript",
            "cuboids",
            "preference",
            "ranking",
            "free_text",
            "external",
        ]
    ]
    """Without a config."""
    label_schema: NotRequired[dict[str, Any]]
    """Without a config."""
    tasks: list[Any]
    """As exported; predictions become pre-labels."""


class LineMatch(TypedDict):
    id: str
    line_id: str
    way: Literal["amount_and_date", "many_to_one", "by_hand"]
    kind: Literal["payouts", "transit", "fee", "deposit", "refund", "moved_already"]
    state: Literal["done", "proposed", "rejected", "undo_asked", "undone"]
    amount: SignedMoney
    """The line's: positive came in."""
    payout_ids: list[str]
    reason: str
    proposed_by: str | None
    """Null where nobody had to say so."""
    proposed_at: str
    decided_by: str | None
    decided_at: str | None
    journal_id: str | None
    """Of payouts each has its own."""
    undo_reason: str | None
    undo_asked_by: str | None
    undo_asked_at: str | None
    undone_by: str | None
    undone_at: str | None


class LineMatchInput(TypedDict):
    kind: Literal["payouts", "transit", "fee", "deposit", "refund", "moved_already"]
    reason: str
    payout_ids: NotRequired[list[str]]
    """Of `payouts`: those that it paid, which sum to it exactly."""
    organization_id: NotRequired[str]
    """Of a `deposit`: the client whose it is."""
    deposit_id: NotRequired[str]
    """Of a `refund`: the deposit that was given back."""


class LineMatchPage(TypedDict):
    data: list[LineMatch]
    next_cursor: str | None
    has_more: bool


class MappingInput(TypedDict):
    content: NotRequired[str]
    """The field that is labeled; the template's own unless given."""
    external_id: NotRequired[str]
    """The field that names an item; else the task's id, or the prefix and a number."""
    prefix: NotRequired[str]
    """Before the number of a row without a name."""
    rate: NotRequired[str]
    """The field that holds the rate code."""
    rate_code: NotRequired[str]
    """The rate of all rows, where no field says it."""
    ignore: NotRequired[list[str]]
    """Fields left out on purpose; any other that is not mapped is refused."""


class MarginAnswer(TypedDict):
    answer_id: str
    accepted_on: str
    organization_id: str
    margin: Money
    journal_id: str


class MarginAnswerPage(TypedDict):
    data: list[MarginAnswer]
    next_cursor: str | None
    has_more: bool


class MarginDay(TypedDict):
    accepted_on: str
    answers: int
    margin: Money


class MarginDayPage(TypedDict):
    data: list[MarginDay]
    next_cursor: str | None
    has_more: bool


class MarginLine(TypedDict):
    kind: Literal["fee", "margin", "pay", "hidden"]
    layer: int | None
    contract_id: str | None
    organization_id: str | None
    includes_pay: bool
    amount: Money
    answers: int


class MarginSum(TypedDict):
    by: Literal["month", "client", "layer", "rate", "contract"]
    key: str
    """The month, the id of the client or contract, the layer or the rate."""
    answers: int
    """Accepted; each counts once for each layer that earned anything by it."""
    margin: Money


class MarginSumPage(TypedDict):
    data: list[MarginSum]
    next_cursor: str | None
    has_more: bool


class Me(TypedDict):
    person_id: str | None
    name: str
    organization_id: str | None
    organization_name: str | None
    organization_kind: str | None
    roles: list[str]
    permissions: list[str]


class Media(TypedDict):
    id: str
    content_type: str
    byte_count: int
    width: int | None
    """Pixels of an image."""
    height: int | None
    """Pixels of an image."""
    duration_ms: int | None
    """Milliseconds of a sound."""
    point_count: int | None
    """Points of a point cloud."""
    sha256: str
    """Hexadecimal."""
    filename: str
    created_at: str


class Member(TypedDict):
    person_id: str
    name: str
    email: str
    verified: bool
    """Whether they have ever opened a mailed link."""
    roles: list[MemberRole]
    """Empty once the last one was taken."""


class MemberPage(TypedDict):
    data: list[Member]
    next_cursor: str | None
    has_more: bool


class MemberRole(TypedDict):
    role: Literal["auditor", "dispute_decider", "finance", "manager", "operations", "requester", "reviewer"]
    since: str


class Money(TypedDict):
    amount: str
    """A decimal string, with at most four decimals more than the currency's minor unit."""
    currency: str


class Month(TypedDict):
    month: str
    digest: str
    """SHA-256 of what every account has been debited and credited by the month's end."""
    totals: list[TrialLine]
    open: list[OpenMatter]
    checked_on: str | None
    """When all invariants were looked at last, real time."""
    failed: list[str]
    """The invariants that did not hold then."""


class Movement(TypedDict):
    journal: str
    source: str | None
    """deferred, due, held; null: from elsewhere."""
    target: str | None
    """deferred, due, held; null: to elsewhere."""
    outside: str | None
    """payout, tax, advance_fee, unclaimed or other; null: between one's own places."""
    amount: Money


class MturkInput(TypedDict):
    job_id: NotRequired[str]
    """A draft of yours that gets the items, instead of a new job."""
    job: NotRequired[ImportedJobInput]
    mapping: NotRequired[MappingInput]
    template: str
    """HTML: crowd-classifier, crowd-classifier-multi-select, crowd-bounding-box, radio buttons,
    checkboxes or a select. Its text becomes the instructions; of its markup nothing is kept.
    """
    batch: str
    """CSV with a header; columns may be named with or without `Input.`."""


class OfferInput(TypedDict):
    seller_organization_id: str
    rates: dict[str, OfferRateInput]
    """By rate code."""
    settlement_terms: NotRequired[list[TermPart]]
    """When the margin is paid; your own terms if left out."""
    expires_in_seconds: NotRequired[int]


class OfferRateInput(TypedDict):
    price: Money
    """What the seller gets; net of the platform's fee."""
    items: int


class OpenMatter(TypedDict):
    kind: Literal[
        "line_unmatched",
        "line_set_aside",
        "payout_refused",
        "payout_in_flight",
        "installment_held",
        "run_open",
        "statement_missing",
        "statement_unread",
    ]
    count: int
    sums: list[SignedMoney]


class Operation(TypedDict):
    id: str
    kind: str
    state: Literal["cancelled", "failed", "queued", "running", "succeeded"]
    subject: str
    """The id of what it is about."""
    started_by: str
    progress: OperationProgress
    cancel_requested: bool
    """Whether it was asked to stop; it ends at its next step."""
    attempts: int
    """How often it was begun; what breaks is begun again."""
    result: dict[str, Any] | None
    """What came of it, once it has succeeded."""
    problem: OperationProblem | None
    """Of a failed one."""
    created_at: str
    """Real time, as all times of an operation."""
    started_at: str | None
    finished_at: str | None
    expires_at: str | None
    """When this record of it is deleted."""


class OperationPage(TypedDict):
    data: list[Operation]
    next_cursor: str | None
    has_more: bool


class OperationProblem(TypedDict):
    code: str
    """One of the codes in docs/errors.md."""
    detail: str


class OperationProgress(TypedDict):
    done: int
    """In what the kind of work counts in, such as rows."""
    total: int | None
    """Null while it is not known."""


class Organization(TypedDict):
    id: str
    name: str
    country: str


class OrganizationChange(TypedDict):
    name: NotRequired[str]
    country: NotRequired[str]


class OrganizationEvent(TypedDict):
    id: str
    type: Literal[
        "amendment.accepted",
        "amendment.declined",
        "amendment.expired",
        "amendment.proposed",
        "amendment.withdrawn",
        "batch.pause_ended",
        "batch.paused",
        "checkpoint.anchored",
        "claim.accepted",
        "claim.held",
        "claim.paid_not_used",
        "claim.redo_requested",
        "claim.rejected",
        "claim.submitted",
        "claims.accepted",
        "contract.accepted",
        "contract.closed",
        "contract.declined",
        "contract.defaulted",
        "contract.exhausted",
        "contract.expired",
        "contract.frozen",
        "contract.handed_over",
        "contract.items_withdrawn",
        "contract.offered",
        "contract.recalled",
        "contract.silence_noticed",
        "contract.succeeded",
        "contract.unfrozen",
        "contract.withdrawn",
        "dispute.appeal_decided",
        "dispute.appealed",
        "dispute.decided",
        "dispute.opened",
        "export.ready",
        "handover.declined",
        "handover.expired",
        "handover.offered",
        "handover.withdrawn",
        "installment.due",
        "job.funded",
        "job.moved",
        "operation.finished",
        "payout.settled",
        "quality_claim.contested",
        "quality_claim.decided",
        "quality_claim.opened",
        "quality_claim.withdrawn",
        "review.breaker_ended",
        "review.breaker_tripped",
    ]
    occurred_at: str
    """Market time."""
    organization_id: str
    """Yours."""
    data: dict[str, Any]
    """What it is about, by the name of the noun, and more by the type; fields may be added."""


class OrganizationEventPage(TypedDict):
    data: list[OrganizationEvent]
    next_cursor: str | None
    has_more: bool


class OrganizationPage(TypedDict):
    data: list[Organization]
    next_cursor: str | None
    has_more: bool


class Overlap(TypedDict):
    answers_max: int
    agreement_min_ppm: int
    posterior_min_ppm: int | None
    wait_seconds: int


class OverlapInput(TypedDict):
    answers_max: int
    """At most so many answers an item."""
    agreement_min_ppm: int
    """Accepted answers agree when their mean agreement is at least this, in parts per million."""
    posterior_min_ppm: NotRequired[int | None]
    """They agree also when the most frequent choice is as likely as this to be right, if each worker
    is right 4 times of 5 and all else is equally likely; for kinds whose answers are a choice.
    """
    wait_seconds: NotRequired[int]
    """Items that want one more answer are gathered into tasks at the latest after this."""


class OverlapProgress(TypedDict):
    items_waiting: int
    """Want one more answer, which is asked for soon."""
    items_extended: int
    """In a task for one more answer."""
    items_to_adjudicate: int
    """Still without agreement at the most answers."""
    items_adjudicated: int
    """Decided by a third person."""
    answers_held: int
    """Further answers whose price is committed."""
    answers_stopped: int
    """Further answers that will never be asked for."""


class OwnMoney(TypedDict):
    id: str
    kind: Literal["capital", "fees", "contribution", "extra", "quality_claim"]
    amount: Money
    """What was proposed."""
    done: Money | None
    """What was booked or given up: less where some of a debt came back meanwhile."""
    extra_id: str | None
    quality_claim_id: str | None
    reason: str
    state: Literal["done", "proposed", "rejected"]
    proposed_by: str
    proposed_at: str
    decided_by: str | None
    decided_at: str | None


class OwnMoneyInput(TypedDict):
    kind: Literal["capital", "fees", "contribution", "extra", "quality_claim"]
    """`capital` that the owners put in, `fees` taken out of the wage account, a `contribution` to the
    wage guarantee fund; or what a layer owes for an `extra` or a `quality_claim`, which is given
    up.
    """
    amount: NotRequired[Money]
    """Of the first three kinds; of a debt it is what is owed."""
    extra_id: NotRequired[str]
    quality_claim_id: NotRequired[str]
    reason: str


class OwnMoneyPage(TypedDict):
    data: list[OwnMoney]
    next_cursor: str | None
    has_more: bool


class OwnOrganization(TypedDict):
    id: str
    kind: Literal["client", "subcontractor", "platform"]
    name: str
    country: str
    """ISO 3166-1 alpha-2."""
    state: Literal["approved", "pending", "rejected", "suspended"]
    decision_reason: str | None
    """What operations said of its state."""
    created_at: str
    version: int


class OwnerInput(TypedDict):
    owner_id: str


class PaidShare(TypedDict):
    answers: int
    client_paid: Money
    worker_pay: Money | None
    """Null where the job's policy hides it."""
    share_percent: int | None
    """In whole percent, rounded down. Where the policy shows shares only, at least so much; null where
    it shows nothing.
    """


class Pair(TypedDict):
    owed: SignedMoney
    paid: SignedMoney


class PassesOver(TypedDict):
    rates: list[HandoverRate]
    """Its rate card, as it stands."""
    sold_on: list[SoldOn]
    settlement_terms: list[TermPart]
    """When the seller's margin is paid."""
    terms_digest: str
    """SHA-256, hex, of the rate card, the terms, and what is sold below: what accepting binds to, and
    is sent with it. Work that goes on does not change it.
    """
    claims_under_way: int
    """Of its tasks, which workers have now."""
    claims_to_review: int
    """Which wait for a verdict of its seller."""
    disputes_open: int
    """Rejections that workers contest."""


class PastVerdict(TypedDict):
    id: str
    attempt: int
    verdict: Literal["accept", "redo", "reject", "pay_not_use"]
    category: str | None
    comment: str | None
    rule: str | None
    by: Literal["reviewer", "timer", "sampling"]
    """`timer`: nobody decided in time. `sampling`: it was not drawn for review."""
    created_at: str


class Pause(TypedDict):
    reason: Literal["wage_floor", "recovery_unfunded"]
    country: str | None
    words: str
    """What was found, and what you can do."""
    paused_at: str


class PayHold(TypedDict):
    id: str
    state: Literal["holding", "released", "ended"]
    payee_kind: Literal["worker", "layer"]
    payee_id: str
    """`per_…` of a worker, `org_…` of a layer."""
    installment_ids: list[str] | None
    """Null is all that is due to the payee."""
    reason: str
    ends_on: str | None
    """Null is when it is released."""
    asked_until: str | None
    """When it ends once another person confirms it; null for a short one."""
    placed_by: str
    placed_at: str
    confirmed_by: str | None
    confirmed_at: str | None
    released_by: str | None
    released_at: str | None
    release_reason: str | None


class PayHoldInput(TypedDict):
    payee_id: NotRequired[str | None]
    """All that is due to `per_…` of a worker or `org_…` of a subcontractor, and falls due."""
    installment_id: NotRequired[str | None]
    payout_id: NotRequired[str | None]
    """One that is not on its way: it is given up, and its installments are held."""
    reason: str
    """In words; the payee reads it."""
    ends_on: NotRequired[str | None]
    """The market day on which it ends by itself. Without one a layer's ends when it is released, a
    worker's after HOLD_WORKER_DAYS_MAX days.
    """


class PayHoldPage(TypedDict):
    data: list[PayHold]
    next_cursor: str | None
    has_more: bool


class PayHoldReleaseInput(TypedDict):
    reason: str
    """In words; the payee reads it."""


class PayIn(TypedDict):
    holder: str
    account: str
    """An IBAN, or an account number at the bank of `bic`."""
    bic: str
    reference: str
    """Quote it with the transfer (ISO 11649): by it the money is known to be yours."""


class Payment(TypedDict):
    due_on: str
    amount: Money
    state: Literal["advanced", "cancelled", "due", "held", "in_payout", "kept", "paid", "scheduled", "unclaimed"]


class Payout(TypedDict):
    id: str
    payee_kind: Literal["worker", "layer"]
    payee_id: str
    """`per_…` of a worker, `org_…` of a layer."""
    contract_id: str | None
    amount: Money
    paid: Money
    """What the payee gets: the amount less what is withheld, or what it was changed into."""
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
    run_id: str
    carried_in: Money
    carried_out: Money
    """Too little for the rail, or for a rate; stays owed."""
    withheld: list[Withheld]
    """Tax of the amount, by authority; empty for none."""
    quotes: list[Quote]
    """What the payee was shown, oldest first; empty where the currency is the one owed."""
    advance_fee: Money
    """For what the worker took early; inside."""
    attempt: int
    rail: str
    rail_reference: str | None
    refusal_code: str | None
    created_at: str
    sent_at: str | None
    settled_at: str | None
    lines: list[PayoutLine]


class PayoutEvent(TypedDict):
    kind: str
    attempt: int
    state_before: str | None
    state_after: str
    person_id: str | None
    """Who did it; null: the service."""
    at: str
    """Market time."""


class PayoutFreeze(TypedDict):
    frozen: bool
    reason: str | None
    read_from: str | None
    lift_asked_by: str | None
    lift_asked_at: str | None
    lift_reason: str | None


class PayoutFreezeInput(TypedDict):
    reason: str
    read_from: NotRequired[str | None]
    """From when on; from the rails' beginning unless given."""


class PayoutHistory(TypedDict):
    data: list[PayoutEvent]


class PayoutLine(TypedDict):
    installment_id: str
    due_on: str
    amount: Money
    advance_fee: Money
    """Accepted for having it before `due_on`."""


class PayoutSummary(TypedDict):
    id: str
    payee_kind: Literal["worker", "layer"]
    payee_id: str
    """`per_…` of a worker, `org_…` of a layer."""
    contract_id: str | None
    amount: Money
    paid: Money
    """What the payee gets: the amount less what is withheld, or what it was changed into."""
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


class PayoutSummaryPage(TypedDict):
    data: list[PayoutSummary]
    next_cursor: str | None
    has_more: bool


class Period(TypedDict):
    id: str
    month: str
    action: Literal["close", "reopen"]
    reason: str | None
    """Of a reopening."""
    state: Literal["proposed", "closed", "reopened", "refused", "superseded"]
    """`reopened` is a close that ended, and the proposal that ended it."""
    digest: str
    """SHA-256 of what every account had been debited and credited by the month's end."""
    proposed_by: str
    proposed_at: str
    closed_by: str | None
    closed_at: str | None
    checkpoint_tree_size: int | None
    """Of the log's newest signed head at the close."""
    reopened_by: str | None
    reopened_at: str | None
    refused_by: str | None
    refused_at: str | None
    refusal_reason: str | None


class PeriodInput(TypedDict):
    month: str
    """A month that is over."""


class PeriodPage(TypedDict):
    data: list[Period]
    next_cursor: str | None
    has_more: bool


class PeriodReasonInput(TypedDict):
    reason: str


class PeriodTotals(TypedDict):
    id: str
    month: str
    action: Literal["close", "reopen"]
    reason: str | None
    """Of a reopening."""
    state: Literal["proposed", "closed", "reopened", "refused", "superseded"]
    """`reopened` is a close that ended, and the proposal that ended it."""
    digest: str
    """SHA-256 of what every account had been debited and credited by the month's end."""
    proposed_by: str
    proposed_at: str
    closed_by: str | None
    closed_at: str | None
    checkpoint_tree_size: int | None
    """Of the log's newest signed head at the close."""
    reopened_by: str | None
    reopened_at: str | None
    refused_by: str | None
    refused_at: str | None
    refusal_reason: str | None
    totals: list[TrialLine]
    checkpoint: str | None
    """The log's signed head at the close, as a C2SP note."""


class Permission(TypedDict):
    name: str
    description: str


class Place(TypedDict):
    amount: Money
    payee_kind: Literal["worker", "layer"]
    payee_id: str
    """`per_…` of a worker, `org_…` of a layer."""
    payout_id: str | None
    payout_state: (
        Literal[
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
        | None
    )
    installment_id: str | None
    installment_state: (
        Literal["advanced", "cancelled", "due", "held", "in_payout", "kept", "paid", "scheduled", "unclaimed"] | None
    )
    due_on: str | None
    answer_id: str | None
    earning_id: str | None


class PlacePage(TypedDict):
    data: list[Place]
    next_cursor: str | None
    has_more: bool


class Places(TypedDict):
    deferred: Money
    due: Money
    """With rests of less than a minor unit, which payouts carry on."""
    held: Money


class Position(TypedDict):
    currency: str
    given: Money
    """Of the cash in this currency, what stands for debts in others."""
    to_come: Money
    """Of the debts in this currency, what cash in others stands for."""


class Positions(TypedDict):
    data: list[Position]
    pairs: list[Pair]
    results: list[SignedMoney]
    """Gains less losses on currencies until now, by currency owed."""


class Posting(TypedDict):
    debit: Account
    credit: Account
    debit_id: str
    credit_id: str
    amount: Money


class PracticeAdded(TypedDict):
    added: int
    skipped_existing: int


class PracticeItem(TypedDict):
    id: str
    job_id: str
    external_id: str
    content: dict[str, Any]
    expected: dict[str, Any]
    explanation: str
    is_example: bool
    created_at: str


class PracticeItemPage(TypedDict):
    data: list[PracticeItem]
    next_cursor: str | None
    has_more: bool


class PracticeItemsInput(TypedDict):
    items: list[PracticeRowInput]


class PracticeRowInput(TypedDict):
    external_id: str
    content: dict[str, Any]
    """As of an item of the job, without addresses."""
    expected: dict[str, Any]
    """Valid under the job's label schema."""
    explanation: NotRequired[str]
    is_example: NotRequired[bool]
    """Shown with its answer, instead of being answered first."""


class Prelabel(TypedDict):
    answer: dict[str, Any]
    """As a worker would answer under the job's label schema."""
    model: str
    version: NotRequired[str]
    confidence_ppm: NotRequired[int]
    """Parts per million."""


class PriceChain(TypedDict):
    answer_id: str
    item_id: str
    job_id: str
    rate: str
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
    price_visibility: Literal["full", "shares", "finance_only"]
    client_price: Money
    parts: list[ChainPart]
    origins: list[PriceOrigin]
    """Who set the prices that you may know, from the client's down to the worker's pay."""
    extras: list[Extra]
    """Paid for the same claim beside the price of its answers, as far as you pay it."""


class PriceChains(TypedDict):
    data: list[PriceChain]


class PriceOrigin(TypedDict):
    price: Literal["client_price", "fee", "buying", "pay"]
    """What a layer sells at is the `buying` price of the next one, or the pay."""
    amount: Money
    under: Literal["publication", "offer", "amendment", "tasks"]
    """The job's publication, an accepted offer or amendment, or the opening of tasks."""
    version: int
    """Of the contract's prices: 1 is the offer."""
    set_at: str
    set_by: str | None
    """Null for the platform, and for whom the job's policy does not show."""
    agreed_at: str | None
    agreed_by: str | None
    layer: int | None
    """Which layer buys at it, or opened the tasks."""
    contract_id: str | None
    amendment_id: str | None


class PriorityInput(TypedDict):
    priority: int


class Problem(TypedDict):
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


class Progress(TypedDict):
    items: int
    items_withdrawn: int
    """Of the items, taken back by the client."""
    tasks: int
    tasks_done: int
    seats_wanted: int
    seats_released: int
    """Paid for by the reserve and given out so far."""
    seats_open: int
    """Can be claimed now."""
    seats_taken: int
    """Held, waiting for review or decided."""
    seats_withdrawn: int
    waiting_for_review: int
    """Claims."""
    answers: dict[str, int]
    """Answers by state."""
    items_prelabeled: int
    """Items that came with a model's proposal."""
    answers_as_prelabeled: int
    """Answers that say what the model proposed."""
    answers_unlike_prelabel: int
    """Answers that changed what the model proposed."""
    overlap: OverlapProgress | None
    """Null for a job whose items get no further answers than its redundancy."""


class Protection(TypedDict):
    recovery_after_items: NotRequired[int | None]
    """Paid each time a worker answered so many on one day."""
    recovery_after_minutes: NotRequired[int | None]
    """Or each time a worker was active for so long on one day."""
    recovery_minutes: int
    """So many minutes are paid."""
    recovery_rate: Money
    """For an hour."""


class PublishedJob(TypedDict):
    id: str
    organization_id: str
    title: str
    kind: Literal[
        "image_boxes",
        "image_polygons",
        "image_points",
        "text_classification",
        "text_spans",
        "audio_segments",
        "audio_transcript",
        "cuboids",
        "preference",
        "ranking",
        "free_text",
        "external",
    ]
    state: Literal["archived", "cancelled", "completed", "draft", "draining", "funded", "open", "paused", "settled"]
    version: int
    instructions: str
    label_schema: dict[str, Any]
    currency: str
    redundancy: int
    layers_max: int
    worker_share_min_ppm: int | None
    """The client's cap; null where it sets none, and to layers."""
    deferral_months_max: int | None
    settlement_terms: list[TermPart]
    price_visibility: str
    acceptance_by: str
    auto_accept_seconds: int
    redo_max: int
    inspection_days: int
    quality_share_ppm: int
    media_retention_days: int | None
    claims_held_max: int | None
    late_answers_max: int
    media_purged_at: str | None
    lease_seconds: int
    severity: int
    allowance: Money
    protection: Protection | None
    screening: Screening
    review: ReviewPolicy
    overlap: Overlap | None
    consensus: ConsensusPolicy
    gold: GoldPolicy | None
    fee_ppm: int
    guideline_version: int
    rates: list[Rate]
    created_at: str
    published_at: str | None
    warnings: list[JobWarning]
    """What may not be meant so; nothing forbids it."""


class Quality(TypedDict):
    computed_at: str | None
    """Real time; null before the first report."""
    job: QualityAlpha | None
    """Null for a layer."""
    contracts: list[QualityContract]
    labels: list[QualityLabel]
    workers: list[QualityWorker]
    """At most 500, the busiest."""
    confusion: list[QualityConfusion]
    """The most frequent 1,000."""


class QualityAlpha(TypedDict):
    answers: int
    """Submitted; of a label those accepted."""
    accepted: int
    """Or paid and not used."""
    redone: int
    """Sent back at least once."""
    rejected: int
    acceptance_rate: float | None
    """Accepted of those accepted or rejected."""
    compared: int
    """Accepted answers whose item has a consensus of two answers or more."""
    agreement: float | None
    """Of these with the consensus, on average."""
    alpha: float | None
    """Krippendorff's: 1 is full agreement, 0 is chance; null where it says nothing."""
    alpha_low: float | None
    """Of its 95 % bootstrap interval."""
    alpha_high: float | None
    """Of its 95 % bootstrap interval."""
    alpha_items: int
    """Items with two answers or more."""


class QualityClaim(TypedDict):
    id: str
    job_id: str
    contract_id: str | None
    """Of the layer that vouched; null where that layer is hidden from you."""
    claimant_organization_id: str | None
    """Null: a layer above that is hidden from you."""
    against_organization_id: str | None
    """Null: a layer below that is hidden from you."""
    answer_ids: list[str]
    state: Literal["contested", "dismissed", "open", "upheld", "withdrawn"]
    category: str
    rule: str | None
    reason: str
    response: str | None
    decision_reason: str | None
    asked: Money
    awarded: Money
    """What is given back: nothing until it is upheld, then what was asked."""
    collected: Money
    """What of that is back in the job's reserve: nothing, or all."""
    uncollected: Money
    """What of it is still to come: all of it at one time, once the layer's margins reach."""
    written_off: Money
    """What of it the layer could never give."""
    opened_at: str
    deadline_at: str
    """Silence of the layer until then decides for the claimant."""
    decided_at: str | None


class QualityClaimDecision(TypedDict):
    decision: Literal["upheld", "dismissed"]
    reason: str
    """Both sides read it."""


class QualityClaimInput(TypedDict):
    answer_ids: list[str]
    """Of one job, all vouched for by one layer."""
    category: Literal[
        "extra_label",
        "guideline_broken",
        "imprecise",
        "incomplete",
        "missing_label",
        "no_effort",
        "not_needed",
        "other",
        "unreadable_item",
        "wrong_label",
    ]
    rule: NotRequired[str]
    """A rule of the guideline that the work had frozen; a client must cite one."""
    reason: str
    amount: Money
    """At most the job's `quality_share_ppm` of what you pay for these answers to the layers below you.
    Upheld, it brings just that.
    """


class QualityClaimPage(TypedDict):
    data: list[QualityClaim]
    next_cursor: str | None
    has_more: bool


class QualityClaimResponse(TypedDict):
    response: str


class QualityConfusion(TypedDict):
    given: str
    consensus: str
    answers: int


class QualityContract(TypedDict):
    answers: int
    """Submitted; of a label those accepted."""
    accepted: int
    """Or paid and not used."""
    redone: int
    """Sent back at least once."""
    rejected: int
    acceptance_rate: float | None
    """Accepted of those accepted or rejected."""
    compared: int
    """Accepted answers whose item has a consensus of two answers or more."""
    agreement: float | None
    """Of these with the consensus, on average."""
    alpha: float | None
    """Krippendorff's: 1 is full agreement, 0 is chance; null where it says nothing."""
    alpha_low: float | None
    """Of its 95 % bootstrap interval."""
    alpha_high: float | None
    """Of its 95 % bootstrap interval."""
    alpha_items: int
    """Items with two answers or more."""
    contract_id: str


class QualityLabel(TypedDict):
    answers: int
    """Submitted; of a label those accepted."""
    accepted: int
    """Or paid and not used."""
    redone: int
    """Sent back at least once."""
    rejected: int
    acceptance_rate: float | None
    """Accepted of those accepted or rejected."""
    compared: int
    """Accepted answers whose item has a consensus of two answers or more."""
    agreement: float | None
    """Of these with the consensus, on average."""
    alpha: float | None
    """Krippendorff's: 1 is full agreement, 0 is chance; null where it says nothing."""
    alpha_low: float | None
    """Of its 95 % bootstrap interval."""
    alpha_high: float | None
    """Of its 95 % bootstrap interval."""
    alpha_items: int
    """Items with two answers or more."""
    label: str


class QualityWorker(TypedDict):
    answers: int
    """Submitted; of a label those accepted."""
    accepted: int
    """Or paid and not used."""
    redone: int
    """Sent back at least once."""
    rejected: int
    acceptance_rate: float | None
    """Accepted of those accepted or rejected."""
    compared: int
    """Accepted answers whose item has a consensus of two answers or more."""
    agreement: float | None
    """Of these with the consensus, on average."""
    worker: str
    """The pseudonym that exports of the job give the worker."""


class QueueLine(TypedDict):
    claim_id: str
    job_id: str
    job_title: str
    contract_id: str
    rate: str
    item_count: int
    attempt: int
    submitted_at: str | None
    auto_accept_at: str | None
    """When silence accepts it, or what of it is held."""
    seconds_left: int
    """Until silence accepts it."""
    reserved_until: str | None
    """Until when a reviewer has it in hand; it binds nobody."""
    reserved_by_me: bool


class QueueLinePage(TypedDict):
    data: list[QueueLine]
    next_cursor: str | None
    has_more: bool


class Quote(TypedDict):
    owed: Money
    """What of the debt it pays, in the currency owed."""
    paid: Money
    """What the payee gets for it."""
    rate: str
    """How much of `bought` one of `sold` buys, with all its digits."""
    source: str
    quoted_at: str
    valid_until: str


class Rate(TypedDict):
    code: str
    price: Money
    """Per accepted answer, the fee inside."""
    fee: Money | None
    """Fixed at publication; null before."""
    worker_pay_min: Money | None
    """The client's cap; null where it sets none, and to layers."""
    pay_floor: Money
    """The least a worker may get, after all caps of the job."""
    item_count: int
    prelabeled_item_count: int
    """Of these items, with a model's proposal."""


class RateCost(TypedDict):
    code: str
    price: Money
    """Per accepted answer, the fee inside."""
    fee: Money
    """In the price; fixed at publication, as it would be fixed before."""
    items: int
    answers: int
    """At most: items times redundancy, or answers_max."""
    cost: Money
    """Answers times price."""
    fees: Money
    """Answers times fee; inside the cost."""


class RateInput(TypedDict):
    code: str
    price: Money
    worker_pay_min: NotRequired[Money | None]
    """No layer may open tasks below this pay."""


class RateMargin(TypedDict):
    rate: str
    buys: Money
    sells: Money
    margin: Money
    answers: int
    """Accepted so far."""
    earned: Money


class RateNotice(TypedDict):
    batch_id: str
    pay: Money
    reason: str
    given_at: str
    effective_at: str
    """From then on items may be opened anew at that pay."""


class RateNoticeInput(TypedDict):
    pay: Money
    """For an accepted answer, from fourteen days on."""
    reason: str
    """Read by the workers."""


class ReadBack(TypedDict):
    adopted: int
    """Payouts that the rails had sent."""
    rebuilt: int
    """Payouts made since the backup."""
    given_up: int
    """Payouts of drafts that nobody sent."""
    left: list[Unexplained]


class ReasonInput(TypedDict):
    reason: str
    """The one concerned reads it."""


class RecallInput(TypedDict):
    rates: NotRequired[dict[str, RecallRateInput]]
    """By rate code: so many items that are neither offered below nor in tasks. If left out, all that
    nobody works on is taken back, at every level below too, and the contract ends.
    """


class RecallRateInput(TypedDict):
    items: int


class Receipt(TypedDict):
    event_id: str
    leaf_hash: str
    """Hexadecimal."""
    issued_at: str
    """Real time."""
    included_by: str
    """Real time; a minute later."""
    note: str
    """A C2SP signed note (Ed25519) over all of this: keep it."""


class Receipts(TypedDict):
    data: list[Receipt]


class ReconciliationDay(TypedDict):
    day: str
    rail: str
    currency: str
    lines: int
    cleared: int
    """Lines that are explained."""
    timely: int
    """Lines that were explained within 3 days."""
    statements: int
    """Statements of the bank that closed that day."""
    sound: int
    """Of these, those that follow the one before and add up."""
    clearing_ppm: int | None
    """Cleared of all lines, in millionths, rounded down; null where there is none."""
    timeliness_ppm: int | None
    """Timely of all lines, in millionths, rounded down; null where there is none."""
    completeness_ppm: int | None
    """Sound of all statements, in millionths, rounded down; null where there is none."""


class ReconciliationDays(TypedDict):
    data: list[ReconciliationDay]


class RedundancyInput(TypedDict):
    redundancy: int


class Refund(TypedDict):
    id: str
    organization_id: str
    deposit_id: str
    rail: str
    amount: Money
    state: Literal["pending", "refused", "settled"]
    reason: str | None
    created_at: str
    settled_at: str | None


class RefundInput(TypedDict):
    amount: Money


class RefundPage(TypedDict):
    data: list[Refund]
    next_cursor: str | None
    has_more: bool


class RefusedClaim(TypedDict):
    claim_id: str
    code: str
    """The code of the problem: `not_found`, `review_own_answer`, or `state_conflict` where no answer
    of it waits.
    """
    detail: str


class ReleaseInput(TypedDict):
    reason: str


class Remittance(TypedDict):
    id: str
    tax: Literal["withheld", "sales"]
    authority: str
    first: str
    last: str
    amount: Money
    state: Literal["approved", "paid", "proposed", "rejected"]
    proposed_by: str
    proposed_at: str
    decided_by: str | None
    decided_at: str | None
    paid_at: str | None
    reference: str | None
    """What the bank calls the payment."""
    journal_id: str | None


class RemittanceInput(TypedDict):
    tax: NotRequired[Literal["withheld", "sales"]]
    """`withheld` from payouts, or `sales` tax inside the fees of invoices."""
    authority: str
    currency: str
    first: str
    """First day of the period, UTC: payouts settled in it, months of fees ended in it."""
    last: str
    """Its last day, which is over; the fees of its months are invoiced."""


class RemittancePage(TypedDict):
    data: list[Remittance]
    next_cursor: str | None
    has_more: bool


class RemittancePaidInput(TypedDict):
    line_id: NotRequired[str]
    """The line that took exactly its amount."""
    reference: NotRequired[str]
    """Instead of a line, for the operating account: what the bank calls the payment."""


class RemittedDocument(TypedDict):
    invoice_id: str
    number: str
    kind: Literal["invoice", "credit_note"]
    month: str
    """Of the fees: `2027-01`."""
    organization_id: str
    rate_ppm: int
    net: SignedMoney
    tax: SignedMoney
    """Of this authority."""


class RemittedDocumentPage(TypedDict):
    data: list[RemittedDocument]
    next_cursor: str | None
    has_more: bool


class RemittedPayee(TypedDict):
    payee_kind: Literal["worker", "layer"]
    payee_id: str
    """`per_…` of a worker, `org_…` of a layer."""
    payouts: int
    gross: SignedMoney
    """What the payouts paid before tax."""
    withheld: SignedMoney


class RemittedPayeePage(TypedDict):
    data: list[RemittedPayee]
    next_cursor: str | None
    has_more: bool


class ReportedPayment(TypedDict):
    reference: str
    """Its end-to-end id."""
    status: str
    """The bank's code, such as RJCT."""
    reason: str | None
    """The bank's code, such as AC04."""
    effect: Literal["refused", "noted", "contradicted"]
    """`contradicted`: rejected, and yet a statement shows it, or it was given up before."""


class Reserve(TypedDict):
    reserve: Money
    """All that is tied to the job."""
    committed: Money
    """For released seats not yet paid or finally refused."""
    free: Money


class ResponseInput(TypedDict):
    response: str


class Result(TypedDict):
    answer_id: str
    item_id: str
    external_id: str
    rate: str
    ordinal: int
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
    used: bool
    """False for what is paid but not used."""
    content: dict[str, Any] | None
    """Null unless it is paid for."""
    submitted_at: str
    decided_at: str | None
    agreement: float | None
    """0 to 1; null for a single answer."""
    consensus: dict[str, Any] | None
    adjudicated: bool
    """Whether the consensus is what a third person decided, for lack of agreement."""
    prelabel_changed: bool | None
    """Whether the worker changed what a model had proposed; null without a proposal, and unless the
    answer is paid for.
    """
    correction: Correction | None
    """What a reviewer says it should have said."""
    decided_by: Literal["reviewer", "timer", "sampling", "dispute"] | None
    """`sampling`: accepted, for it was not drawn for review."""


class ResultPage(TypedDict):
    data: list[Result]
    next_cursor: str | None
    has_more: bool


class RetireGoldInput(TypedDict):
    reason: str


class Review(TypedDict):
    claim_id: str
    job_id: str
    job_title: str
    contract_id: str
    rate: str
    item_count: int
    attempt: int
    submitted_at: str | None
    auto_accept_at: str | None
    """When silence accepts it, or what of it is held."""
    state: Literal["claimed", "decided", "expired", "released", "returned", "submitted"]
    instructions: str
    label_schema: dict[str, Any]
    guideline: FrozenGuideline | None
    answers: list[ReviewAnswer]


class ReviewAnswer(TypedDict):
    id: str
    item_id: str
    external_id: str
    ordinal: int
    item: dict[str, Any]
    """The item's content."""
    media_path: str | None
    """A short-lived link to the image, for you alone."""
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
    """What was answered; null for the client once it is finally rejected: no data without pay."""
    agreement: float | None
    """0 to 1, how well all answers to the item agree; null for one."""
    prelabel_changed: bool | None
    """Whether it changes what a model proposed; null without a proposal."""
    verdicts: list[PastVerdict]
    hold: Hold | None
    correction: Correction | None


class ReviewPolicy(TypedDict):
    mode: Literal["all", "sample"]
    first_every: int
    first_count: int
    then_every: int
    label_every: int
    floor_ppm: int
    agreement_min_ppm: int
    blind: bool


class ReviewPolicyInput(TypedDict):
    mode: NotRequired[Literal["all", "sample"]]
    """`all`, or `sample`: what is not drawn is accepted at once, and says so."""
    first_every: NotRequired[int]
    """One of so many of a worker's first answers in the job is drawn."""
    first_count: NotRequired[int]
    """How many answers are the first."""
    then_every: NotRequired[int]
    """One of so many is drawn after them."""
    label_every: NotRequired[int]
    """Of each label one of so many."""
    floor_ppm: NotRequired[int]
    """Never fewer than so many parts per million of a worker's answers."""
    agreement_min_ppm: NotRequired[int]
    """Answers to an item that agree less than this are always reviewed; 0: none for that."""
    blind: NotRequired[bool]
    """Reviewers see neither other verdicts nor agreement before they decide."""


class ReviewerStatistics(TypedDict):
    person_id: str
    name: str
    organization_id: str
    decided: int
    accepted: int
    corrected: int
    """Accepted with a corrected copy."""
    redo: int
    rejected: int
    paid_not_used: int
    rejected_share: float
    """Of what was decided, 0 to 1."""
    contested: int
    """Verdicts whose dispute was decided."""
    overturned: int
    """Of these, those the worker won, also after an appeal."""
    overturned_share: float | None
    median_seconds: int
    """From submission to verdict."""


class RevocationInput(TypedDict):
    leaked: NotRequired[bool]
    """Also end what it was rotated to: whoever has it may have done that."""


class Role(TypedDict):
    role: Literal["auditor", "dispute_decider", "finance", "manager", "operations", "requester", "reviewer"]
    name: str
    permissions: list[Permission]


class RoleInput(TypedDict):
    role: Literal["auditor", "dispute_decider", "finance", "manager", "operations", "requester", "reviewer"]


class RolePage(TypedDict):
    data: list[Role]
    next_cursor: str | None
    has_more: bool


class RotationInput(TypedDict):
    overlap_seconds: NotRequired[int]
    """0 ends the old one with this request; should its answer get lost, only somebody who signs in at
    the pages can issue another.
    """


class Rule(TypedDict):
    id: str
    text: str


class Run(TypedDict):
    id: str
    state: Literal["approved", "cancelled", "done", "executing", "prepared"]
    rail: str
    due_by: str
    prepared_by: str
    prepared_at: str
    approved_by: str | None
    approved_at: str | None
    executed_by: str | None
    executed_at: str | None
    done_at: str | None


class RunDetail(TypedDict):
    id: str
    state: Literal["approved", "cancelled", "done", "executing", "prepared"]
    rail: str
    due_by: str
    prepared_by: str
    prepared_at: str
    approved_by: str | None
    approved_at: str | None
    executed_by: str | None
    executed_at: str | None
    done_at: str | None
    totals: list[RunTotal]
    pay_holds: int
    """Holds of finance in force when it was prepared: what they hold is left out."""


class RunInput(TypedDict):
    rail: NotRequired[str]
    due_by: NotRequired[str | None]
    """Today if left out."""


class RunPage(TypedDict):
    data: list[Run]
    next_cursor: str | None
    has_more: bool


class RunTotal(TypedDict):
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
    count: int
    amount: Money


class SalesTaxRate(TypedDict):
    country: str
    authority: str
    rate_ppm: int
    valid_from: str
    set_at: str


class SalesTaxRateInput(TypedDict):
    country: str
    authority: str
    rate_ppm: int
    """Parts per million of the net; 0 ends it."""
    valid_from: str


class SalesTaxRates(TypedDict):
    data: list[SalesTaxRate]


class Sampling(TypedDict):
    job_id: str
    seed_digest: str
    """SHA-256 of the secret, hex; in the log before any draw."""
    seed: str | None
    """The secret, hex, once nothing can be drawn any more; the auditor's at any time."""
    answers: int
    """Looked at so far."""
    drawn: dict[str, int]
    """How many were drawn, by `worker`, by `label`, or because of `agreement` or `gold`."""


class Scorecard(TypedDict):
    data: list[ScorecardWindow]
    """The shortest window first."""


class ScorecardWindow(TypedDict):
    days: int
    answers_decided: int
    """Of claims decided in the window, as they stand now."""
    accepted_first: int
    """Accepted at the first attempt."""
    accepted_first_share: float | None
    """0 to 1, of the answers decided; null where there are none."""
    accepted_later: int
    """Accepted after a redo."""
    redone: int
    """Sent back at least once."""
    redone_share: float | None
    """0 to 1, of the answers decided; null where there are none."""
    paid_not_used: int
    rejected: int
    """Stand rejected, lapsed redos among them."""
    rejected_share: float | None
    """0 to 1, of the answers decided; null where there are none."""
    overturned: int
    """Rejected, and paid after a dispute."""
    overturned_share: float | None
    """0 to 1, of the answers decided; null where there are none."""
    submitted_after_seconds: int | None
    """Median from the opening of tasks to the submission."""
    claims_ended: int
    """By a decision or by time."""
    claims_expired: int
    claims_expired_share: float | None
    """0 to 1, of the claims that ended; null where there are none."""
    disputes_decided: int
    disputes_lost: int
    """Decided for the worker."""
    disputes_lost_share: float | None
    """0 to 1, of the disputes decided; null where there are none."""
    payments: int
    """Workers' shares of answers that were paid."""
    days_to_pay_average: float | None
    """From the day of acceptance to the day of payment."""
    days_to_pay_most: int | None


class Screening(TypedDict):
    countries: list[str]
    """The worker lives in one of them."""
    languages: list[str]
    """The worker knows every one of them."""
    skills: list[str]
    """Of the client; the worker has every one."""
    skill_names: list[str]
    """In the order of `skills`."""
    score_min: int | None
    """The worker's least score, of 100, at this kind of labeling."""
    score_unknown: Literal["admit", "refuse"]
    """What becomes of those without a known score."""


class ScreeningInput(TypedDict):
    countries: NotRequired[list[str]]
    """ISO 3166, two letters: the worker lives in one of them."""
    languages: NotRequired[list[str]]
    """BCP 47, two letters: the worker knows every one of them."""
    skills: NotRequired[list[str]]
    """Skills of your organization: the worker has every one of them, granted and live."""
    score_min: NotRequired[int | None]
    """The least score, of 100, at the job's kind of labeling; null asks for none."""
    score_unknown: NotRequired[Literal["admit", "refuse"]]
    """Whether workers are admitted or refused whose score is not known: as everybody's is before their
    first answers, and when they have not worked at this kind for long.
    """


class SecretRotationInput(TypedDict):
    overlap_seconds: NotRequired[int]
    """Every delivery carries both signatures meanwhile; 0 ends the old one at once."""


class SignedMoney(TypedDict):
    amount: str
    """A decimal string, with at most four decimals more than the currency's minor unit."""
    currency: str


class Skill(TypedDict):
    id: str
    organization_id: str
    code: str
    name: str
    description: str
    created_at: str


class SkillGrant(TypedDict):
    id: str
    skill_id: str
    worker_id: str
    state: Literal["live", "expired", "revoked"]
    reason: str
    granted_at: str
    expires_at: str
    revoked_at: str | None
    revocation_reason: str | None


class SkillGrantInput(TypedDict):
    worker_id: str
    expires_at: str
    """By the market's clock; at most five years ahead."""
    reason: str
    """The worker reads it."""


class SkillGrantPage(TypedDict):
    data: list[SkillGrant]
    next_cursor: str | None
    has_more: bool


class SkillInput(TypedDict):
    code: str
    name: str
    description: str
    """What the worker shows; workers read it."""


class SkillPage(TypedDict):
    data: list[Skill]
    next_cursor: str | None
    has_more: bool


class SkipCount(TypedDict):
    reason: Literal["too_hard", "unclear", "broken_item", "distressing", "other"]
    item_id: str | None
    """Null for tasks as a whole."""
    external_id: str | None
    skips: int
    last_at: str


class SkipCountPage(TypedDict):
    data: list[SkipCount]
    next_cursor: str | None
    has_more: bool


class SoldOn(TypedDict):
    to: Literal["layer", "workers"]
    rate_code: str
    price: Money
    """Per accepted answer."""
    items: int


class Statement(TypedDict):
    month: str
    data: list[CurrencyStatement]


class StatementGap(TypedDict):
    account: str
    after: str
    """The bank's id of the statement before the gap."""
    closing: SignedMoney
    """What the account holds: below nothing where it is overdrawn."""
    before: str
    """The bank's id of the statement after the gap."""
    opening: SignedMoney
    """What the account holds: below nothing where it is overdrawn."""


class StatementInstallment(TypedDict):
    id: str
    payee_kind: Literal["worker", "layer"]
    payee_id: str
    """`per_…` of a worker, `org_…` of a layer."""
    contract_id: str
    due_on: str
    amount: Money
    state: Literal["advanced", "cancelled", "due", "held", "in_payout", "kept", "paid", "scheduled", "unclaimed"]
    held_reason: str | None
    payout_id: str | None
    paid_at: str | None


class StatementInstallmentPage(TypedDict):
    data: list[StatementInstallment]
    next_cursor: str | None
    has_more: bool


class StatementLine(TypedDict):
    accepted_on: str
    contract_id: str
    amount: Money
    price_chain: PriceChain | None


class StatementLinePage(TypedDict):
    data: list[StatementLine]
    next_cursor: str | None
    has_more: bool


class StatementMonths(TypedDict):
    data: list[str]


class StatementPayout(TypedDict):
    id: str
    contract_id: str | None
    state: str
    sent: Money
    came_back: Money
    tax: SignedMoney
    """What of that was withheld, less what came back."""
    advance_fee: SignedMoney
    """Beside that, for pay taken early."""
    paid: Money
    """What the payee gets, in the currency chosen."""
    rail: str
    rail_reference: str | None
    sent_at: str | None
    settled_at: str | None


class StatementPayoutPage(TypedDict):
    data: list[StatementPayout]
    next_cursor: str | None
    has_more: bool


class Statistics(TypedDict):
    data: list[ReviewerStatistics]


class StatuteInput(TypedDict):
    name: str
    article: str
    counted_from: str
    """The moment from which the statute counts; ours is always the day of acceptance."""
    read_on: str
    """When the statute was read."""


class TakeInput(TypedDict):
    job_id: NotRequired[str]
    contract_id: NotRequired[str]
    held: NotRequired[bool]
    """Of what is held for your side to decide."""
    sampled: NotRequired[bool]


class TasksInput(TypedDict):
    rate: str
    items: NotRequired[int | None]
    """All free ones if left out."""
    items_per_task: int
    pay: Money
    """The worker's pay per accepted answer."""
    lease_seconds: NotRequired[int | None]
    settlement_terms: NotRequired[list[TermPart]]
    """When workers are paid; the job's terms if left out."""
    priority: NotRequired[int]
    """Workers who ask for the next task are offered a higher priority earlier: each step is worth a
    day of waiting, so that nothing waits for ever.
    """
    team_ids: NotRequired[list[str]]
    """Your open teams whose members alone find and claim these tasks; everybody if empty."""


class TaxLine(TypedDict):
    authority: str
    rate_ppm: int


class TaxLineInput(TypedDict):
    authority: str
    rate_ppm: int
    """Parts per million; of each payout by itself, rounded down to minor units."""


class TaxYearLine(TypedDict):
    payee_kind: Literal["worker", "layer"]
    payee_id: str
    """`per_…` of a worker, `org_…` of a layer."""
    gross: Money
    withheld: list[AuthoritySum]
    net: Money


class TaxYearLinePage(TypedDict):
    data: list[TaxYearLine]
    next_cursor: str | None
    has_more: bool


class Team(TypedDict):
    id: str
    organization_id: str
    name: str
    state: Literal["closed", "open"]
    """Nobody is in a closed team any more."""
    workers: int
    """How many are in it."""
    version: int
    created_at: str
    closed_at: str | None


class TeamInput(TypedDict):
    name: str


class TeamInvitation(TypedDict):
    id: str
    team_id: str
    email: str
    state: Literal["accepted", "declined", "pending", "revoked", "expired"]
    invited_by: str | None
    verify_code: str | None
    """Anybody who holds it sees at `/verify/{code}`, or as JSON at `/v1/verify/{code}`, who invites
    for what, that it is free, and until when; it accepts nothing.
    """
    created_at: str
    expires_at: str
    decided_at: str | None


class TeamInvitationInput(TypedDict):
    email: str


class TeamInvitationPage(TypedDict):
    data: list[TeamInvitation]
    next_cursor: str | None
    has_more: bool


class TeamMember(TypedDict):
    person_id: str
    name: str
    joined_at: str


class TeamMemberPage(TypedDict):
    data: list[TeamMember]
    next_cursor: str | None
    has_more: bool


class TeamPage(TypedDict):
    data: list[Team]
    next_cursor: str | None
    has_more: bool


class TermPart(TypedDict):
    weight: int
    months: int
    anchor: Literal["acceptance", "month_end"]
    """`acceptance`: so many months after the day of acceptance; `month_end`: at the end of the month
    that many months after the month of acceptance.
    """
    business_day: NotRequired[Literal["none", "following", "preceding", "modified_following"]]
    """Where a due date goes that falls on a closed day; nowhere if left out. The same in all parts, as
    are the two below. `following` counts as a month more for `deferral_months_max`.
    """
    calendar: NotRequired[str | None]
    """A calendar of `GET /v1/business-calendars`; without it Saturdays and Sundays are closed."""
    time_zone: NotRequired[str]
    """Of the time zone database: where the day of acceptance and its month are counted; UTC if left
    out.
    """


class Timestamp(TypedDict):
    tree_size: int
    """Leaves of the head; the time stamp is over its note."""
    authority: str
    """The address that was asked."""
    stamped_at: str
    """As the authority says."""
    token: str
    """The TimeStampToken in DER, as base64: keep it."""


class TimestampPage(TypedDict):
    data: list[Timestamp]
    next_cursor: str | None
    has_more: bool


class Trail(TypedDict):
    payout_id: str
    adds_up: bool
    breaks: list[TrailBreak]
    steps: list[TrailStep]
    """Always all six, in their order."""
    bridges: list[TrailBridge]
    """Between each step and the next."""
    attempts: list[TrailAttempt]
    lines: list[TrailLine]
    now: list[TrailWhereabouts]


class TrailAttempt(TypedDict):
    attempt: int
    key: str
    tries: int
    first_at: str
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
    reference: str | None
    code: str | None


class TrailBreak(TypedDict):
    step: Literal["answers", "earnings", "installments", "payout", "transfer", "lines"]
    what: Literal[
        "price_not_split",
        "earning_not_shared",
        "installment_not_made",
        "line_not_installment",
        "not_explained",
        "not_in_the_books",
        "line_without_journal",
    ]
    subject: str | None
    """The id of the answer, earning, installment or line, where it is of one."""
    expected: SignedMoney
    found: SignedMoney


class TrailBridge(TypedDict):
    before: Literal["answers", "earnings", "installments", "payout", "transfer", "lines"]
    after: Literal["answers", "earnings", "installments", "payout", "transfer", "lines"]
    reasons: list[TrailReason]
    unexplained: list[SignedMoney]
    """Empty where it adds up."""


class TrailEarning(TypedDict):
    item_id: str
    external_id: str
    answer_id: str
    claim_id: str
    earning_id: str
    installment_id: str
    accepted_on: str
    due_on: str
    price: Money
    """The client's, for the answer."""
    earned: Money
    """By this payee, for the answer."""
    share: Money
    """What of that this payout pays."""


class TrailEarningPage(TypedDict):
    data: list[TrailEarning]
    next_cursor: str | None
    has_more: bool


class TrailInstallment(TypedDict):
    id: str
    contract_id: str
    due_on: str
    state: Literal["advanced", "cancelled", "due", "held", "in_payout", "kept", "paid", "scheduled", "unclaimed"]
    payout_id: str | None
    """Which payout it is in now."""
    amount: Money
    taken: Money
    """As the payout took it."""


class TrailInstallmentPage(TypedDict):
    data: list[TrailInstallment]
    next_cursor: str | None
    has_more: bool


class TrailLine(TypedDict):
    id: str
    external_id: str
    kind: str
    state: str
    reference: str
    occurred_at: str
    amount: SignedMoney
    fee: SignedMoney
    booked_by_this_payout: bool


class TrailReason(TypedDict):
    reason: Literal[
        "platform_fee",
        "margins_of_others",
        "pay_of_the_workers",
        "not_yet_due",
        "due",
        "held",
        "returned",
        "unclaimed",
        "in_another_payout",
        "taken_by_charges",
        "kept",
        "accepted_by_mistake",
        "extras",
        "charges",
        "changed_since",
        "advance_fee",
        "carried_in",
        "carried_out",
        "withheld",
        "exchanged",
        "not_sent",
        "refused",
        "given_up",
        "no_answer",
        "not_confirmed",
        "not_imported",
        "changed_by_rail",
        "rail_fee",
    ]
    amount: SignedMoney
    about: str | None
    """The tax authority, the rate, or the line that it is of."""


class TrailStep(TypedDict):
    step: Literal["answers", "earnings", "installments", "payout", "transfer", "lines"]
    count: int
    sums: list[SignedMoney]
    booked: list[SignedMoney] | None
    """From the ledger's postings; null where it keeps no such sum."""


class TrailWhereabouts(TypedDict):
    state: Literal["advanced", "cancelled", "due", "held", "in_payout", "kept", "paid", "scheduled", "unclaimed"]
    payout_id: str | None
    count: int
    amount: Money


class TrialBalance(TypedDict):
    data: list[TrialLine]


class TrialLine(TypedDict):
    code: int
    name: str
    currency: str
    debits: Money
    credits: Money
    balance: Money
    """On the side on which accounts of this code grow."""


class UnansweredRefund(TypedDict):
    refund: Refund
    agreed_by: list[str]
    """Who said of this attempt that it never reached the rail."""
    why_not: str
    """Why nobody may say so yet; empty where they may."""


class UnansweredRefundPage(TypedDict):
    data: list[UnansweredRefund]
    next_cursor: str | None
    has_more: bool


class UndoInput(TypedDict):
    reason: str


class Unexplained(TypedDict):
    rail: str
    line_id: str | None
    """To acknowledge it by."""
    reference: str
    amount: SignedMoney | None
    at: str | None
    why: str


class Upload(TypedDict):
    id: str
    job_id: str
    actor: str
    """Who sent it."""
    format: Literal["json", "ndjson", "csv", "label_studio", "mturk"]
    packed: bool
    """Whether it came with gzip."""
    on_error: Literal["abort", "skip"]
    state: Literal["added", "broken", "receiving", "refused"]
    """`receiving`; `added`: its items are there; `refused`: `refusal_code` says why, and nothing was
    added; `broken`: connection or server broke off, nothing was added; send it again.
    """
    received_bytes: int | None
    """As sent, as far as they arrived."""
    sha256: str | None
    """Of the received bytes, hexadecimal."""
    added: int
    skipped_existing: int
    """Already there, with the same content."""
    error_count: int
    """All bad rows that were found."""
    kept_error_count: int
    """Those that are listed: the first ten thousand."""
    refusal_code: str | None
    refusal_detail: str | None
    started_at: str
    ended_at: str | None


class UploadError(TypedDict):
    line: int
    """The physical line, or the place in the list, from 1."""
    external_id: str | None
    code: str
    message: str
    pointer: str
    """The place inside the row (RFC 6901); empty for the whole row."""


class UploadErrorPage(TypedDict):
    data: list[UploadError]
    next_cursor: str | None
    has_more: bool


class UploadPage(TypedDict):
    data: list[Upload]
    next_cursor: str | None
    has_more: bool


class VerdictInput(TypedDict):
    answer_id: str
    verdict: Literal["accept", "redo", "reject", "pay_not_use"]
    """A rejection cites a rule of the frozen guideline."""
    category: NotRequired[
        Literal[
            "extra_label",
            "guideline_broken",
            "imprecise",
            "incomplete",
            "missing_label",
            "no_effort",
            "not_needed",
            "other",
            "unreadable_item",
            "wrong_label",
        ]
        | None
    ]
    comment: NotRequired[str | None]
    rule: NotRequired[str | None]
    correction: NotRequired[dict[str, Any] | None]
    """With an accept: a corrected copy of the answer, kept beside it and given with it."""


class VerdictsInput(TypedDict):
    verdicts: list[VerdictInput]
    pay_redo_fee: NotRequired[bool]
    """Ask for a redo beyond the job's limit: your layer pays the worker again, out of its margin."""


class WageFloor(TypedDict):
    country: str
    amount: Money
    """For an hour."""
    minutes_min: int
    """It is held against a batch once so many minutes of their work there are known."""
    set_at: str


class WageFloorInput(TypedDict):
    country: str
    amount: Money | None
    """For an hour; null ends the country's floor and the pauses by it."""
    minutes_min: NotRequired[int]
    """Held against a batch once so many minutes of work there are known."""


class WageFloors(TypedDict):
    data: list[WageFloor]


class WaitingPayments(TypedDict):
    count: int
    amount: Money


class Webhook(TypedDict):
    id: str
    url: str
    kinds: list[str]
    """The types of event that are sent."""
    description: str
    state: Literal["active", "disabled"]
    disabled_reason: Literal["owner", "gone", "failing"] | None
    """`owner`: by you; `gone`: the receiver answered 410; `failing`: it took nothing for days."""
    version: int
    failing_since: str | None
    """The first failure since the last success. Real time."""
    older_secret_until: str | None
    """Until when the secret before the last rotation signs too. Real time."""
    created_at: str
    """Real time."""


class WebhookChange(TypedDict):
    url: NotRequired[str]
    kinds: NotRequired[
        list[
            Literal[
                "amendment.accepted",
                "amendment.declined",
                "amendment.expired",
                "amendment.proposed",
                "amendment.withdrawn",
                "batch.pause_ended",
                "batch.paused",
                "checkpoint.anchored",
                "claim.accepted",
                "claim.held",
                "claim.paid_not_used",
                "claim.redo_requested",
                "claim.rejected",
                "claim.submitted",
                "claims.accepted",
                "contract.accepted",
                "contract.closed",
                "contract.declined",
                "contract.defaulted",
                "contract.exhausted",
                "contract.expired",
                "contract.frozen",
                "contract.handed_over",
                "contract.items_withdrawn",
                "contract.offered",
                "contract.recalled",
                "contract.silence_noticed",
                "contract.succeeded",
                "contract.unfrozen",
                "contract.withdrawn",
                "dispute.appeal_decided",
                "dispute.appealed",
                "dispute.decided",
                "dispute.opened",
                "export.ready",
                "handover.declined",
                "handover.expired",
                "handover.offered",
                "handover.withdrawn",
                "installment.due",
                "job.funded",
                "job.moved",
                "operation.finished",
                "payout.settled",
                "quality_claim.contested",
                "quality_claim.decided",
                "quality_claim.opened",
                "quality_claim.withdrawn",
                "review.breaker_ended",
                "review.breaker_tripped",
            ]
        ]
    ]
    description: NotRequired[str]
    state: NotRequired[Literal["active", "disabled"]]
    """Set active again, it goes on where it stopped: nothing is left out."""


class WebhookDelivery(TypedDict):
    id: str
    webhook_id: str
    message_id: str
    """What the receiver gets as `webhook-id`: the same on every try and redelivery."""
    type: str
    """Or `webhook.ping`."""
    event_id: str | None
    """null for a ping."""
    state: Literal["dead", "delivered", "pending", "redelivered", "retrying"]
    """`dead` after 12 tries; `redelivered` once it is sent again by hand."""
    payload: dict[str, Any]
    """What is sent."""
    next_try_at: str | None
    """Real time; null when it is over."""
    created_at: str
    """Real time."""
    ended_at: str | None
    """Real time."""
    attempts: list[Attempt]
    """The tries so far, in order."""


class WebhookDeliveryPage(TypedDict):
    data: list[WebhookDelivery]
    next_cursor: str | None
    has_more: bool


class WebhookInput(TypedDict):
    url: str
    """Begins with https:// and names a host of the public internet."""
    kinds: list[
        Literal[
            "amendment.accepted",
            "amendment.declined",
            "amendment.expired",
            "amendment.proposed",
            "amendment.withdrawn",
            "batch.pause_ended",
            "batch.paused",
            "checkpoint.anchored",
            "claim.accepted",
            "claim.held",
            "claim.paid_not_used",
            "claim.redo_requested",
            "claim.rejected",
            "claim.submitted",
            "claims.accepted",
            "contract.accepted",
            "contract.closed",
            "contract.declined",
            "contract.defaulted",
            "contract.exhausted",
            "contract.expired",
            "contract.frozen",
            "contract.handed_over",
            "contract.items_withdrawn",
            "contract.offered",
            "contract.recalled",
            "contract.silence_noticed",
            "contract.succeeded",
            "contract.unfrozen",
            "contract.withdrawn",
            "dispute.appeal_decided",
            "dispute.appealed",
            "dispute.decided",
            "dispute.opened",
            "export.ready",
            "handover.declined",
            "handover.expired",
            "handover.offered",
            "handover.withdrawn",
            "installment.due",
            "job.funded",
            "job.moved",
            "operation.finished",
            "payout.settled",
            "quality_claim.contested",
            "quality_claim.decided",
            "quality_claim.opened",
            "quality_claim.withdrawn",
            "review.breaker_ended",
            "review.breaker_tripped",
        ]
    ]
    """`amendment.accepted`: New prices of a contract stand. `amendment.declined`: New prices of a
    contract were declined. `amendment.expired`: A proposal of new prices ran out.
    `amendment.proposed`: New prices of a contract were proposed. `amendment.withdrawn`: A proposal
    of new prices was withdrawn. `batch.pause_ended`: Tasks that stood still to protect their
    workers can be claimed again. `batch.paused`: Tasks that your organization opened stand still to
    protect their workers. `checkpoint.anchored`: A signed head of the audit log was kept outside
    the database; keep it, and nobody can rewrite what is before. `claim.accepted`: Answers were
    accepted. `claim.held`: Rejections are held for another side to decide. `claim.paid_not_used`:
    Answers are paid for but not used. `claim.redo_requested`: Answers were sent back.
    `claim.rejected`: Answers were rejected. `claim.submitted`: Answers were submitted and wait for
    review. `claims.accepted`: Every waiting answer of some claims was accepted: by a reviewer for
    many at once, or because nobody reviewed them in time. `contract.accepted`: An offer was
    accepted. `contract.closed`: A contract's work is done. `contract.declined`: An offer was
    declined. `contract.defaulted`: Your organization is in default with a contract: what it earned
    by it is held. `contract.exhausted`: Every item of a contract is answered and decided.
    `contract.expired`: An offer ran out. `contract.frozen`: A contract was frozen by its buyer.
    `contract.handed_over`: Another seller accepted a contract that was taken over after a default,
    as it stands. `contract.items_withdrawn`: The client took items of a contract back that were in
    no task. `contract.offered`: A part of a job was offered to a layer. `contract.recalled`: Items
    of a contract went back to its buyer. `contract.silence_noticed`: Answers wait for your
    organization, which gave no verdict: from a moment on that counts as default.
    `contract.succeeded`: Another seller took a contract over from a layer in default, at its
    prices. `contract.unfrozen`: A contract is no longer frozen. `contract.withdrawn`: An offer was
    withdrawn. `dispute.appeal_decided`: An appeal ended. `dispute.appealed`: How a dispute was
    decided is appealed against. `dispute.decided`: A dispute ended. `dispute.opened`: A worker
    contests a rejection. `export.ready`: A file that your organization asked for can be fetched.
    `handover.declined`: The offer of a contract was declined. `handover.expired`: The offer of a
    contract ran out. `handover.offered`: A contract was offered to another seller, as it stands.
    `handover.withdrawn`: The offer of a contract was withdrawn. `installment.due`: An installment
    owed to your organization fell due. `job.funded`: Money was tied to a job. `job.moved`: A job
    changed its state. `operation.finished`: Long work that your organization asked for came to its
    end. `payout.settled`: A payout to your organization arrived. `quality_claim.contested`: A
    quality claim is contested; the platform's operations decide. `quality_claim.decided`: A quality
    claim ended. `quality_claim.opened`: The client, or a layer above, claims the quality of
    accepted answers from the layer that vouched for them. `quality_claim.withdrawn`: A quality
    claim was withdrawn. `review.breaker_ended`: Rejections of a contract are no longer held.
    `review.breaker_tripped`: Too much of a contract was rejected within a day; further rejections
    are held.
    """
    description: NotRequired[str]
    """For you, to know it by."""


class WebhookPage(TypedDict):
    data: list[Webhook]
    next_cursor: str | None
    has_more: bool


class WebhookSecret(TypedDict):
    id: str
    url: str
    kinds: list[str]
    """The types of event that are sent."""
    description: str
    state: Literal["active", "disabled"]
    disabled_reason: Literal["owner", "gone", "failing"] | None
    """`owner`: by you; `gone`: the receiver answered 410; `failing`: it took nothing for days."""
    version: int
    failing_since: str | None
    """The first failure since the last success. Real time."""
    older_secret_until: str | None
    """Until when the secret before the last rotation signs too. Real time."""
    created_at: str
    """Real time."""
    secret: str | None
    """Verifies the signatures. Shown this once; null when the answer is replayed."""


class WithdrawItemsInput(TypedDict):
    external_ids: NotRequired[list[str]]
    ranges: NotRequired[list[ItemRangeInput]]
    all_free: NotRequired[bool]
    """True: all items that are in no task."""


class Withheld(TypedDict):
    authority: str
    rate_ppm: int
    amount: Money


class Withholding(TypedDict):
    id: str
    payee_kind: Literal["worker", "layer"]
    payee_id: str
    """`per_…` of a worker, `org_…` of a layer."""
    valid_from: str
    lines: list[TaxLine]
    state: Literal["approved", "proposed", "rejected"]
    proposed_by: str
    proposed_at: str
    decided_by: str | None
    decided_at: str | None


class WithholdingInput(TypedDict):
    payee_id: str
    """`per_…` of a worker, `org_…` of a subcontractor."""
    valid_from: str
    lines: list[TaxLineInput]
    """In their order; none ends all withholding."""


class WithholdingPage(TypedDict):
    data: list[Withholding]
    next_cursor: str | None
    has_more: bool


class Words(TypedDict):
    place: str
    """JSON pointer of the commitment in the event's `data`."""
    salt: str
    """Hexadecimal."""
    text: str


class WorkerShare(TypedDict):
    job_id: str
    price_visibility: Literal["full", "shares", "finance_only"]
    rates: dict[str, PaidShare]
    total: PaidShare
