"""Steps of clients and layers: money in, jobs, contracts, tasks."""

from sqlalchemy import func, select

from marketplace.contracts import handovers
from marketplace.contracts.default_models import ContractDefault
from marketplace.contracts.handover_models import Handover
from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.offer_checks import OfferRate
from marketplace.contracts.offering import accept, offer
from marketplace.contracts.sellers import former_sellers
from marketplace.contracts.states import LIVE
from marketplace.jobs.authoring import create_job
from marketplace.jobs.drafts import RateDraft
from marketplace.jobs.items import add_items
from marketplace.jobs.models import Job
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import client_deposits
from marketplace.lifecycle.cancelling import cancel_job, close_job
from marketplace.lifecycle.funding import fund_job
from marketplace.lifecycle.pausing import pause_job, resume_job
from marketplace.lifecycle.publishing import publish_job
from marketplace.lifecycle.recalling import recall_contract
from marketplace.lifecycle.succeeding import declare_default
from marketplace.rails.deposits import collect, start_deposit
from marketplace.settlement.defaulting import release_margins
from marketplace.work.models import Batch
from marketplace.work.opening import open_tasks
from marketplace.work.withdrawing import withdraw
from tests.builders.handovers import accept_handover
from tests.builders.jobs import job_draft, text_rows
from tests.simulation.world import World


def deposit(world: World) -> str:
    client = world.person(world.clients)
    amount = world.whole(world.currency(), 100, 30_000)
    with world.transactions() as session:
        ordered = start_deposit(session, client, "sandbox", amount)
    collect(world.transactions, world.rails, ordered.id)
    return f"{amount}"


def terms(world: World) -> SettlementTerms:
    parts = [
        TermPart(world.chance.randint(1, 7), world.chance.randint(0, 4), world.chance.choice(list(Anchor)))
        for _ in range(world.chance.randint(1, 3))
    ]
    return SettlementTerms(tuple(sorted(parts, key=lambda part: part.order)))


def publish(world: World) -> str | None:
    with world.transactions() as session:
        rich = [
            (client, currency)
            for client in world.clients
            for currency in sorted(set(world.currencies))
            if balance(session, client_deposits(client.organization, currency)).amount > 0
        ]
    if not rich:
        return None
    client, currency = world.chance.choice(rich)
    items, redundancy = world.chance.randint(3, 12), world.chance.choice((1, 1, 2))
    price = world.money(currency, 30, 500)
    needed = price * items * redundancy
    allowance = world.money(currency, 50, 300) if world.chance.random() < 0.4 else None
    draft = job_draft(
        currency=currency,
        rates=(RateDraft("standard", price),),
        redundancy=redundancy,
        settlement_terms=terms(world),
        redo_max=world.chance.choice((0, 1, 2)),
        acceptance_by=world.chance.choice(("layer", "layer", "client")),
        allowance=allowance,
    )
    with world.transactions() as session:
        there = balance(session, client_deposits(client.organization, currency))
        job = create_job(session, client, draft, fee_ppm=world.chance.choice((0, 50_000, 33_333)))
        add_items(session, client, job.id, text_rows(items))
    with world.transactions() as session:
        wanted = needed + allowance if allowance else needed
        part = wanted if world.chance.random() < 0.7 else world.money(currency, 30, 1500)
        fund_job(session, client, job.id, min(there, part, key=lambda money: money.amount))
    with world.transactions() as session:
        publish_job(session, client, job.id)
    return f"{items} items x {redundancy} at {price}"


def fund(world: World) -> str | None:
    job = world.one(select(Job).where(Job.state.in_(["draft", "funded", "open", "paused"])).order_by(Job.id))
    if job is None:
        return None
    amount = world.money(job.currency, 1, 2_000)
    with world.transactions() as session:
        fund_job(session, world.actors[job.organization_id], job.id, amount)
    return f"{amount}"


def _rate(world: World) -> ContractRate | None:
    """A line of a rate card with free items, of a contract that is alive."""
    alive = Contract.state.in_(LIVE)
    return world.one(
        select(ContractRate)
        .join(Contract, Contract.id == ContractRate.contract_id)
        .where(alive, func.isempty(ContractRate.free).is_(False))
        .order_by(ContractRate.contract_id)
    )


