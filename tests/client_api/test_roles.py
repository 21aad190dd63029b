"""Which role may call which operation: the table, and every cell of it tried with a real key."""

from __future__ import annotations

from typing import Any, Final

import pytest
from flask import Flask

from marketplace.kernel.ids import new_id, public
from marketplace.web.guard import ATTRIBUTE
from tests.client_api.conftest import Caller, Market

ROLES: Final = {
    "r": ("client", "requester"),
    "v": ("client", "reviewer"),
    "m": ("subcontractor", "manager"),
    "w": ("subcontractor", "reviewer"),
    "f": ("platform", "finance"),
    "o": ("platform", "operations"),
    "d": ("platform", "dispute_decider"),
    "a": ("platform", "auditor"),
    "k": (None, "worker"),
}
"""A letter for each role: client's requester and reviewer, subcontractor's manager and reviewer, finance, operations,
dispute decider, auditor, worker."""

TABLE: Final = {
    "GET /amendments/<amendment_id>": "rmoa",
    "POST /amendments/<amendment_id>/accept": "rm",
    "POST /amendments/<amendment_id>/decline": "rm",
    "POST /amendments/<amendment_id>/withdraw": "rm",
    "GET /access-rules": "rmoa",
    "POST /access-rules": "rm",
    "GET /access-rules/<access_rule_id>": "rmoa",
    "POST /access-rules/<access_rule_id>/contest": "mk",
    "POST /access-rules/<access_rule_id>/end": "rmo",
    "GET /adjudications": "vwda",
    "POST /adjudications/<item_id>/decide": "vwd",
    "GET /answers/<answer_id>/bundle": "rma",
    "GET /answers/<answer_id>/price-chain": "rma",
    "POST /answers/<answer_id>/pay-not-use": "r",
    "GET /api-keys": "rm",
    "POST /api-keys": "rm",
    "GET /api-keys/<api_key_id>": "rm",
    "POST /api-keys/<api_key_id>/revoke": "rm",
    "POST /api-keys/<api_key_id>/rotate": "rm",
    "GET /audit/checkpoint": "rmoak",
    "GET /audit/checkpoints": "rmoak",
    "GET /audit/checkpoints/latest": "rmoak",
    "GET /audit/consistency-proof": "rmoak",
    "GET /audit/events": "rmoak",
    "GET /audit/events/<event_id>/proof": "rmoak",
    "GET /audit/events/<event_id>/receipt": "rmoak",
    "GET /audit/receipts": "rmoak",
    "GET /balance": "r",
    "GET /bank-files": "fa",
    "POST /bank-files": "f",
    "GET /bank-files/<bank_file_id>": "f",
    "POST /bank-reports": "f",
    "GET /bank-statements": "fa",
    "POST /bank-statements": "f",
    "GET /bank-status": "fa",
    "GET /business-calendars": "rmfoa",
    "POST /business-calendars": "o",
    "GET /deferral-limits": "rmfoa",
    "POST /deferral-limits": "o",
    "GET /chargebacks": "rfa",
    "GET /chargebacks/<chargeback_id>": "rfa",
    "POST /chargebacks/<chargeback_id>/declare-lost": "f",
    "POST /chargebacks/<chargeback_id>/write-off": "f",
    "GET /quality-claims": "rmfoa",
    "POST /quality-claims": "rm",
    "GET /quality-claims/<quality_claim_id>": "rmfoa",
    "POST /quality-claims/<quality_claim_id>/agree": "m",
    "POST /quality-claims/<quality_claim_id>/contest": "m",
    "POST /quality-claims/<quality_claim_id>/decide": "o",
    "POST /quality-claims/<quality_claim_id>/withdraw": "rm",
    "GET /statement": "mfa",
    "GET /statement-installments": "mfa",
    "GET /statement-lines": "mfa",
    "GET /statement-payouts": "mfa",
    "GET /statements": "mfa",
    "GET /finance/cash-forecast": "foa",
    "GET /contracts": "rmoa",
    "GET /contracts/<contract_id>": "rmoa",
    "POST /contracts/<contract_id>/accept": "m",
    "GET /contracts/<contract_id>/amendments": "rmoa",
    "GET /contracts/<contract_id>/bundle": "rma",
    "POST /contracts/<contract_id>/amendments": "rm",
    "POST /contracts/<contract_id>/decline": "m",
    "POST /contracts/<contract_id>/default": "mo",
    "POST /contracts/<contract_id>/freeze": "rm",
    "POST /contracts/<contract_id>/lift-breaker": "vwd",
    "GET /contracts/<contract_id>/margin": "rmfoa",
    "GET /contracts/<contract_id>/margin/answers": "rmfoa",
    "GET /contracts/<contract_id>/margin/days": "rmfoa",
    "POST /contracts/<contract_id>/offers": "rm",
    "POST /contracts/<contract_id>/recall": "rm",
    "GET /contracts/<contract_id>/scorecard": "rmoa",
    "GET /contracts/<contract_id>/skips": "rmoa",
    "GET /contracts/<contract_id>/tasks": "rmoa",
    "PATCH /batches/<batch_id>": "rm",
    "POST /contracts/<contract_id>/tasks": "rm",
    "POST /contracts/<contract_id>/unfreeze": "rm",
    "POST /contracts/<contract_id>/withdraw": "rm",
    "GET /defaults": "rmfoa",
    "GET /defaults/<default_id>": "rmfoa",
    "POST /defaults/<default_id>/release": "f",
    "POST /deposits": "r",
    "GET /deposits/<deposit_id>": "r",
    "POST /deposits/<deposit_id>/refunds": "r",
    "GET /refunds/<refund_id>": "r",
    "POST /refunds/<refund_id>/agree-absent": "f",
    "GET /unanswered-refunds": "fa",
    "GET /disputes": "vwda",
    "GET /disputes/<dispute_id>": "vwda",
    "POST /disputes/<dispute_id>/appeal": "vwd",
    "POST /disputes/<dispute_id>/decide": "d",
    "POST /disputes/<dispute_id>/decide-appeal": "d",
    "POST /disputes/<dispute_id>/respond": "vwd",
    "GET /events": "rm",
    "GET /exports": "rmfa",
    "POST /exports": "rmf",
    "GET /exports/<export_id>": "rmfa",
    "GET /extras": "rmfoa",
    "GET /installments": "mfa",
    "GET /invitations": "rmo",
    "POST /invitations": "rmo",
    "GET /invitations/<invitation_id>": "rmo",
    "POST /invitations/<invitation_id>/resend": "rmo",
    "POST /invitations/<invitation_id>/revoke": "rmo",
    "GET /items/<item_id>/bundle": "rma",
    "GET /items/<item_id>/price-chain": "rma",
    "GET /jobs/<job_id>/bundle": "rma",
    "POST /imports/label-studio": "r",
    "POST /imports/mturk": "r",
    "GET /jobs": "rvmwfoda",
    "POST /jobs": "r",
    "GET /jobs/<job_id>": "rvmwfoda",
    "PATCH /jobs/<job_id>": "r",
    "POST /jobs/<job_id>/archive": "r",
    "POST /jobs/<job_id>/cancel": "r",
    "POST /jobs/<job_id>/close": "r",
    "GET /jobs/<job_id>/cost-preview": "rvmwfoda",
    "POST /jobs/<job_id>/duplicate": "r",
    "POST /jobs/<job_id>/fund": "r",
    "GET /jobs/<job_id>/gold": "rm",
    "POST /jobs/<job_id>/gold": "rm",
    "POST /gold/<item_id>/retire": "rm",
    "GET /jobs/<job_id>/guidelines": "rvmwfoda",
    "POST /jobs/<job_id>/guidelines": "r",
    "GET /jobs/<job_id>/items": "rvmwfoda",
    "POST /jobs/<job_id>/items": "r",
    "POST /jobs/<job_id>/items/withdraw": "r",
    "GET /jobs/<job_id>/margins": "rmfoa",
    "GET /jobs/<job_id>/worker-share": "rmfoa",
    "POST /jobs/<job_id>/pause": "r",
    "GET /jobs/<job_id>/progress": "rvmwoa",
    "GET /jobs/<job_id>/quality": "rvmwoa",
    "POST /jobs/<job_id>/publish": "r",
    "POST /jobs/<job_id>/raise-redundancy": "r",
    "GET /jobs/<job_id>/results": "ra",
    "GET /jobs/<job_id>/consensus": "ra",
    "GET /items/<item_id>/consensus": "ra",
    "POST /jobs/<job_id>/resume": "r",
    "POST /jobs/<job_id>/tasks": "rm",
    "GET /jobs/<job_id>/sampling": "rvmwfoda",
    "GET /jobs/<job_id>/uploads": "rvmwfoda",
    "GET /external-lines": "fa",
    "GET /tax-remittances": "fa",
    "POST /tax-remittances": "f",
    "GET /tax-remittances/<tax_remittance_id>": "fa",
    "GET /tax-remittances/<tax_remittance_id>/payees": "fa",
    "POST /tax-remittances/<tax_remittance_id>/approve": "f",
    "POST /tax-remittances/<tax_remittance_id>/reject": "f",
    "POST /tax-remittances/<tax_remittance_id>/pay": "f",
    "GET /currency-conversions": "foa",
    "POST /currency-conversions": "f",
    "GET /exchange-rates": "fa",
    "POST /exchange-rates": "f",
    "GET /ledger/currency-positions": "foa",
    "GET /ledger/journals/<journal_id>": "foa",
    "GET /ledger/periods": "foa",
    "POST /ledger/periods": "f",
    "GET /ledger/periods/<period_id>": "foa",
    "POST /ledger/periods/<period_id>/approve": "f",
    "GET /ledger/trial-balance": "foa",
    "GET /margins": "rmfoa",
    "GET /me": "*",
    "POST /media": "r",
    "GET /operations": "rmfa",
    "GET /operations/<operation_id>": "rmfa",
    "POST /operations/<operation_id>/cancel": "rmf",
    "GET /members": "rmo",
    "GET /members/<person_id>": "rmo",
    "POST /members/<person_id>/add-role": "rmo",
    "POST /members/<person_id>/remove-role": "rmo",
    "GET /organization": "rvmwfoda",
    "PATCH /organization": "rm",
    "GET /organizations": "rm",
    "GET /organizations/<organization_id>/scorecard": "rm",
    "GET /payout-runs": "fa",
    "POST /payout-runs": "f",
    "GET /payout-runs/<run_id>": "fa",
    "POST /payout-runs/<run_id>/approve": "f",
    "POST /payout-runs/<run_id>/cancel": "f",
    "POST /payout-runs/<run_id>/execute": "f",
    "GET /payouts": "mfa",
    "GET /payouts/<payout_id>": "mfa",
    "POST /payouts/<payout_id>/agree-absent": "f",
    "POST /payouts/<payout_id>/approve": "f",
    "POST /payouts/<payout_id>/cancel": "f",
    "POST /payouts/<payout_id>/came-late": "f",
    "POST /payouts/<payout_id>/not-executed": "f",
    "POST /payouts/<payout_id>/retry": "f",
    "GET /review-categories": "rvmwfoda",
    "GET /review-statistics": "rma",
    "GET /review-statistics/own": "vwd",
    "GET /reviews": "vwda",
    "POST /reviews/take-next": "vwd",
    "GET /reviews/<claim_id>": "vwda",
    "POST /reviews/<claim_id>/verdicts": "vwd",
    "POST /reviews/accept": "vwd",
    "POST /skill-grants/<skill_grant_id>/revoke": "rm",
    "GET /skills": "rma",
    "POST /skills": "rm",
    "GET /skills/<skill_id>": "rma",
    "GET /skills/<skill_id>/grants": "rma",
    "POST /skills/<skill_id>/grants": "rm",
    "GET /webhook-deliveries": "rma",
    "GET /webhook-deliveries/<webhook_delivery_id>": "rma",
    "POST /webhook-deliveries/<webhook_delivery_id>/redeliver": "rm",
    "POST /batches/<batch_id>/rate-notices": "rm",
    "GET /wage-floors": "oa",
    "POST /wage-floors": "o",
    "GET /tax-years": "mfa",
    "GET /withholdings": "fa",
    "POST /withholdings": "f",
    "GET /withholdings/<withholding_id>": "fa",
    "POST /withholdings/<withholding_id>/approve": "f",
    "POST /withholdings/<withholding_id>/reject": "f",
    "GET /webhooks": "rma",
    "POST /webhooks": "rm",
    "GET /webhooks/<webhook_id>": "rma",
    "PATCH /webhooks/<webhook_id>": "rm",
    "DELETE /webhooks/<webhook_id>": "rm",
    "POST /webhooks/<webhook_id>/ping": "rm",
    "POST /webhooks/<webhook_id>/rotate-secret": "rm",
    "GET /uploads/<upload_id>": "rvmwfoda",
    "GET /uploads/<upload_id>/errors": "rvmwfoda",
    "GET /roles": "rvmwfoda",
    "GET /team-invitations/<team_invitation_id>": "rma",
    "POST /team-invitations/<team_invitation_id>/revoke": "rm",
    "GET /teams": "rma",
    "POST /teams": "rm",
    "GET /teams/<team_id>": "rma",
    "PATCH /teams/<team_id>": "rm",
    "POST /teams/<team_id>/close": "rm",
    "GET /teams/<team_id>/invitations": "rma",
    "POST /teams/<team_id>/invitations": "rm",
    "GET /teams/<team_id>/members": "rma",
    "POST /teams/<team_id>/members/<person_id>/remove": "rm",
}

