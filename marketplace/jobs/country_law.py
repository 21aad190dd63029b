"""How long pay to people who work for themselves may be deferred by statute, country by country, as it was read.

Data to begin with and no legal advice: a fresh market takes it over as its own table, which operations change. Left
out is what we were not sure of, what binds only some buyers (a large company, a city) and what only asks for reports.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from marketplace.kernel.terms import DeferralLimit


@dataclass(frozen=True, slots=True)
class Statute:
    """Where a limit stands: the statute's name and article, from which moment it counts, and when it was read."""

    name: str
    article: str
    counted_from: str
    read_on: dt.date


@dataclass(frozen=True, slots=True)
class CountryLaw:
    """The longest deferral that a country's statute lets be agreed by plain terms."""

    country: str
    limit: DeferralLimit
    statute: Statute


def _law(country: str, days: int, name: str, article: str, counted_from: str) -> CountryLaw:
    return CountryLaw(country, DeferralLimit(days, "days"), Statute(name, article, counted_from, _READ_ON))


_READ_ON: Final = dt.date(2026, 11, 28)
_INVOICE: Final = "receipt of the invoice"
_SERVICE: Final = "receipt of the service"

LAWS: Final[tuple[CountryLaw, ...]] = (
    _law("BE", 60, "Loi du 2 août 2002 (retard de paiement dans les transactions commerciales)", "art. 4", _INVOICE),
    _law("CL", 30, "Ley 19.983, modificada por la Ley 21.131", "art. 2", _INVOICE),
    _law("CO", 45, "Ley 2024 de 2020", "art. 3", "the end of the service"),
    _law("DE", 60, "BGB", "§ 271a Abs. 1", _SERVICE),
    _law("ES", 60, "Ley 3/2004", "art. 4", _SERVICE),
    _law("FR", 60, "Code de commerce", "art. L. 441-10, I", "the date of the invoice"),
    _law("GB", 60, "Late Payment of Commercial Debts (Interest) Act 1998", "s. 4", _SERVICE),
    _law("IN", 45, "Micro, Small and Medium Enterprises Development Act, 2006", "s. 15", "the day of acceptance"),
    _law("IT", 60, "Legge 22 maggio 2017, n. 81", "art. 3", _INVOICE),
    # The day of receipt is the first of sixty there; ours are counted after it.
    _law("JP", 59, "特定受託事業者に係る取引の適正化等に関する法律 (Act No. 25 of 2023)", "art. 4", _SERVICE),
    _law("NL", 60, "Burgerlijk Wetboek", "art. 6:119a, lid 5", _INVOICE),
    _law("TR", 60, "Türk Ticaret Kanunu (6102)", "m. 1530/5", _INVOICE),
)
