from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.audit.recording import recomputer_of
from marketplace.contracts.chain import Chain, build_chain
from marketplace.contracts.chains import freeze_chain, load
from marketplace.contracts.commitments import PARTS, commit, commitments, lines, salt_of
from marketplace.contracts.events import PRICE_CHAIN_FROZEN
from marketplace.contracts.floors import pay_floor
from marketplace.contracts.models import PriceChain
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.jobs.drafts import RateDraft
from marketplace.jobs.models import Job, JobRate
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import PPM, Money, fee_floor
from tests.builders.contracts import make_layers
from tests.builders.jobs import make_open_job, make_party

SYSTEM = system_actor("tests")
CURRENCIES = st.sampled_from(["CNY", "USD", "JPY", "KWD", "KES"])


@st.composite
def chains(draw: st.DrawFn) -> tuple[Money, Chain]:
    """A chain of any depth below a gross price, with the fee of the platform inside it."""
    currency = draw(CURRENCIES)
    gross = Money(draw(st.integers(1, 10**12)), currency)
    fee = fee_floor(gross, draw(st.integers(0, PPM)))
    depth = draw(st.integers(0, 8))
    net = (gross - fee).amount
    prices = sorted(draw(st.lists(st.integers(0, net), min_size=depth + 1, max_size=depth + 1)), reverse=True)
    layers = [(new_id(), new_id(), Money(price, currency)) for price in prices[:-1]]
    chain = build_chain(
        job_id=new_id(),
        contract_id=layers[-1][0] if layers else new_id(),
        rate_code="standard",
        fee=fee,
        layers=layers,
        pay=Money(prices[-1], currency),
    )
    return gross, chain


@given(chains())
def test_a_chain_sums_to_the_last_unit_and_telescopes(case: tuple[Money, Chain]) -> None:
    gross, chain = case
    margins = [line.margin for line in chain.lines]
    assert sum((margin.amount for margin in margins), chain.fee.amount + chain.pay.amount) == chain.client_price.amount
    assert all(margin.amount >= 0 for margin in margins)
    assert chain.client_price <= gross
    for above, below in zip(chain.lines, chain.lines[1:], strict=False):
        assert above.sells == below.buys
    if chain.lines:
        assert chain.lines[0].buys == chain.client_price - chain.fee
        assert chain.lines[-1].sells == chain.pay


@given(chains())
def test_two_chains_have_one_digest_only_if_they_are_equal(case: tuple[Money, Chain]) -> None:
    _, chain = case
    same = Chain(
        chain.job_id, chain.contract_id, chain.rate_code, chain.client_price, chain.fee, chain.lines, chain.pay
    )
    other = Chain(chain.job_id, chain.contract_id, "dense", chain.client_price, chain.fee, chain.lines, chain.pay)
    assert same.digest() == chain.digest() != other.digest()


@given(chains(), st.data())
def test_a_chain_that_does_not_sum_cannot_be_made(case: tuple[Money, Chain], data: st.DataObject) -> None:
    _, chain = case
    one = Money(data.draw(st.integers(1, 1000)), chain.pay.currency)
    with pytest.raises(ValueError, match=r"the last price|sum to"):
        Chain(chain.job_id, chain.contract_id, "x", chain.client_price, chain.fee, chain.lines, chain.pay + one)
    with pytest.raises(ValueError, match=r"buys at|the last price"):
        Chain(chain.job_id, chain.contract_id, "x", chain.client_price + one, chain.fee, chain.lines, chain.pay)


@given(st.integers(1, 10**12), st.integers(0, PPM), CURRENCIES)
def test_the_floor_is_the_least_pay_that_keeps_the_share(price: int, share: int, currency: str) -> None:
    job = Job(worker_share_min_ppm=share)
    rate = JobRate(price_amount=price, worker_pay_min_amount=None, currency=currency)
    floor = pay_floor(job, rate).amount
    assert floor * PPM >= price * share > (floor - 1) * PPM or floor == share == 0


def test_the_worked_example_freezes_as_its_table_says(session: Session) -> None:
    client = make_party(session)
    job, root = make_open_job(session, client)
    ((first, _), (second, layer)) = make_layers(session, client, root, ["0.855", "0.60"])
    row = freeze_chain(session, SYSTEM, layer, "standard", Money.parse("0.35", "CNY"))
    chain = load(session, [row.id])[row.id]
    assert (str(chain.client_price), str(chain.fee), str(chain.pay)) == ("0.90 CNY", "0.045 CNY", "0.35 CNY")
    assert [(line.layer, line.organization_id, str(line.margin)) for line in chain.lines] == [
        (1, first.organization, "0.255 CNY"),
        (2, second.organization, "0.25 CNY"),
    ]
    assert job.id == chain.job_id


