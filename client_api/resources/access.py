"""Allow and block lists: whom an organization works with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.access import (
    ACCESS_END_EXAMPLE,
    ACCESS_RULE_EXAMPLE,
    AccessRuleInput,
    AccessRuleQuery,
    AccessRuleView,
)
from client_api.schemas.skills import ReasonInput
from client_api.views import With
from marketplace.contracts import access_queries as queries
from marketplace.contracts.access import RuleDraft, contest_rule, end_rule, make_rule
from marketplace.contracts.access_queries import RuleView
from marketplace.db.paging import Page

access = Theme("access", "Allow and block lists, with scope, reason and end; the one concerned reads the reason.")


@access.operation(
    "GET", "/access-rules", permission="access.read", query=AccessRuleQuery, returns=AccessRuleView, page=True
)
def list_access_rules(query: dict[str, Any]) -> Page[With]:
    """List the rules that your organization made or that concern it, the newest first."""
    page = queries.list_rules(session(), actor(), **query)
    return Page([_view(view) for view in page.data], page.next_cursor)


@access.operation(
    "POST",
    "/access-rules",
    permission="access.make",
    body=AccessRuleInput,
    example=ACCESS_RULE_EXAMPLE,
    returns=AccessRuleView,
    status=201,
    idempotent=True,
    location="/access-rules/{id}",
)
def make_access_rule(body: dict[str, Any]) -> With:
    """Allow or block a worker or a subcontractor from now on.

    Claims and contracts that are held already, and what was earned, are never touched.
    """
    return _view(make_rule(session(), actor(), RuleDraft(**body)))


@access.operation("GET", "/access-rules/{access_rule_id}", permission="access.read", returns=AccessRuleView)
def read_access_rule(access_rule_id: UUID) -> With:
    """Read a rule that your organization made or that concerns it."""
    return _view(queries.get_rule(session(), actor(), access_rule_id))


@access.operation(
    "POST",
    "/access-rules/{access_rule_id}/end",
    permission="access.end",
    body=ReasonInput,
    example=ACCESS_END_EXAMPLE,
    returns=AccessRuleView,
    refusals=[409],
)
def end_access_rule(body: dict[str, Any], access_rule_id: UUID) -> With:
    """End a rule of yours before its time; operations may end any, as after a contest."""
    return _view(end_rule(session(), actor(), access_rule_id, **body))


@access.operation(
    "POST",
    "/access-rules/{access_rule_id}/contest",
    permission="access.contest",
    body=ReasonInput,
    example={"reason": "We never worked for this client; please look at the answers again."},
    returns=AccessRuleView,
    refusals=[409],
)
def contest_access_rule(body: dict[str, Any], access_rule_id: UUID) -> With:
    """Say once what speaks against a block of your organization; its maker and operations read it."""
    return _view(contest_rule(session(), actor(), access_rule_id, **body))


def _view(view: RuleView) -> With:
    rule, end, contest = view.rule, view.end, view.contest
    # Who is concerned need not be a party of the job: its ids stay with who made the rule, and with the staff.
    ours = actor().organization_kind == "platform" or rule.organization_id == actor().organization_id
    return With(
        rule,
        organization_name=view.organization_name,
        job_id=rule.job_id if ours else None,
        contract_id=rule.contract_id if ours else None,
        state=view.state,
        ended_at=None if end is None else end.ended_at,
        end_reason=None if end is None else end.reason,
        contested_at=None if contest is None else contest.contested_at,
        contest_reason=None if contest is None else contest.reason,
    )
