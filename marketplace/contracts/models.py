from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, JSONB
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.contracts.states import AMENDMENT, CONTRACT
from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.terms import SettlementTerms

_STATES = ", ".join(f"'{state}'" for state in sorted(CONTRACT.states))
_AMENDMENT_STATES = ", ".join(f"'{state}'" for state in sorted(AMENDMENT.states))


class Contract(Base):
    """One layer: `buyer` above pays `seller` below.

    The root (layer 0, no parent) is the job's own: buyer and seller are the client, and it
    has no margin. `frozen_at` and `frozen_reason` are of the newest freeze and stay when it ends.
    """

    __tablename__ = "contract"
    __table_args__ = (
        UniqueConstraint("id", "job_id"),
        ForeignKeyConstraint(["parent_id", "job_id"], ["contract.id", "contract.job_id"]),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("(layer = 0) = (parent_id IS NULL)", name="root"),
        CheckConstraint("layer >= 0", name="layer"),
        CheckConstraint("state <> 'offered' OR expires_at IS NOT NULL", name="offer_expires"),
        CheckConstraint("state <> 'frozen' OR frozen_reason IS NOT NULL", name="frozen_says_why"),
        Index("uq_contract_root", "job_id", unique=True, postgresql_where=text("parent_id IS NULL")),
        Index(None, "job_id"),
        Index(None, "parent_id"),
        Index(None, "seller_organization_id"),
        Index(None, "buyer_organization_id"),
        Index("ix_contract_offered", "expires_at", postgresql_where=text("state = 'offered'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"))
    parent_id: Mapped[uuid.UUID | None]
    layer: Mapped[int]
    buyer_organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    seller_organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    state: Mapped[str]
    settlement_terms: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.market_now())
    offered_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    frozen_reason: Mapped[str | None]

    @property
    def terms(self) -> SettlementTerms:
        """When the seller's margin is paid, as a value."""
        return SettlementTerms.from_wire(self.settlement_terms)


class ContractRate(Base):
    """One line of a contract's rate card and its items.

    `price` is what the buyer pays the seller per accepted answer, net of the platform's fee; an amendment changes it.
    `allotment` holds the ordinals of the contract's items of this rate, `free` those of them
    neither offered below nor put into tasks; sets of half-open ranges [lower, upper).
    """

    __tablename__ = "contract_rate"
    __table_args__ = (
        ForeignKeyConstraint(["contract_id", "job_id"], ["contract.id", "contract.job_id"]),
        ForeignKeyConstraint(["job_id", "rate_code"], ["job_rate.job_id", "job_rate.code"]),
        ForeignKeyConstraint(["job_id", "currency"], ["job.id", "job.currency"]),
        CheckConstraint("price_amount >= 0", name="price"),
        CheckConstraint("free <@ allotment", name="free_inside_allotment"),
        Index(None, "job_id", "rate_code"),
    )

    contract_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    rate_code: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[uuid.UUID]
    currency: Mapped[str]
    price_amount: Mapped[int]
    allotment: Mapped[MultiRange[int]] = mapped_column(INT8MULTIRANGE)
    free: Mapped[MultiRange[int]] = mapped_column(INT8MULTIRANGE)

    @property
    def price(self) -> Money:
        """What the buyer pays the seller per accepted answer."""
        return Money(self.price_amount, self.currency)


