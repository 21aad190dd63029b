"""Steps of finance people, of the rail, of the clock, and of what goes wrong."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select, text

from marketplace.db.clock import market_now
from marketplace.kernel.money import Money
from marketplace.ledger.treasury import contribute, put_in_capital, take_fees
from marketplace.payouts.approving import approve_run, cancel_payout, cancel_run, retry_payout
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.recovering import agree_absent
from marketplace.payouts.sending import execute_run
from marketplace.rails import freezing
from marketplace.rails.models import Deposit
from marketplace.rails.refunds import order_refund, send_refund
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.reading_back import unfreeze
from marketplace.reconciliation.suspense import explain_as_deposit, explain_as_fee, look_again
from marketplace.settlement.models import Installment
from marketplace.settlement.states import DESTINATION_REFUSED, PAYABLE
from tests.builders.settlement import move_clock_to
from tests.simulation.changing import what_comes_back
from tests.simulation.world import Fuse, World


def prepare(world: World) -> str | None:
    if world.one(select(Installment.id).where(Installment.state.in_(PAYABLE)).limit(1)) is None:
        return None
    with world.transactions() as session:
        run = prepare_run(session, world.person(world.finance), "sandbox")
    if world.chance.random() < 0.3:
        return "prepared"
    others = [person for person in world.finance if person.person != run.prepared_by]
    with world.transactions() as session:
        approve_run(session, world.person(others), run.id)
    if world.chance.random() < 0.3:
        return "approved"
    found = execute_run(world.transactions, world.person(world.finance), world.rails, run.id)
    return _counts(found)


def approve(world: World) -> str | None:
    run_id = world.one(select(PayoutRun.id).where(PayoutRun.state == "prepared").order_by(PayoutRun.id))
    if run_id is None:
        return None
    with world.transactions() as session:
        approve_run(session, world.person(world.finance), run_id)
    return "approved"


def execute(world: World) -> str | None:
    states = ["approved", "approved", "executing"]
    run_id = world.one(select(PayoutRun.id).where(PayoutRun.state.in_(states)).order_by(PayoutRun.id))
    if run_id is None:
        return None
    found = execute_run(world.transactions, world.person(world.finance), world.rails, run_id)
    return _counts(found)


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(found.items()))


def call_off(world: World) -> str | None:
    run_id = world.one(select(PayoutRun.id).where(PayoutRun.state != "done").order_by(PayoutRun.id))
    if run_id is None:
        return None
    with world.transactions() as session:
        cancel_run(session, world.person(world.finance), run_id)
    return "cancelled"


def mend(world: World) -> str | None:
    """Retry, give up, hold or declare absent a payout that went wrong."""
    wrong = Payout.state.in_(["refused", "unknown", "approved"])
    payout = world.one(select(Payout).where(wrong).order_by(Payout.id))
    if payout is None:
        return None
    choices = {"unknown": ("absent",), "approved": ("cancel",), "refused": ("retry", "cancel", "hold")}
    what = world.chance.choice(choices[payout.state])
    person = world.person(world.finance)
    with world.transactions() as session:
        if what == "retry":
            retry_payout(session, person, payout.id)
        elif what == "absent":
            agree_absent(session, person, payout.id)
        else:
            cancel_payout(session, person, payout.id, DESTINATION_REFUSED if what == "hold" else None)
    return what


def come_back(world: World) -> str | None:
    """A payee's bank returns what was paid."""
    paid = Payout.state.in_(["settled", "reconciled"])
    payout = world.one(select(Payout).where(paid).order_by(Payout.id))
    if payout is None or payout.rail_reference is None:
        return None
    back = what_comes_back(world, payout)
    world.rail.show("transfer_return", back, payout.rail_reference)
    world.sweep("reconcile")
    return f"{payout.paid} as {back}"


def refund(world: World) -> str | None:
    found = world.one(select(Deposit).where(Deposit.state == "available").order_by(Deposit.id))
    if found is None:
        return None
    whole = world.whole(found.currency, 100, 2_000)
    amount = min(whole, found.money, key=lambda money: money.amount)
    with world.transactions() as session:
        ordered = order_refund(session, world.actors[found.organization_id], found.id, amount)
    send_refund(world.transactions, world.rails, ordered.id)
    return f"{amount}"


def stop_payouts(world: World) -> str:
    """Finance freezes payouts."""
    with world.transactions() as session:
        freezing.freeze(session, world.person(world.finance), "simulated", None)
    return "frozen"


def let_payouts_go_on(world: World) -> str | None:
    """Finance has the rail read back and the freeze lifted."""
    with world.transactions() as session:
        if freezing.current_freeze(session) is None:
            return None
        freezing.ask_to_lift(session, world.finance[0], "simulated")
    outcome = unfreeze(world.transactions, world.finance[1], world.rails)
    assert not outcome.left, f"transfers that nothing explains: {outcome.left}"
    return f"{outcome.adopted} adopted, {outcome.rebuilt} rebuilt"


def own_money(world: World) -> str:
    verb = world.chance.choice((put_in_capital, contribute, contribute, take_fees))
    amount = world.money(world.currency(), 10, 1_000)
    with world.transactions() as session:
        verb(session, world.operations, amount)
    return f"{verb.__name__} {amount}"


