"""Every command can write its event into the log: pages that post, commands of the shell, sweeps.

Here the source is read: a command whose code never comes to `record` writes nothing, whatever happens. That the
operations of both APIs do write one when they succeed is tried in tests/client_api/test_examples.py.
"""

from __future__ import annotations

import ast
from typing import Final

import pytest

from tests.architecture.call_graph import Graph

RECORD: Final = "marketplace.audit.recording:record"
COMMANDS: Final = "marketplace.entrypoints.commands."

SIGN_IN: Final = (
    "a session is a person's own, no change that the log is about; keys, roles and payees' methods are in it"
)
PORT: Final = "it goes through the rail's port: marketplace/gateways/bank records it, tests/console/test_bank.py"
PRIVATE: Final = "a private matter of one worker that nobody else may learn of, from no log either"
LOOKS: Final = "it changes nothing, or nothing of the market's"
HTTP: Final = "it is a client of the API, whose operations are walked in tests/client_api/test_examples.py"
FORGETS: Final = "it removes what has served its time and says nothing that the log does not say"
DERIVED: Final = "it works out again what follows from other rows"
LOG: Final = "it is the log, or carries what the log says"

PAGES_WITHOUT: Final[dict[str, str]] = {
    "marketplace.console.banking:import_report": PORT,
    "marketplace.console.banking:make_bank_files": PORT,
    "marketplace.console.banking:save_layout": PORT,
    "marketplace.console.payouts:adopt_late": PORT,
    "marketplace.console.payouts:declare_not_executed": PORT,
    "marketplace.console.home:change_organization": SIGN_IN,
    "marketplace.console.reviewing:take_next_review": "who looks at a claim for some minutes; the verdict is recorded",
    "marketplace.web.hooks:take": "what a rail sends is kept as it came; what follows from it is recorded by a sweep",
    "marketplace.web.sign_in:_add_passkeys.ask_passkey": SIGN_IN,
    "marketplace.web.own_access:make_own_access.ask_passkey": SIGN_IN,
    "marketplace.web.sign_in:make_sign_in.send": SIGN_IN,
    "marketplace.web.sign_in:make_sign_in.sign_out": SIGN_IN,
    "marketplace.web.sign_in:make_sign_in.use_code": SIGN_IN,
    "marketplace.web.sign_in:make_sign_in.use_link": SIGN_IN,
    "workers_portal.pages.holding:set_time_factor": PRIVATE,
    "workers_portal.pages.settings:set_page_settings": PRIVATE,
    "workers_portal.pages.home:read_notices": PRIVATE,
    "workers_portal.pages.protection:beat": PRIVATE,
    "workers_portal.pages.practising:compare_practice": "an answer to a practice item is compared and forgotten",
}
SHELL_WITHOUT: Final[dict[str, str]] = {
    "backup:command": LOOKS,
    "db:check_command": LOOKS,
    "db:migrate_command": "the tables, not what is in them",
    "db:shell_command": "whoever has the owner's rights can do without; docs/threat-model.md",
    "fake_stripe:command": LOOKS,
    "jobs.exporting:export_command": HTTP,
    "jobs.items:add_command": HTTP,
    "jobs.running:create_command": HTTP,
    "jobs.running:deposit_command": HTTP,
    "jobs.running:fund_command": HTTP,
    "jobs.running:list_command": HTTP,
    "jobs.running:preview_command": HTTP,
    "jobs.running:publish_command": HTTP,
    "jobs.watching:watch_command": HTTP,
}
SWEEPS_WITHOUT: Final[dict[str, str]] = {
    "seal_audit_log": LOG,
    "verify_audit_log": LOG,
    "feed_notifications": LOG,
    "publish_events": LOG,
    "plan_deliveries": LOG,
    "forget_deliveries": FORGETS,
    "take_snapshots": DERIVED,
    "compare_snapshots": DERIVED,
    "keep_account_days": DERIVED,
    "compare_account_days": DERIVED,
    "keep_ages": DERIVED,
    "compare_ages": DERIVED,
    "keep_unconfirmed": DERIVED,
    "compare_unconfirmed": DERIVED,
    "find_consensus": DERIVED,
    "fit_consensus": DERIVED,
    "report_quality": DERIVED,
    "measure_pay": DERIVED,
    "measure_clients": DERIVED,
    "sum_margins": DERIVED,
    "sort_out_batches": "which batches stand in the line in which workers are offered the next task",
    "finish_batches": "all of a batch's tasks were decided, and each of these decisions is recorded",
    "end_broken_uploads": "of an upload that broke off nothing was added",
    "delete_purged_media": "the purge was recorded when it was decided; this removes the bytes",
    "reseal_payee_data": "the same destinations under another key, outside the database",
    "forget_operations": FORGETS,
    "forget_idempotency_keys": FORGETS,
    "forget_limits": FORGETS,
    "forget_sign_ins": FORGETS,
}


@pytest.fixture(scope="module")
def graph() -> Graph:
    found = Graph()
    assert RECORD in found.nodes
    return found


def _posts(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "post":
        return True
    return any(one.arg == "methods" and "POST" in ast.unparse(one.value) for one in call.keywords)


def test_every_page_that_posts_can_write_an_event(graph: Graph) -> None:
    pages = {name for name, call in graph.decorated("post", "route") if _posts(call)}
    assert len(pages) > 100
    assert {page for page in pages if not graph.reaches(page, RECORD)} == PAGES_WITHOUT.keys()


def test_every_command_of_the_shell_can_write_an_event(graph: Graph) -> None:
    commands = {name for name, _ in graph.decorated("command") if name.startswith(COMMANDS)}
    assert len(commands) > 40
    silent = {name.removeprefix(COMMANDS) for name in commands if not graph.reaches(name, RECORD)}
    assert silent == SHELL_WITHOUT.keys()


def test_every_sweep_can_write_an_event(graph: Graph) -> None:
    silent, count = set(), 0
    for module, call in graph.calls("Sweep"):
        if module.startswith("marketplace.entrypoints"):
            count += 1
            if RECORD not in graph.reached(list(graph.mentioned_in(module, call))):
                silent.add(ast.literal_eval(call.args[0]))
    assert count > 60
    assert silent == SWEEPS_WITHOUT.keys()
