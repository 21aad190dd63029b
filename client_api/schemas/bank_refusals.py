"""What payees' own banks did not take."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Instant, MoneyField, PublicId, View
from client_api.schemas.money import PayeeId
from marketplace.rails.bank_refusal_models import STATES

_STATES = validate.OneOf(STATES)


class BankRefusalView(View):
    """A payment from a payee's account at a rail to their own bank that came back to that account.

    What was transferred to the account stays settled. While it is open nothing more is paid there, and
    what falls due to who is paid nowhere else is held for the reason bank_refused.
    """

    id = PublicId("bank_refusal")
    payee_kind = fields.String(validate=validate.OneOf(["worker", "organization"]))
    payee_id = PayeeId()
    rail = fields.String()
    reference = fields.String(metadata={"description": "The rail's id of the payment."})
    amount = MoneyField(attribute="money")
    code = fields.String(metadata={"description": "Why, in the rail's own word."})
    state = fields.String(validate=_STATES)
    made_at = Instant(metadata={"description": "When the account paid it on."})
    noted_at = Instant()
    ended_at = Instant(allow_none=True)


class BankRefusalQuery(ListQuery):
    """Filters of the list of bank refusals."""

    state = fields.String(validate=_STATES)