def rail_line(world: World) -> str:
    """The rail's balance shows a line that no order of ours began."""
    kind = world.chance.choice(("fee", "to_bank", "from_bank", "other"))
    currency = world.currency()
    amount = world.whole(currency, 1 if kind == "fee" else 100, 20 if kind == "fee" else 2_000)
    if amount.is_zero:
        amount = Money.from_minor_units(1, currency)
    # Money that leaves unexplained leaves others' money uncovered: I6 fails then, and is meant to.
    sign = -1 if kind in {"fee", "to_bank"} else 1
    world.rail.show(kind, amount * sign, f"{kind}_{world.chance.random()}")
    world.sweep("reconcile")
    return f"{kind} {amount * sign}"


def explain(world: World) -> str | None:
    """Finance says what a line was that was set aside."""
    found = world.one(select(ExternalLine).where(ExternalLine.state == "set_aside").order_by(ExternalLine.id))
    if found is None:
        return None
    person = world.person(world.finance)
    what = world.chance.choice(("fee", "deposit", "again"))
    with world.transactions() as session:
        if what == "fee":
            explain_as_fee(session, person, found.id, "It says so on the statement.")
        elif what == "deposit":
            client = world.person(world.clients)
            explain_as_deposit(session, person, found.id, client.organization, "Their letter says so.")
        else:
            look_again(session, person, found.id, "It may have been late.")
    return what


def pass_time(world: World) -> str:
    """Market time passes, and mostly the sweeps follow it at once."""
    days = world.chance.choice((0, 1, 3, 8, 31, 31, 62, 93))
    hours = world.chance.randrange(1, 24)
    with world.transactions() as session:
        move_clock_to(session, market_now(session) + dt.timedelta(days=days, hours=hours))
    if world.chance.random() < 0.6:
        world.sweep()
    return f"{days} days, {hours} hours"


def sweep(world: World) -> str:
    world.sweep()
    return "all"


# Events are append-only: looks at the rail that found nothing before the hours passed are written again, as older ones.
OLDER_LOOKS = """
    INSERT INTO payout_event (payout_id, kind, attempt, state_before, state_after, body, real_at)
    SELECT event.payout_id, event.kind, event.attempt, event.state_before, event.state_after, event.body,
           event.real_at - :past
    FROM payout_event AS event JOIN payout ON payout.id = event.payout_id AND payout.attempt = event.attempt
    WHERE event.kind = 'not_found' AND payout.state = 'unknown'
"""
REAL_TIME = (
    OLDER_LOOKS,
    "UPDATE payout SET lease_until = lease_until - :past, first_asked_at = first_asked_at - :past",
    "UPDATE refund SET first_asked_at = first_asked_at - :past",
    "UPDATE external_line SET imported_at = imported_at - :past",
    "UPDATE payout_destination_change SET asked_at = asked_at - :past, takes_effect_at = takes_effect_at - :past",
)


def pass_real_time(world: World) -> str:
    """Hours by the clock of the machine: leases of calls end, keys grow old at the rail, lines wait unexplained.

    The sweeps run before, as they do all the time: what waits for a day unlooked at is a failed check. So is one that
    nothing explains while payouts are frozen, for it is not set aside then: a freeze is lifted before.
    """
    let_payouts_go_on(world)
    hours = world.chance.choice((1, 2, 12, 25))
    shift_real_time(world, hours)
    return f"{hours} hours"


def shift_real_time(world: World, hours: int) -> None:
    """As if so many hours had passed by the machine's clock, with the sweeps at work before and after."""
    asking = ("resolve_unknown_payouts", "confirm_payouts", "reconcile")
    world.sweep(*asking)
    for statement in REAL_TIME:
        with world.transactions() as session:
            session.execute(text(statement), {"past": dt.timedelta(hours=hours)})
    world.sweep(*asking)


FAULTS = (
    ("pay_out", "refuse"),
    ("pay_out", "not_executed"),
    ("pay_out", "unknown_after_executing"),
    ("pay_out", "unknown_before_executing"),
    ("pay_out", "delay"),
    ("collect", "refuse"),
    ("collect", "not_executed"),
    ("collect", "unknown_after_executing"),
    ("collect", "unknown_before_executing"),
    ("collect", "delay"),
    ("refund", "refuse"),
    ("refund", "not_executed"),
    ("refund", "unknown_after_executing"),
    ("refund", "unknown_before_executing"),
)


def break_rail(world: World) -> str:
    operation, kind = world.chance.choice(FAULTS)
    seconds = world.chance.choice((3_600, 86_400 * 3)) if kind == "delay" else 0
    world.rail.script(operation, kind, times=world.chance.choice((1, 1, 3)), delay_seconds=seconds)  # type: ignore[arg-type]
    return f"{operation} {kind}"


def break_process(world: World) -> str:
    """The next doing is killed, or its database lets go of it, at one of its transactions."""
    world.next_fuse = Fuse(world.chance.choice(("kill", "killed after", "database")), world.chance.randint(1, 12))
    return f"{world.next_fuse.kind} at transaction {world.next_fuse.left}"
