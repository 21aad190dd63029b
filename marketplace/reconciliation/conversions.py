"""An exchange at the bank, by its two lines: what stood open between two currencies is bought back."""

import uuid

from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.payouts.conversion_models import CurrencyConversion
from marketplace.payouts.converting import close_position, hold_positions
from marketplace.reconciliation.errors import LINE_EXPLAINED_OTHERWISE
from marketplace.reconciliation.own_lines import account_of, say_what_it_was, take_line


def enter_conversion(
    session: Session, actor: Actor, sold_line_id: uuid.UUID, bought_line_id: uuid.UUID, reason: str
) -> CurrencyConversion:
    """Say that two lines, one that took a currency and one that brought another, were one exchange (J22).

    Needs reconciliation.match. Raises forbidden, invalid, not_found, state_conflict, line_explained_otherwise for lines
    that moved the other way, position_not_open.
    """
    actor.require("reconciliation.match")
    if not reason.strip():
        raise INVALID.error("Say why.", errors=[FieldError("/reason", "required", "Say why: others will ask.")])
    hold_positions(session)
    # In the order of their ids, as whoever else locks both.
    lines = {line_id: take_line(session, actor, line_id) for line_id in sorted({sold_line_id, bought_line_id})}
    sold, bought = lines[sold_line_id], lines[bought_line_id]
    if sold.amount > 0 or bought.amount < 0:
        raise LINE_EXPLAINED_OTHERWISE.error("What was sold went out by its line, and what was bought came in.")
    row = close_position(
        session,
        actor,
        sold=-sold.money,
        bought=bought.money,
        lines=(sold.id, bought.id),
        accounts=(account_of(sold), account_of(bought)),
        reason=reason.strip(),
    )
    say_what_it_was(session, actor, sold, "conversion", row.reason, row.sold_journal_id)
    say_what_it_was(session, actor, bought, "conversion", row.reason, row.bought_journal_id)
    return row
