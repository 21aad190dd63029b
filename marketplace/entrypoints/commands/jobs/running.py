"""Making a job and setting it going."""

from __future__ import annotations

import itertools
import time
from decimal import Decimal, InvalidOperation
from typing import IO, Any, Final, cast

import click

from client_api.client import Client, money
from client_api.client.generated.types import DepositInput, Job, JobInput
from marketplace.entrypoints.commands.jobs.calling import calls_the_service, read_json, show

_LOOK_SECONDS: Final = 0.2
STATES: Final = ("draft", "funded", "open", "paused", "draining", "completed", "cancelled", "settled", "archived")


@click.command("create")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--idempotency-key", help="A name for this request: given again, it makes no second job.")
@calls_the_service
def create_command(client: Client, *, file: IO[str], idempotency_key: str | None, as_json: bool) -> None:
    """Create a draft job from a JSON FILE, or from standard input with -."""
    job = client.jobs.create_job(cast("JobInput", read_json(file)), idempotency_key=idempotency_key)
    show(job, f"{job['id']}  {job['title']}: {job['state']}", as_json=as_json)


@click.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@calls_the_service
def list_command(client: Client, *, state: Any, limit: int, as_json: bool) -> None:
    """List jobs, the newest first."""
    jobs = list(itertools.islice(client.jobs.iter_jobs(state=state, limit=min(limit, 200)), limit))
    show(jobs, "\n".join(map(_line, jobs)) or "There are none.", as_json=as_json)


@click.command("fund")
@click.argument("job_id")
@click.argument("amount")
@click.option("--idempotency-key", help="A name for this request: given again, it moves no second amount.")
@calls_the_service
def fund_command(client: Client, *, job_id: str, amount: str, idempotency_key: str | None, as_json: bool) -> None:
    """Tie AMOUNT of your balance to a job, in the job's currency."""
    exact = _exact(amount)
    currency = client.jobs.read_job(job_id)["currency"]
    reserve = client.funding.fund_job_reserve(
        job_id, {"amount": money(exact, currency)}, idempotency_key=idempotency_key
    )
    free, whole = reserve["free"]["amount"], reserve["reserve"]["amount"]
    show(reserve, f"{job_id} has {whole} {currency} tied to it, {free} of it free.", as_json=as_json)


@click.command("deposit")
@click.argument("amount")
@click.argument("currency")
@click.option("--rail", default="sandbox", show_default=True, help="The rail that brings it.")
@click.option("--wait", type=click.FloatRange(min=0), default=60, show_default=True, help="Seconds to wait for it.")
@click.option("--idempotency-key", help="A name for this request: given again, it orders no second amount.")
@calls_the_service
def deposit_command(
    client: Client, *, amount: str, currency: str, rail: str, wait: float, idempotency_key: str | None, as_json: bool
) -> None:
    """Bring AMOUNT of CURRENCY into your balance, and wait until it is there; `fund` ties it to a job."""
    order: DepositInput = {"rail": rail, "amount": money(_exact(amount), currency.upper())}
    deposit = client.funding.start_deposit(order, idempotency_key=idempotency_key)
    until = time.monotonic() + wait
    while deposit["state"] == "pending" and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        deposit = client.funding.read_deposit(deposit["id"])
    show(deposit, f"{deposit['id']}: {amount} {currency.upper()} by {rail} is {deposit['state']}.", as_json=as_json)
    if deposit["state"] == "refused":
        raise SystemExit(1)


@click.command("preview")
@click.argument("job_id")
@calls_the_service
def preview_command(client: Client, *, job_id: str, as_json: bool) -> None:
    """Say what a job costs at most: its answers, the fee in that, the allowance, and what is not funded yet."""
    cost = client.funding.preview_cost(job_id)
    lines = [
        f"{rate['code']:<12} {rate['answers']:>10} answers at {rate['price']['amount']:>8} {rate['cost']['amount']:>14}"
        for rate in cost["rates"]
    ]
    sums = (
        ("of which the platform's fee", cost["fees"]),
        ("allowance for gold, bonuses and recovery", cost["allowance"]),
        ("in all, at most", cost["total"]),
        ("funded", cost["funded"]),
        ("not funded yet", cost["missing"]),
    )
    lines += [f"{name:<43} {amount['amount']:>14} {amount['currency']}" for name, amount in sums]
    show(cost, "\n".join(lines), as_json=as_json)


@click.command("publish")
@click.argument("job_id")
@calls_the_service
def publish_command(client: Client, *, job_id: str, as_json: bool) -> None:
    """Publish a funded job: its fee is fixed, and it can be passed on or opened to workers."""
    job = client.jobs.publish_job(job_id)
    fees = [f"{rate['code']} {rate['price']['amount']}, of which fee {_amount(rate['fee'])}" for rate in job["rates"]]
    show(job, f"{job['id']} is {job['state']}. In {job['currency']}: {'; '.join(fees)}", as_json=as_json)


def _line(job: Job) -> str:
    return f"{job['id']}  {job['state']:<10} {job['created_at'][:10]}  {job['title']}"


def _amount(value: Any) -> str:
    return "none" if value is None else str(value["amount"])


def _exact(amount: str) -> Decimal:
    try:
        exact = Decimal(amount)
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite() or exact <= 0:
        raise click.BadParameter(f"{amount!r} is not an amount such as 900.00.", param_hint="AMOUNT")
    return exact
