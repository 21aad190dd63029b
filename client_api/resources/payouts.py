"""Installments, payout runs and payouts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.money import InstallmentQuery, InstallmentView, PayoutView, RunDetailView, RunInput, RunView
from client_api.views import With
from marketplace.db.paging import Page, paginate
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.money import Money
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout, PayoutLine, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import execute_run
from marketplace.settlement import queries as settlement_queries
from marketplace.settlement.models import Installment
from marketplace.web.context import get_context
from marketplace.web.database import transactions

payouts = Theme("payouts", "What falls due, and the runs that pay it: one person prepares, another approves.")
