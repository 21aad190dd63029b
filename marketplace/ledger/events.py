"""What the ledger writes into the audit log."""

from typing import Final

from marketplace.audit.events import define_event

JOURNAL_POSTED = define_event(
    "journal.posted",
    1,
    "Journal posted",
    {
        "kind": "text: the business event, such as J3",
        "key": "text: the key that makes it happen once",
        "subject": "id: what it is about",
        "effective_on": "day: the day it counts for",
        "reverses": "journal id or null: the journal that this one mirrors",
        "postings": "list of record: {debit, credit: {code, owner?, contract?, due_on?, label?}, amount: money}, in "
        "order",
    },
)

COVERAGE_PUBLISHED = define_event(
    "coverage.published",
    2,
    "What is there, beside what is owed to clients and payees",
    {
        "day": "day: market day",
        "cash": "money: at the rails and in the wage account",
        "owed": "money: to clients and payees, and what nobody has explained yet",
        "claims": "money: what clients and layers owe to the platform, which explains a shortfall",
        "position": "money: yet to come for another currency at the quoted rates, or below nothing, to go for one",
        "ratio_ppm": "whole number or null: cash and position over debts in millionths, down; null if nothing is owed",
        "covered": "boolean",
    },
)

PERIOD_PROPOSED = define_event(
    "period.proposed",
    1,
    "Closing of a month proposed",
    {
        "month": "text: YYYY-MM",
        "digest": "digest: of what every account had been debited and credited by the month's end",
        "proposed_by": "person id: the person",
    },
)

_CLOSED: Final = {
    "month": "text: YYYY-MM; it and every month before it are closed",
    "digest": "digest: as proposed",
    "proposed_by": "person id: the person",
    "closed_by": "person id: the other person",
    "totals": "list of record: {code, debits: money, credits: money}: the trial balance at the close",
}
PERIOD_CLOSED = define_event(
    "period.closed",
    2,
    "Month closed",
    {
        **_CLOSED,
        "checkpoint": "record or null: {tree_size, root_hash}: the log's newest signed head; null before the first",
    },
)

PERIOD_REOPENING_PROPOSED = define_event(
    "period.reopening_proposed",
    1,
    "Reopening of a closed month proposed",
    {
        "month": "text: YYYY-MM",
        "close": "period id: the close that is to end",
        "digest": "digest: of that close",
        "reason_commitment": "commitment",
        "proposed_by": "person id: the person",
    },
)

PERIOD_REOPENED = define_event(
    "period.reopened",
    1,
    "Closed month reopened",
    {
        "month": "text: YYYY-MM; it and the months before it that no earlier close holds are open again",
        "close": "period id: the close that ended",
        "digest": "digest: of that close, which stays in the record",
        "reason_commitment": "commitment",
        "proposed_by": "person id: the person",
        "reopened_by": "person id: the other person",
    },
)

PERIOD_REFUSED = define_event(
    "period.refused",
    1,
    "Closing or reopening of a month refused",
    {
        "month": "text: YYYY-MM",
        "action": "text: close or reopen",
        "reason_commitment": "commitment",
        "proposed_by": "person id: the person",
        "refused_by": "person id: another person, or the same, who takes it back",
    },
)

BOOKS_CHECKED = define_event(
    "books.checked",
    1,
    "All invariants of the books looked at",
    {
        "day": "day: by real time",
        "checks": "whole number: how many invariants",
        "failed": "list of text: the names of those that did not hold, such as I6",
    },
)
