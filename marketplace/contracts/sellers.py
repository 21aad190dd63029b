"""Who sold under a contract when: it changes its seller by a default or by a handover, and by nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from marketplace.contracts.handover_models import SELLER_CHANGE
from marketplace.contracts.models import Contract

Column = Any
"""A column, or what stands for one in a statement."""


class Sellers:
    """Who sold under some contracts, read at once."""

    def __init__(self, session: Session, contract_ids: Collection[UUID]) -> None:
        self._now: dict[UUID, UUID] = {}
        self._changes: Sequence[Row[Any]] = ()
        if not contract_ids:
            return
        now = select(Contract.id, Contract.seller_organization_id).where(Contract.id.in_(contract_ids))
        changes = select(SELLER_CHANGE).where(SELLER_CHANGE.c.contract_id.in_(contract_ids))
        self._now = {row.id: row.seller_organization_id for row in session.execute(now)}
        self._changes = session.execute(changes.order_by(SELLER_CHANGE.c.changed_at)).all()

    def changed(self, contract_id: UUID) -> bool:
        """Whether somebody else sold under it before."""
        return any(change.contract_id == contract_id for change in self._changes)

    def at(self, contract_id: UUID, moment: dt.datetime | None) -> UUID:
        """Who sold then; without a moment, who sells now."""
        if moment is not None:
            for change in self._changes:
                if change.contract_id == contract_id and moment < change.changed_at:
                    former: UUID = change.former_organization_id
                    return former
        return self._now[contract_id]

    def sold(
        self, contract_id: UUID, organization_ids: Collection[UUID], moment: InstrumentedAttribute[dt.datetime | None]
    ) -> ColumnElement[bool]:
        """Over a column: whether one of these sold then, as plain spans of time; where it is null, who sells now."""
        spans: list[ColumnElement[bool]] = []
        since: list[ColumnElement[bool]] = []
        for change in self._changes:
            if change.contract_id == contract_id:
                if change.former_organization_id in organization_ids:
                    spans.append(and_(*since, moment < change.changed_at))
                since = [moment >= change.changed_at]
        if self._now[contract_id] in organization_ids:
            spans.append(or_(moment.is_(None), *since) if since else true())
        return or_(false(), *spans)


def seller_at(contract_id: Column, moment: Column) -> ColumnElement[UUID]:
    """`Sellers.at` inside a statement; where the moment is null, who sells now."""
    change, contract = SELLER_CHANGE.alias(), aliased(Contract)
    former = (
        select(change.c.former_organization_id)
        .where(change.c.contract_id == contract_id, change.c.changed_at > moment)
        .order_by(change.c.changed_at)
        .limit(1)
        .correlate_except(change)
    )
    now = select(contract.seller_organization_id).where(contract.id == contract_id).correlate_except(contract)
    return func.coalesce(former.scalar_subquery(), now.scalar_subquery())


def former_sellers(session: Session, contract_id: UUID) -> set[UUID]:
    """Who sold under the contract before, until a default or a handover."""
    wanted = select(SELLER_CHANGE.c.former_organization_id).where(SELLER_CHANGE.c.contract_id == contract_id)
    return set(session.scalars(wanted))


def changed_with(session: Session, organization_id: UUID | None) -> set[UUID]:
    """The contracts that came to the organization from another, or went from it to another."""
    if organization_id is None:
        return set()
    change = SELLER_CHANGE.c
    either = or_(change.former_organization_id == organization_id, change.successor_organization_id == organization_id)
    return set(session.scalars(select(change.contract_id).where(either)))
