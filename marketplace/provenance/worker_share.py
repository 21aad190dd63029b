"""The share of a job's price that reaches workers: by rate and in total, as far as the reader may know it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.contracts.chains import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.provenance.margins import job_reader, paid_answers, readable_job
from marketplace.provenance.policy import ChainPart, PartKind, reveal


@dataclass(frozen=True, slots=True)
class PaidShare:
    """What clients paid for some accepted answers, and what of it is their workers' pay.

    `pay` is None where the job's policy hides it. `percent` is the share in whole percent, rounded down: exact of
    `pay`; where the policy shows shares only, from the whole percents that it shows of each answer; else None.
    """

    answers: int
    price: Money
    pay: Money | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class WorkerShare:
    """By rate code and in total; the rates sum to the total."""

    job_id: UUID
    policy: str
    rates: dict[str, PaidShare]
    total: PaidShare


@dataclass(frozen=True, slots=True)
class _Seen:
    """Accepted answers of one chain: `pay` and `percent` an answer as far as they are shown."""

    answers: int
    price: Money
    pay: Money | None
    percent: int | None


def worker_share(session: Session, actor: Actor, job_id: UUID) -> WorkerShare:
    """What of the gross client price of a job's accepted answers reaches workers; for its client and for staff.

    Raises forbidden without margin.read, not_found.
    """
    actor.require("margin.read")
    job = readable_job(session, actor, job_id)
    reader = job_reader(actor)
    counts = paid_answers(session, job_id)
    by_rate: dict[str, list[_Seen]] = {}
    for chain_id, chain in load(session, counts).items():
        pay, percent = _of_workers(reveal(chain, job.price_visibility, reader), chain.client_price)
        seen = _Seen(counts[chain_id], chain.client_price, pay, percent)
        by_rate.setdefault(chain.rate_code, []).append(seen)
    everything = [one for seen in by_rate.values() for one in seen]
    return WorkerShare(
        job.id,
        job.price_visibility,
        {code: _together(by_rate[code], job.currency) for code in sorted(by_rate)},
        _together(everything, job.currency),
    )


def _of_workers(parts: Iterable[ChainPart], price: Money) -> tuple[Money | None, int | None]:
    """The pay, and its whole percent of the price, where these are shown; the pay is the last part."""
    *_, last = parts
    if last.kind is PartKind.PAY:
        return last.amount, last.amount.amount * 100 // price.amount
    return None, last.shares_percent[-1] if last.shares_percent else None


def _together(seen: list[_Seen], currency: str) -> PaidShare:
    answers = sum(one.answers for one in seen)
    price = sum((one.price * one.answers for one in seen), Money.zero(currency))
    if not seen or any(one.percent is None for one in seen):
        # Of a part of them nothing is said: the difference would tell the rest.
        return PaidShare(answers, price, None, None)
    paid = [one.pay * one.answers for one in seen if one.pay is not None]
    if len(paid) == len(seen):
        pay = sum(paid, Money.zero(currency))
        return PaidShare(answers, price, pay, pay.amount * 100 // price.amount)
    # Only of what each answer's own chain shows already, so that a mean of many tells nothing more.
    percents = sum((one.percent or 0) * one.price.amount * one.answers for one in seen)
    return PaidShare(answers, price, None, percents // price.amount)
