"""What can be wrong with an amendment, as far as the side that is told may know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy.orm import Session

from marketplace.contracts import caps
from marketplace.contracts.errors import PRICE_BELOW_PROMISED
from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.offer_checks import expiry_errors
from marketplace.contracts.promises import buying_prices, promised_prices
from marketplace.contracts.reasons import reason_errors
from marketplace.jobs.models import Job
from marketplace.jobs.queries import rates_of as job_rates_of
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.money import Money


def check_shape(
    current: Mapping[str, ContractRate], prices: Mapping[str, Money], reason: str, expires_in: dt.timedelta
) -> str:
    """Refuse with invalid what is no amendment of these rates; returns the reason without spaces around it."""
    errors = []
    said = reason.strip()
    errors += reason_errors(reason)
    errors += expiry_errors(expires_in)
    if not prices:
        errors.append(FieldError("/rates", "required", "An amendment changes at least one price."))
    for code, price in sorted(prices.items()):
        if code not in current:
            errors.append(FieldError(f"/rates/{code}", "rate_unknown", f"The contract has no rate {code!r}."))
        elif price.currency != current[code].currency:
            message = f"The job is in {current[code].currency}."
            errors.append(FieldError(f"/rates/{code}/price/currency", "currency_differs", message))
        elif price == current[code].price:
            errors.append(FieldError(f"/rates/{code}/price/amount", "unchanged", "This is the price already."))
    if errors:
        raise INVALID.error("The amendment cannot be made like this.", errors=errors)
    return said


def problems(
    session: Session, job: Job, contract: Contract, side: str, prices: Mapping[str, Money]
) -> list[caps.Problem]:
    """Which new prices break rules 1 and 2, in words for one side; the caller holds the job's lock.

    The buyer is told of its own buying price above, the seller of what it has promised below; of what stands beyond
    the other side neither learns anything. Both know the pay floor, and the client price less the fee.
    """
    assert contract.parent_id is not None
    card = {rate.code: rate for rate in job_rates_of(session, job.id)}
    ceilings = buying_prices(session, contract.parent_id) if side == "buyer" else {}
    promised = promised_prices(session, contract.id) if side == "seller" else {}
    found: list[caps.Problem] = []
    for code, price in sorted(prices.items()):
        rate, at = card[code], f"/rates/{code}/price"
        assert rate.fee is not None, "a job with contracts is published"
        ceiling = ceilings.get(code, rate.price - rate.fee)
        found.extend(caps.price_problems(job, rate, ceiling, price, at, contract.layer - (side == "buyer")))
        if code in promised and price < promised[code]:
            message = f"{price} is below {promised[code]}, which this contract has promised below for {code!r}."
            found.append((PRICE_BELOW_PROMISED, FieldError(f"{at}/amount", PRICE_BELOW_PROMISED.slug, message)))
    return found
