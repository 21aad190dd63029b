"""A bulk verb writes one event with ranges or ids, their number and a digest, and not one event a thing.

Here the source is read: where an event may be written in each turn of a loop, it stands below with the reason why these
are events of their own. What a bulk event must say is read from the registry of kinds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

import pytest

import marketplace.entrypoints.wsgi  # noqa: F401 - declares every kind
from marketplace.audit.events import all_kinds
from tests.architecture.call_graph import Function, Graph

RECORD: Final = "marketplace.audit.recording:record"
RECORD_MANY: Final = "marketplace.audit.recording:record_many"
"""One statement, and yet an event a thing: who calls it needs a reason as if it were a loop."""
DEMO: Final = "marketplace.entrypoints.demo"

SWEEP: Final = "a sweep that calls a verb for one thing after another: no command, and each stands by itself"
PARTIES: Final = "one event for each contract or batch, whose readers are others; what it took is summed up in it"
MONEY: Final = "each payment, payout or line has a journal, readers and a bundle of its own"
PAYEE: Final = "each installment's event is what its payee's bundle proves; the readers are others"
WITH_IT: Final = "some events of different kinds about one thing"
CLAIMS: Final = "each claim has a frozen chain of prices, which its worker's bundle opens; some a request"
LEAVING: Final = "what one person leaves when they are erased; the readers of each are others"

EACH_ITS_OWN: Final[dict[str, str]] = {
    "marketplace.contracts.amending:end_waiting": PARTIES,
    "marketplace.contracts.amending:expire": SWEEP,
    "marketplace.contracts.closing:close_contracts": SWEEP,
    "marketplace.contracts.offering:expire": SWEEP,
    "marketplace.contracts.recalling:end_offers": PARTIES,
    "marketplace.contracts.withdrawing:take_out": PARTIES,
    "marketplace.entrypoints.commands.finance.runs:execute_command": MONEY,
    "marketplace.exports.keeping:_adopt": "each file of a month says its digest",
    "marketplace.exports.keeping:keep_books": "month after month; each file says its digest",
    "marketplace.gateways.bank.exporting:export": "one file a currency; each says how many payments and its digest",
    "marketplace.gateways.bank.importing:import_statements": "each statement of a file says its digest",
    "marketplace.gateways.bank.reporting:import_report": MONEY,
    "marketplace.gateways.bank.unexecuted:adopt_late": MONEY,
    "marketplace.identity.keys:revoke_key": "a key and those made with it, each with its own holder",
    "marketplace.identity.leaving:_keys": LEAVING,
    "marketplace.identity.leaving:_roles": LEAVING,
    "marketplace.identity.leaving:_teams": LEAVING,
    "marketplace.jobs.remote:fetch_pending": SWEEP,
    "marketplace.ledger.coverage:publish": "one a currency",
    "marketplace.ledger.fund_sharing:share_fees": "one a currency and day",
    "marketplace.lifecycle.chargebacks:settle_chargebacks": SWEEP,
    "marketplace.lifecycle.completing:complete_jobs": SWEEP,
    "marketplace.lifecycle.exhausting:exhaust_contracts": SWEEP,
    "marketplace.lifecycle.recalling:recall_contract": PARTIES,
    "marketplace.lifecycle.silence:warn_silent": SWEEP,
    "marketplace.lifecycle.succeeding:succeed_silent": SWEEP,
    "marketplace.notifications.delivering:_deliver": SWEEP,
    "marketplace.operations.running:give_back_lost": SWEEP,
    "marketplace.operations.running:run_due": SWEEP,
    "marketplace.payouts.adopting:_set_out": MONEY,
    "marketplace.payouts.adopting:adopt_known": MONEY,
    "marketplace.payouts.adopting:give_up_drafts": MONEY,
    "marketplace.payouts.cancelling:cancel_payouts": MONEY,
    "marketplace.payouts.looking:look_at_banks": SWEEP,
    "marketplace.payouts.quoting:keep_quotes": MONEY,
    "marketplace.payouts.quoting:quoted_as_paid": MONEY,
    "marketplace.payouts.rebuilding:_rebuild": MONEY,
    "marketplace.payouts.rebuilding:rebuild": MONEY,
    "marketplace.payouts.recovering:confirm_sent": MONEY,
    "marketplace.payouts.recovering:resolve_unknown": MONEY,
    "marketplace.payouts.sending:_advance": MONEY,
    "marketplace.payouts.sending:advance_runs": SWEEP,
    "marketplace.protection.recovery:_pay": MONEY,
    "marketplace.protection.recovery:_stop_work": PARTIES,
    "marketplace.protection.recovery:pay_recovery": SWEEP,
    "marketplace.protection.wages:_guard": MONEY,
    "marketplace.protection.wages:guard_wages": SWEEP,
    "marketplace.protection.wages:remove_floor": PARTIES,
    "marketplace.quotes.taking:take_quotes": "one quote a pair of currencies",
    "marketplace.rails.deposits:collect_pending": SWEEP,
    "marketplace.rails.deposits:receive": MONEY,
    "marketplace.rails.inbox:process_inbox": SWEEP,
    "marketplace.rails.refunds:send_pending": SWEEP,
    "marketplace.reconciliation.automatic:_match_one": MONEY,
    "marketplace.reconciliation.automatic:match_without_reference": SWEEP,
    "marketplace.reconciliation.line_booking:book_lines": MONEY,
    "marketplace.reconciliation.matches:_unconfirm": MONEY,
    "marketplace.reconciliation.marking:mark_all": MONEY,
    "marketplace.reconciliation.matching:reconcile": SWEEP,
    "marketplace.reconciliation.reading_back:_read": MONEY,
    "marketplace.reconciliation.reading_back:unfreeze": "rail after rail",
    "marketplace.reconciliation.setting_aside:set_aside": MONEY,
    "marketplace.reconciliation.suspense:explain_as_payouts": MONEY,
    "marketplace.scores.scoring:score": SWEEP,
    "marketplace.settlement.appeals:_book": "the books of one appeal",
    "marketplace.settlement.bulk_accepting:_accept_overdue": "portion after portion, each with one event",
    "marketplace.settlement.bulk_accepting:_accept_singly": "only after a portion failed, to find the claim",
    "marketplace.settlement.bulk_accepting:accept_claims": "job after job, each with one event",
    "marketplace.settlement.bulk_accepting:accept_of_job": "currency after currency, each with one booking",
    "marketplace.settlement.bulk_accepting:auto_accept": SWEEP,
    "marketplace.settlement.collecting:settle_open": SWEEP,
    "marketplace.settlement.defaulting:hold_loose": PAYEE,
    "marketplace.settlement.defaulting:hold_margins": PAYEE,
    "marketplace.settlement.dormancy:_give_notices": SWEEP,
    "marketplace.settlement.fee_invoicing:invoice_fees": "each invoice has a number, a journal and a reader of its own",
    "marketplace.settlement.holding:hold": PAYEE,
    "marketplace.settlement.holding:keep": PAYEE,
    "marketplace.settlement.holding:release": PAYEE,
    "marketplace.settlement.holding:set_apart": PAYEE,
    "marketplace.settlement.maturing:fall_due": PAYEE,
    "marketplace.settlement.quality_collecting:collect_open": SWEEP,
    "marketplace.settlement.sampling:accept_held": SWEEP,
    "marketplace.settlement.sampling:draw_answers": SWEEP,
    "marketplace.settlement.stopping:_hold": PAYEE,
    "marketplace.work.accepting:accept_waiting": PARTIES,
    "marketplace.work.appealing:decide_silent": SWEEP,
    "marketplace.work.breaker:end_fallen": SWEEP,
    "marketplace.work.claiming:_try": CLAIMS,
    "marketplace.work.claiming:claim_several": CLAIMS,
    "marketplace.work.claiming:claim_several.take_all": CLAIMS,
    "marketplace.work.disputing:open_disputes": "each dispute has a text, a deadline and a decision of its own",
    "marketplace.work.finalizing:finalize_uncontested": SWEEP,
    "marketplace.work.leaving:_claims": LEAVING,
    "marketplace.work.leases:expire": "one event a job, with all its claims",
    "marketplace.work.opening:record_opened": WITH_IT,
    "marketplace.work.review_events:record": "one a kind of verdict, with all answers of the claim that got it",
    "marketplace.work.withdrawing:withdraw_contracts": PARTIES,
}
NO_EVENT: Final[dict[str, str]] = {
    "marketplace.identity.skills:_granted": "it reads; a class of the same file has a verb's name in it",
    "marketplace.web.registering:register": "it makes the sign-in pages of each face; nobody signs in there and then",
}

BULK: Final[dict[str, tuple[str, str, str]]] = {
    "acceptance_mirror.proposed": ("", "answer_count", "digest"),
    "bank_file.made": ("", "count", "sha256"),
    "claim.kept": ("", "answer_count", "digest"),
    "claim.submitted": ("", "answer_count", "digest"),
    "claims.accepted": ("claims", "answer_count", "digest"),
    "claims.expired": ("claims", "claim_count", "digest"),
    "contract.items_withdrawn": ("rates", "rates: number", "rates: SHA-256"),
    "contract.recalled": ("rates", "rates: number", "rates: SHA-256"),
    "earnings.booked_together": ("", "answer_count", "digest"),
    "gold.added": ("", "items", "digest"),
    "job.items_added": ("rates", "rates: first and last", "rates: digest"),
    "job.practice_changed": ("", "items", "digest"),
    "job.items_withdrawn": ("rates", "rates: number", "rates: SHA-256"),
    "job.published": ("rates", "rates: number", "rates: digest"),
    "media.purged": ("rates", "count", "digest"),
    "payout_run.prepared": ("totals", "payouts", "digest"),
    "quality_claim.opened": ("", "answer_count", "digest"),
    "tasks.opened": ("ranges", "item_count", "ordinals_digest"),
}
"""Of a kind that covers many things: which field names them by ids or ranges (where they are not too many), which says
how many there are, and which is the digest of all; "field: words" is said by the meaning of that field."""

WHOLE: Final = frozenset({
    # Each of these names all that it covers, so that there is nothing left for a digest to commit to.
    "claim.accepted", "claim.held", "claim.paid_not_used", "claim.redo_requested", "claim.rejected",
    "contract.offered", "earnings.booked", "journal.posted", "payout.settled", "seats.released",
    # These are beside another event of the same thing, which has ranges, number and digest.
    "tasks.extended", "tasks.restricted",
    # And these copy or sum up what `job.published` and `period.proposed` have a digest of.
    "contract.accepted", "job.duplicated", "period.closed",
})  # fmt: skip
THINGS: Final = ("answer", "batch", "claim", "installment", "item", "journal id", "posting", "team id")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph()


def turns(tree: ast.AST) -> Iterator[ast.AST]:
    """What is done again and again within a function."""
    for one in ast.walk(tree):
        if isinstance(one, ast.For | ast.While):
            yield from one.body
        elif isinstance(one, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            yield one.elt
        elif isinstance(one, ast.DictComp):
            yield from (one.key, one.value)


def test_an_event_for_each_turn_of_a_loop_has_its_reason(graph: Graph) -> None:
    writing = {name for name in graph.nodes if graph.reached([name]) & {RECORD, RECORD_MANY}}
    found = {name for name, node in graph.nodes.items() if RECORD_MANY in node.mentions}
    for name, node in graph.nodes.items():
        if not isinstance(node.tree, Function) or name.startswith(DEMO) or name not in writing:
            continue
        for turn in turns(node.tree):
            mentioned = graph.mentioned_in(node.module, turn)
            nested = {f"{name}.{one.id}" for one in ast.walk(turn) if isinstance(one, ast.Name)}
            if (mentioned | nested) & writing - {name}:
                found.add(name)
    assert found == EACH_ITS_OWN.keys() | NO_EVENT.keys()


@pytest.mark.parametrize("kind", sorted(BULK))
def test_a_bulk_event_names_what_it_covers_counts_it_and_has_its_digest(kind: str) -> None:
    (declared,) = [one for one in all_kinds() if one.kind == kind and one.written]
    for wanted in BULK[kind]:
        field, _, words = wanted.partition(": ")
        if field:
            assert field in declared.fields
            assert words in declared.fields[field].meaning
    _, count, digest = BULK[kind]
    assert ":" in count or declared.fields[count].type.words == "whole number"
    assert ":" in digest or declared.fields[digest].type.words == "digest"


def test_every_kind_that_covers_many_things_is_one_of_these() -> None:
    many = set()
    for kind in (one for one in all_kinds() if one.written):
        for name, field in kind.fields.items():
            words = field.type.words
            listed = words.startswith("list of ") and any(thing in name or thing in words for thing in THINGS)
            number = words == "whole number" and name.endswith(("_count", "items"))
            if listed or number or "number of items" in field.meaning:
                many.add(kind.kind)
    assert many - BULK.keys() - WHOLE == {
        "claim.created",  # one claim; its items are those of its task
        "line_match.done",  # one line, and the journals that took it from 2900
        "currency.converted",  # the two journals of one exchange
    }
