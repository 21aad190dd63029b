"""What is personal in the books: nothing but the ids of those who are owed."""

from marketplace.db.personal import impersonal
from marketplace.ledger.check_models import BooksCheck
from marketplace.ledger.models import Account, CoverageReport, Journal, Posting
from marketplace.ledger.period_models import ClosedPeriod, PeriodProposal, PeriodRefusal
from marketplace.ledger.snapshot_models import AccountDay, CodeTotal, KeptHorizon

impersonal(
    "amounts by the id of whom they belong to, which tax law and accounting law want kept",
    Account,
    Journal,
    Posting,
    CoverageReport,
    BooksCheck,
    ClosedPeriod,
    AccountDay,
    CodeTotal,
    KeptHorizon,
)
impersonal(
    "words of finance about months, kept as business letters are; who wrote them is an id",
    PeriodProposal,
    PeriodRefusal,
)