def test_the_same_path_at_the_same_pay_is_one_row(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    ((_, layer),) = make_layers(session, client, root, ["0.60"])
    pay = Money.parse("0.35", "CNY")
    first = freeze_chain(session, SYSTEM, layer, "standard", pay)
    assert freeze_chain(session, SYSTEM, layer, "standard", pay).id == first.id
    assert freeze_chain(session, SYSTEM, layer, "standard", Money.parse("0.3501", "CNY")).id != first.id


def test_the_client_who_opens_tasks_itself_pays_the_fee_and_the_worker(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    row = freeze_chain(session, SYSTEM, root, "standard", Money.parse("0.855", "CNY"))
    assert str(row.client_price) == "0.90 CNY"
    cheaper = freeze_chain(session, SYSTEM, root, "standard", Money.parse("0.50", "CNY"))
    assert (str(cheaper.client_price), load(session, [cheaper.id])[cheaper.id].lines) == ("0.545 CNY", ())


@pytest.mark.parametrize(
    ("pay", "slug"), [("0.6001", "price_above_parent"), ("0.2999", "price_below_floor"), ("0", "price_below_floor")]
)
def test_a_pay_outside_price_and_floor_is_refused_at_its_field(session: Session, pay: str, slug: str) -> None:
    client = make_party(session)
    rates = (RateDraft("standard", Money.parse("0.90", "CNY"), Money.parse("0.30", "CNY")),)
    _, root = make_open_job(session, client, rates=rates)
    ((_, layer),) = make_layers(session, client, root, ["0.60"])
    with pytest.raises(DomainError) as refusal:
        freeze_chain(session, SYSTEM, layer, "standard", Money.parse(pay, "CNY"))
    assert refusal.value.slug == slug
    assert [error.pointer for error in refusal.value.errors] == ["/pay/amount"]


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_currencies_without_and_with_three_decimals_sum_as_well(session: Session, currency: str) -> None:
    client = make_party(session)
    price = {"JPY": "13", "KWD": "0.0139"}[currency]
    rates = (RateDraft("standard", Money.parse(price, currency)),)
    _, root = make_open_job(session, client, currency=currency, rates=rates)
    selling = {"JPY": ("9.9999", "7.0001"), "KWD": ("0.0100001", "0.0099999")}[currency]
    (_, (_, layer)) = make_layers(session, client, root, selling, currency=currency)
    pay = Money.parse({"JPY": "5.0003", "KWD": "0.0000001"}[currency], currency)
    row = freeze_chain(session, SYSTEM, layer, "standard", pay)
    assert load(session, [row.id])[row.id].problem() is None


def test_a_frozen_chain_never_changes(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    row = freeze_chain(session, SYSTEM, root, "standard", Money.parse("0.50", "CNY"))
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(text("UPDATE price_chain SET pay_amount = 1"))
    assert session.scalars(select(PriceChain.pay_amount).where(PriceChain.id == row.id)).one() == 500_000


def test_the_log_commits_to_a_chain_without_telling_its_prices(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    layer = make_layers(session, client, root, ["0.855", "0.60"])[-1][1]
    row = freeze_chain(session, SYSTEM, layer, "standard", Money.parse("0.35", "CNY"))
    (event,) = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == row.id))
    chain = load(session, [row.id])[row.id]
    said = json.loads(event.body)["data"]["commitments"]
    assert said == [one.hex() for one in commitments(chain, row.id, row.salt)]
    assert len(set(said)) == len(PARTS), "each has a salt of its own, also those of layers that the chain lacks"
    assert commit(salt_of(row.salt, "layer 2"), lines(chain, row.id)["layer 2"]).hex() == said[PARTS.index("layer 2")]
    assert chain.digest().hex() not in event.body.decode()
    assert "0.60" not in event.body.decode()


def test_events_of_an_older_release_are_recomputed_as_they_were_written(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    row = freeze_chain(session, SYSTEM, root, "standard", Money.parse("0.35", "CNY"))
    chain = load(session, [row.id])[row.id]
    load_recomputers()
    older = recomputer_of(PRICE_CHAIN_FROZEN.kind, 1)
    assert older is not None
    said = older(session, [row.id])[row.id]
    assert said is not None
    assert said["commitment"] == chain.commitment(row.salt).hex()