def sell_on(world: World) -> str | None:
    rate = _rate(world)
    if rate is None:
        return None
    seller = world.person(world.layers)
    price = Money(world.chance.randint(rate.price_amount // 2, rate.price_amount), rate.currency)
    free = sum((part.upper or 0) - (part.lower or 0) for part in rate.free)
    items = free if world.chance.random() < 0.7 else world.chance.randint(1, free)
    with world.transactions() as session:
        parent = session.get_one(Contract, rate.contract_id)
        buyer = world.actors[parent.seller_organization_id]
        offered = offer(session, buyer, parent.id, seller.organization, {"standard": OfferRate(price, items)})
    if world.chance.random() < 0.9:
        with world.transactions() as session:
            accept(session, seller, offered.id)
    return f"{items} items at {price}"


def open_work(world: World) -> str | None:
    rate = _rate(world)
    if rate is None:
        return None
    pay = Money(world.chance.randint(rate.price_amount // 2, rate.price_amount), rate.currency)
    with world.transactions() as session:
        contract = session.get_one(Contract, rate.contract_id)
        opener = world.actors[contract.seller_organization_id]
        size = world.chance.choice((1, 1, 2, 3))
        open_tasks(session, opener, contract.id, "standard", items="all", items_per_task=size, pay=pay)
    return f"pay {pay}, {size} a task"


def stop(world: World) -> str | None:
    """A client pauses, goes on with, closes or cancels a job; a layer withdraws tasks; a buyer recalls a contract."""
    what = world.chance.choice(("pause", "resume", "resume", "close", "cancel", "withdraw", "recall"))
    if what == "withdraw":
        batch = world.one(select(Batch).where(Batch.state == "open").order_by(Batch.id))
        if batch is None:
            return None
        with world.transactions() as session:
            opener = session.get_one(Contract, batch.contract_id).seller_organization_id
            withdraw(session, world.actors[opener], batch.id)
        return what
    if what == "recall":
        contract = world.one(select(Contract).where(Contract.layer > 0).order_by(Contract.id))
        if contract is None:
            return None
        with world.transactions() as session:
            recall_contract(session, world.actors[contract.buyer_organization_id], contract.id)
        return what
    job = world.one(select(Job).order_by(Job.id))
    if job is None:
        return None
    verb = {"pause": pause_job, "resume": resume_job, "close": close_job, "cancel": cancel_job}[what]
    with world.transactions() as session:
        verb(session, world.actors[job.organization_id], job.id)
    return what


def go_bust(world: World) -> str | None:
    """A layer cannot go on with a contract; or finance releases what is held of one that could not."""
    if world.chance.random() < 0.3:
        held = world.one(select(ContractDefault).order_by(ContractDefault.id))
        if held is None:
            return None
        with world.transactions() as session:
            release_margins(session, world.finance[0], held.id, "Nothing is owed.")
        return "released"
    contract = world.one(select(Contract).where(Contract.layer > 0).order_by(Contract.id))
    if contract is None:
        return None
    with world.transactions() as session:
        told = declare_default(
            session, world.operations, contract.id, contract.seller_organization_id, "They are gone."
        )
    return f"taken over by the {told.taker}"


def hand_over(world: World) -> str | None:
    """Who took a contract over offers it to a layer, takes the offer back, or it is answered."""
    waiting = world.one(select(Handover).where(Handover.state == "offered").order_by(Handover.id))
    if waiting is not None and world.chance.random() < 0.8:
        verb = world.chance.choice(("accept", "accept", "accept", "decline", "withdraw"))
        by = waiting.from_organization_id if verb == "withdraw" else waiting.to_organization_id
        act = {"accept": accept_handover, "decline": handovers.decline, "withdraw": handovers.withdraw}[verb]
        with world.transactions() as session:
            act(session, world.actors[by], waiting.id)
        return verb
    taken = select(Contract).join(ContractDefault, ContractDefault.contract_id == Contract.id)
    mine = Contract.seller_organization_id == ContractDefault.successor_organization_id
    contract = world.one(taken.where(mine, Contract.state.in_(LIVE)).order_by(Contract.id))
    if contract is None:
        return None
    with world.transactions() as session:
        sell = set(session.scalars(select(Contract.seller_organization_id).where(Contract.job_id == contract.job_id)))
        sell |= former_sellers(session, contract.id)
        free = [layer for layer in world.layers if layer.organization not in sell]
        holder = world.actors[contract.seller_organization_id]
        handovers.offer(session, holder, contract.id, world.person(free or world.layers).organization)
    return "offered"