class Amendment(Base):
    """A proposal for some prices of a contract; at most one of a contract waits for an answer.

    It binds its proposer while it waits: what was proposed can be accepted until `expires_at`, market time.
    """

    __tablename__ = "amendment"
    __table_args__ = (
        CheckConstraint(f"state IN ({_AMENDMENT_STATES})", name="state"),
        CheckConstraint("proposed_by IN ('buyer', 'seller')", name="proposed_by"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        Index("uq_amendment_waiting", "contract_id", unique=True, postgresql_where=text("state = 'proposed'")),
        Index("ix_amendment_contract_id", "contract_id", "id"),
        Index("ix_amendment_expires_at", "expires_at", postgresql_where=text("state = 'proposed'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    proposed_by: Mapped[str]
    proposed_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]
    state: Mapped[str]
    proposed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class AmendmentRate(Base):
    """One price of a proposal, and the one it would replace as it was then."""

    __tablename__ = "amendment_rate"
    __table_args__ = (
        ForeignKeyConstraint(["contract_id", "rate_code"], ["contract_rate.contract_id", "contract_rate.rate_code"]),
        CheckConstraint("price_amount > 0 AND price_amount <> before_amount", name="changes"),
        APPEND_ONLY,
    )

    amendment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("amendment.id"), primary_key=True)
    rate_code: Mapped[str] = mapped_column(primary_key=True)
    contract_id: Mapped[uuid.UUID]
    currency: Mapped[str]
    before_amount: Mapped[int]
    price_amount: Mapped[int]

    @property
    def before(self) -> Money:
        """The price at the proposal."""
        return Money(self.before_amount, self.currency)

    @property
    def price(self) -> Money:
        """The price proposed."""
        return Money(self.price_amount, self.currency)


class PriceChain(Base):
    """The prices along one path, frozen: client price = fee + every margin + pay.

    `digest` is the SHA-256 of the canonical bytes of all of it, so that the same path at
    the same prices is one row. `salt` is what keeps the commitment in the log from being guessed.
    """

    __tablename__ = "price_chain"
    __table_args__ = (
        ForeignKeyConstraint(["contract_id", "job_id"], ["contract.id", "contract.job_id"]),
        ForeignKeyConstraint(["job_id", "rate_code"], ["job_rate.job_id", "job_rate.code"]),
        UniqueConstraint("digest"),
        CheckConstraint("pay_amount >= 0", name="pay"),
        CheckConstraint("fee_amount >= 0", name="fee"),
        CheckConstraint("fee_amount + pay_amount <= client_price_amount", name="within_price"),
        Index(None, "job_id"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[uuid.UUID]
    contract_id: Mapped[uuid.UUID]
    rate_code: Mapped[str]
    currency: Mapped[str]
    client_price_amount: Mapped[int]
    fee_amount: Mapped[int]
    pay_amount: Mapped[int]
    digest: Mapped[bytes]
    salt: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.market_now())

    @property
    def client_price(self) -> Money:
        """The gross price per accepted answer."""
        return Money(self.client_price_amount, self.currency)

    @property
    def fee(self) -> Money:
        """The platform's fee inside it."""
        return Money(self.fee_amount, self.currency)

    @property
    def pay(self) -> Money:
        """The worker's pay per accepted answer."""
        return Money(self.pay_amount, self.currency)


class PriceChainLine(Base):
    """One layer of a chain; `position` is the layer, from 1; its margin is buys - sells."""

    __tablename__ = "price_chain_line"
    __table_args__ = (
        CheckConstraint("position >= 1", name="position"),
        CheckConstraint("sells_amount >= 0 AND buys_amount >= sells_amount", name="margin"),
        APPEND_ONLY,
    )

    chain_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("price_chain.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    buys_amount: Mapped[int]
    sells_amount: Mapped[int]


class AccessRule(Base):
    """That one worker or one organization may, or may not, work with an organization; never changed, see its end.

    `scope_id` is what the rule holds for: the contract, the job, or the organization that made it (`all` its jobs and
    contracts). Times are market time; a block always ends.
    """

    __tablename__ = "access_rule"
    __table_args__ = (
        CheckConstraint("effect IN ('allow', 'block')", name="effect"),
        CheckConstraint("scope IN ('job', 'contract', 'all')", name="scope"),
        CheckConstraint("(scope = 'all') = (job_id IS NULL)", name="job"),
        CheckConstraint("(scope = 'contract') = (contract_id IS NOT NULL)", name="contract"),
        CheckConstraint("scope_id = coalesce(contract_id, job_id, organization_id)", name="scope_id"),
        CheckConstraint("num_nonnulls(worker_id, subject_organization_id) = 1", name="one_subject"),
        CheckConstraint("effect = 'allow' OR expires_at IS NOT NULL", name="blocks_end"),
        CheckConstraint("expires_at > created_at", name="lasts"),
        Index("ix_access_rule_organization_id", "organization_id", "id"),
        Index("ix_access_rule_worker_id", "worker_id", "scope_id", "expires_at"),
        Index("ix_access_rule_subject_organization_id", "subject_organization_id", "scope_id"),
        Index(
            "ix_access_rule_allowed_workers",
            "scope_id",
            "expires_at",
            postgresql_where=text("effect = 'allow' AND worker_id IS NOT NULL"),
        ),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    effect: Mapped[str]
    scope: Mapped[str]
    scope_id: Mapped[uuid.UUID]
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("job.id"))
    contract_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contract.id"))
    worker_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("worker.person_id"))
    subject_organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    reason: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    created_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))


class AccessRuleEnd(Base):
    """The end of a rule before its time, a fact of its own."""

    __tablename__ = "access_rule_end"
    __table_args__ = (APPEND_ONLY,)

    rule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("access_rule.id"), primary_key=True)
    reason: Mapped[str]
    ended_at: Mapped[datetime]
    ended_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))


class AccessRuleContest(Base):
    """What the one concerned says against a block; who made it and the platform's operations read it."""

    __tablename__ = "access_rule_contest"
    __table_args__ = (APPEND_ONLY,)

    rule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("access_rule.id"), primary_key=True)
    reason: Mapped[str]
    contested_at: Mapped[datetime]
    contested_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
