"""What can be wrong with an offer, field by field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.contracts import caps
from marketplace.contracts.access_queries import seller_barred
from marketplace.contracts.errors import ALLOTMENT_SHORT, SELLER_REFUSED
from marketplace.contracts.models import Contract
from marketplace.contracts.paths import path
from marketplace.contracts.promises import buying_prices
from marketplace.contracts.queries import rates_of
from marketplace.identity.models import Organization
from marketplace.jobs.models import Job
from marketplace.jobs.queries import rates_of as job_rates_of
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.money import Money

EXPIRES_IN_MAX: Final = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class OfferRate:
    """What is offered of one rate: the price paid per accepted answer, and how many items."""

    price: Money
    items: int


def expiry_errors(expires_in: dt.timedelta) -> list[FieldError]:
    """Why an offer, an amendment or a handover does not wait so long for its answer; empty where it may."""
    if dt.timedelta(0) < expires_in <= EXPIRES_IN_MAX:
        return []
    return [FieldError("/expires_in_seconds", "out_of_range", f"At most {EXPIRES_IN_MAX.days} days.")]


def check_shape(rates: Mapping[str, OfferRate], expires_in: dt.timedelta) -> None:
    """Refuse with invalid what is no offer at all, whatever the contract."""
    errors = []
    if not rates:
        errors.append(FieldError("/rates", "required", "An offer has at least one rate."))
    errors += expiry_errors(expires_in)
    errors.extend(
        FieldError(f"/rates/{code}/items", "out_of_range", "At least one item.")
        for code, rate in rates.items()
        if rate.items < 1
    )
    if errors:
        raise INVALID.error("The offer cannot be made like this.", errors=errors)


def seller_problems(session: Session, parent: Contract, seller_organization_id: UUID) -> list[caps.Problem]:
    """Whether the seller is no approved subcontractor, stands in the chain above, or is kept out by an access rule."""
    seller = session.get(Organization, seller_organization_id)
    message = None
    if seller is None or seller.kind != "subcontractor" or seller.state != "approved":
        message = "There is no approved subcontractor with this id."
    elif any(contract.seller_organization_id == seller.id for contract in path(session, parent.id)):
        message = "This organization stands in the chain above already."
    else:
        message = seller_barred(session, session.get_one(Job, parent.job_id), parent, seller.id)
    if message is None:
        return []
    return [(SELLER_REFUSED, FieldError("/seller_organization_id", SELLER_REFUSED.slug, message))]


def rate_problems(session: Session, job: Job, parent: Contract, rates: Mapping[str, OfferRate]) -> list[caps.Problem]:
    """What is wrong with codes, prices and numbers of items, in the order of the codes."""
    buying = {view.code: view for view in rates_of(session, [parent.id])[parent.id]}
    card = {rate.code: rate for rate in job_rates_of(session, job.id)}
    ceilings = buying_prices(session, parent.id)
    problems: list[caps.Problem] = []
    for code, rate in sorted(rates.items()):
        at = f"/rates/{code}"
        if code not in buying:
            message = f"The contract has no rate {code!r}."
            problems.append((ALLOTMENT_SHORT, FieldError(at, "rate_unknown", message)))
            continue
        view = buying[code]
        problems.extend(caps.price_problems(job, card[code], ceilings[code], rate.price, f"{at}/price", parent.layer))
        if rate.items > view.free_items:
            message = f"{rate.items} items of the rate {code!r} are asked for, and {view.free_items} are left."
            problems.append((ALLOTMENT_SHORT, FieldError(f"{at}/items", ALLOTMENT_SHORT.slug, message)))
    return problems
