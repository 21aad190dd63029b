"""News in words: what each kind of notification tells a worker."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from markupsafe import Markup

from marketplace.kernel.money import Money
from marketplace.notifications.models import Notification
from marketplace.web.formatting import day, money, words


def notice_text(notice: Notification) -> str | Markup:
    """One sentence; a kind without words of its own shows its name."""
    body = notice.body
    amount = money(Money.from_wire(body["amount"])) if "amount" in body else Markup("")
    due_on = day_of(body.get("due_on"))
    count = body.get("answers", 0)
    sentences = {
        "claim.accepted": lambda: _("%(n)s answers were accepted.", n=count),
        "claim.paid_not_used": lambda: _("%(n)s answers are paid and not used.", n=count),
        "claim.redo_requested": lambda: _("%(n)s answers were sent back to you.", n=count),
        "claim.rejected": lambda: _("%(n)s answers were rejected; you can contest that.", n=count),
        "claim.expired": lambda: _("The time for a task was over and it went back."),
        "answer.rejection_final": lambda: _("A rejection is final now."),
        "dispute.answered": lambda: _("The other side answered what you contested."),
        "dispute.decided": lambda: _("What you contested was decided: %(how)s.", how=words(body.get("decision", ""))),
        "installment.due": lambda: Markup(_("%(amount)s fell due on %(day)s.")) % {"amount": amount, "day": due_on},
        "installment.held": lambda: (
            Markup(_("%(amount)s is held: %(why)s."))
            % {
                "amount": amount,
                "why": words(body.get("reason", "")),
            }
        ),
        "installment.released": lambda: Markup(_("%(amount)s is not held any more.")) % {"amount": amount},
        "payout.settled": lambda: Markup(_("%(amount)s was paid out.")) % {"amount": amount},
        "payout.cancelled": lambda: (
            Markup(_("A payout of %(amount)s was called off; it stays yours.")) % {"amount": amount}
        ),
    }
    sentence = sentences.get(notice.kind)
    return words(notice.kind.replace(".", " ")) if sentence is None else sentence()


def day_of(text: str | None) -> Markup:
    """A day from its wire form."""
    return day(None if text is None else dt.date.fromisoformat(text))
