"""In which currency a payee is paid: the one in which each amount is owed, unless they choose another themselves."""

import uuid
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.sql import among
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FieldError
from marketplace.kernel.texts import named, say
from marketplace.quotes.errors import CURRENCY_NOT_OFFERED
from marketplace.quotes.events import CURRENCY_CHOSEN
from marketplace.quotes.models import ExchangeRate, PayoutCurrency
from marketplace.rails.errors import RAIL_UNKNOWN
from marketplace.rails.port import Rails


def choose_currency(session: Session, actor: Actor, rails: Rails, rail: str, currency: str | None) -> PayoutCurrency:
    """Say in which currency the actor, or their organization, is paid on a rail; None is each amount's own.

    It counts from the next payout that is prepared. Raises forbidden, rail_unknown, currency_not_offered.
    """
    actor.require("payout_method.set")
    if rail not in rails:
        message = say("There is no such rail here; there are: %(known)s.", known=tuple(sorted(rails)))
        raise RAIL_UNKNOWN.error(message, errors=[FieldError("/rail", RAIL_UNKNOWN.slug, message)])
    offered = offered_currencies(session)
    if currency is not None and currency not in offered:
        known = tuple(offered) or named("none")
        message = say("There is no rate to this currency; there are rates to: %(known)s.", known=known)
        raise CURRENCY_NOT_OFFERED.error(message, errors=[FieldError("/currency", CURRENCY_NOT_OFFERED.slug, message)])
    organization_id = actor.organization_id
    payee_kind, payee_id = ("worker", actor.person) if organization_id is None else ("organization", organization_id)
    row = insert(PayoutCurrency).values(payee_id=payee_id, rail=rail, payee_kind=payee_kind, currency=currency)
    changed = {"currency": currency, "changed_at": func.market_now()}
    stored = session.scalars(
        row.on_conflict_do_update(index_elements=["payee_id", "rail"], set_=changed).returning(PayoutCurrency),
        execution_options={"populate_existing": True},
    ).one()
    record(
        session,
        CURRENCY_CHOSEN,
        actor,
        subject=("person" if payee_kind == "worker" else "organization", payee_id),
        organizations=[] if organization_id is None else [organization_id],
        people=[payee_id] if organization_id is None else [],
        body={"rail": rail, "currency": currency},
    )
    return stored


def offered_currencies(session: Session) -> list[str]:
    """The currencies for which there was ever a rate, in order; finance renews one that has ended."""
    return list(session.scalars(select(ExchangeRate.bought).distinct().order_by(ExchangeRate.bought)))


def chosen_currencies(session: Session, rail: str, payee_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The currencies that these payees chose on a rail; who did not choose is left out."""
    wanted = select(PayoutCurrency).where(
        PayoutCurrency.rail == rail, among(PayoutCurrency.payee_id, payee_ids), PayoutCurrency.currency.is_not(None)
    )
    return {row.payee_id: row.currency for row in session.scalars(wanted) if row.currency is not None}
