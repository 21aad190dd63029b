"""Long work: what a request answered with 202 has set going."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.operations import OperationQuery, OperationView, operation_parts
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.operations import queries, starting
from marketplace.operations.models import Operation

operations = Theme("operations", "Long work that a request has set going: its progress, its end, and how to stop it.")


@operations.operation(
    "GET", "/operations", permission="operation.read", query=OperationQuery, returns=OperationView, page=True
)
def list_operations(query: dict[str, Any]) -> Page[With]:
    """List your organization's operations, the newest first."""
    page = queries.list_operations(session(), actor(), **query)
    return Page([view(operation) for operation in page.data], page.next_cursor)


@operations.operation("GET", "/operations/{operation_id}", permission="operation.read", returns=OperationView)
def read_operation(operation_id: UUID) -> With:
    """Read an operation: how far it is, and what came of it."""
    return view(queries.get_operation(session(), actor(), operation_id))


@operations.operation(
    "POST",
    "/operations/{operation_id}/cancel",
    permission="operation.cancel",
    returns=OperationView,
    refusals=[409],
)
def cancel_operation(operation_id: UUID) -> With:
    """Ask an operation to stop: a queued one ends at once, a running one at its next step, leaving nothing behind.

    Asking again changes nothing; one that has succeeded or failed is refused.
    """
    return view(starting.cancel(session(), actor(), operation_id))


def view(operation: Operation) -> With:
    """An operation with what is not a column of it."""
    return With(operation, **operation_parts(operation))