NOUNS: Final = {"run_id": "payout_run"}


def _operations(app: Flask) -> dict[str, str]:
    found = {}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/v1/") and getattr(app.view_functions[rule.endpoint], ATTRIBUTE, None) != "public":
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                found[f"{method} {rule.rule.removeprefix('/v1')}"] = rule.rule
    return found


def _path(operation: str) -> str:
    """The operation's address with ids that nothing has."""
    path = operation.split(" ")[1]
    while "<" in path:
        name = path[path.index("<") + 1 : path.index(">")]
        path = path.replace(f"<{name}>", public(NOUNS.get(name, name.removesuffix("_id")), new_id()))
    return path


def _send(caller: Caller, operation: str) -> int:
    method = operation.split(" ", maxsplit=1)[0]
    body: dict[str, Any] = {} if method == "GET" else {"json": {}, "headers": {"If-Match": '"1"'}}
    return caller.send(method, _path(operation), **body).status_code


def test_the_table_names_every_operation_and_no_other(app: Flask) -> None:
    assert set(TABLE) == set(_operations(app))


@pytest.mark.parametrize("letter", ROLES)
def test_each_role_may_call_exactly_what_the_table_says(letter: str, market: Market) -> None:
    kind, role = ROLES[letter]
    caller = market.caller(market.organization(kind), role) if kind else market.caller(None)
    wrong = []
    for operation, allowed in TABLE.items():
        status = _send(caller, operation)
        assert status != 500, operation
        if (status != 403) != (letter in allowed or allowed == "*"):
            wrong.append(f"{operation}: {status}, the table says {allowed!r}")
    assert wrong == []


def test_without_a_key_or_with_a_wrong_one_everything_is_a_401(app: Flask, market: Market) -> None:
    nobody = market.requester()
    for secret in ("", "pwk_wrong", "pwk_" + "x" * 300):
        nobody.secret = secret
        assert {_send(nobody, operation) for operation in TABLE} == {401}
    answer = app.test_client().get("/v1/me")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.get_json()["code"] == "unauthenticated"


def test_a_key_with_fewer_scopes_may_do_no_more_than_these(market: Market) -> None:
    reader = market.caller(market.organization("client"), "requester", scopes=["job.read"])
    assert reader.get("/jobs").status_code == 200
    assert reader.get("/me").json["permissions"] == ["job.read"]
    refused = reader.get("/balance")
    assert (refused.status_code, refused.json["data"]) == (403, {"permission": "deposit.make"})
