"""The sweeps that pay out, ask rails what became of it, and hold their lines against the books."""

from marketplace.entrypoints import sweep_steps
from marketplace.entrypoints.sweeping import Sweep, in_transactions, once
from marketplace.ledger import account_days, coverage
from marketplace.ledger.daily_checking import check_books
from marketplace.ledger.snapshots import compare_snapshots, take_snapshots
from marketplace.payouts import kept_ages, looking, quoting, recovering, sending
from marketplace.rails import methods
from marketplace.reconciliation import matching, unconfirmed
from marketplace.settlement import stopping

PAYOUT_SWEEPS: tuple[Sweep, ...] = (
    Sweep(
        "take_rates",
        60,
        "Takes rates from the rails that give them, for payees who chose another currency than the one owed.",
        once("rates", lambda context: quoting.take_wanted_quotes(context.transactions, context.rails)),
        follows_market_time=True,
    ),
    Sweep(
        "advance_payout_runs",
        5,
        "Goes on with payout runs that are executing.",
        once("runs", lambda context: sending.advance_runs(context.transactions, context.rails)),
    ),
    Sweep(
        "change_payout_destinations",
        30,
        "Lets changes of where payees are paid take effect 48 hours (real time) after they were asked for.",
        in_transactions("changes", methods.let_change_take_effect),
    ),
    Sweep(
        "look_at_banks",
        15,
        "Asks rails that pay on to payees' banks whether these took it: at a hint at once, for a "
        "while after a payout once a day, and hourly while nothing is paid there.",
        once("accounts", lambda context: looking.look_at_banks(context.transactions, context.rails)),
        follows_market_time=True,
    ),
    Sweep(
        "hold_stopped",
        15,
        "Holds what is due to payees whose bank does not take what the rail pays on to it, and what finance holds.",
        in_transactions("installments", stopping.hold_stopped),
    ),
    Sweep(
        "resolve_unknown_payouts",
        30,
        "Asks the rails about payouts whose order got no answer.",
        once("payouts", lambda context: recovering.resolve_unknown(context.transactions, context.rails)),
    ),
    Sweep(
        "confirm_payouts",
        5,
        "Books payouts that the rails report as done.",
        once("payouts", lambda context: recovering.confirm_sent(context.transactions, context.rails)),
        follows_market_time=True,
    ),
    Sweep(
        "reconcile",
        15,
        "Reads the lines of the rails and matches them with the books.",
        lambda context: matching.reconcile(context.transactions, context.rails),
    ),
    Sweep(
        "publish_coverage",
        60,
        "Publishes once a day, in the audit log, what is there beside what is owed to clients and payees.",
        in_transactions("currencies", coverage.publish),
        follows_market_time=True,
    ),
    Sweep(
        "share_fees",
        3600,
        "Gives the wage guarantee fund its share of the fees that were taken out the days before, as "
        "GUARANTEE_FUND_SHARE_PPM says.",
        once("contributions", sweep_steps.share_taken_fees),
        follows_market_time=True,
    ),
    Sweep(
        "check_books",
        3600,
        "Looks at every invariant of the books once a day, and fails where one does not hold.",
        once("checks", lambda context: check_books(context.engine)),
        apart=True,
    ),
    Sweep(
        "take_snapshots",
        60,
        "Sums hot accounts, and all by code, up to where all postings are there: balances are read without them.",
        once("snapshots", lambda context: take_snapshots(context.transactions)),
    ),
    Sweep(
        "compare_snapshots",
        3600,
        "Holds each snapshot of an account, and the sums by code, once a day against their postings.",
        once("snapshots", lambda context: compare_snapshots(context.transactions)),
    ),
    Sweep(
        "keep_account_days",
        60,
        "Sums what accounts were debited and credited by day, as far as the sums by code go, for their pages.",
        in_transactions("steps", account_days.keep_account_days),
    ),
    Sweep(
        "compare_account_days",
        3600,
        "Holds what is kept of accounts by day, once a day, against all postings.",
        once("comparisons", lambda context: account_days.compare_account_days(context.transactions)),
        apart=True,
    ),
    Sweep(
        "keep_ages",
        60,
        "Keeps what is owed to payees by its age, as far as the sums by code go, for the pages of ageing.",
        in_transactions("steps", kept_ages.keep_ages),
    ),
    Sweep(
        "compare_ages",
        3600,
        "Holds what is kept of what is owed by its age, once a day, against all postings.",
        once("comparisons", lambda context: kept_ages.compare_ages(context.transactions)),
        apart=True,
    ),
    Sweep(
        "keep_unconfirmed",
        60,
        "Keeps which journals no line confirms, as far as the sums by code go, for the page of what does not match.",
        in_transactions("steps", unconfirmed.keep_unconfirmed),
    ),
    Sweep(
        "compare_unconfirmed",
        3600,
        "Holds what is kept of journals that no line confirms, once a day, against all postings.",
        once("comparisons", lambda context: unconfirmed.compare_unconfirmed(context.transactions)),
        apart=True,
    ),
)
