"""What is personal in payouts."""

import uuid
from typing import Final

from sqlalchemy import ColumnElement, and_, select

from marketplace.db.personal import Personal, by, impersonal, personal
from marketplace.payouts.age_models import KeptAge
from marketplace.payouts.conversion_models import CurrencyConversion
from marketplace.payouts.models import Payout, PayoutEvent, PayoutRun
from marketplace.payouts.remittance_models import TaxRemittance
from marketplace.payouts.tax_models import PayoutWithholding, Withholding, WithholdingLine

AS_BOOKS: Final = "as long as the books: law wants amounts and days kept, which stand by the person's id"
_SEALED: Final = "sealed; where they are paid is shown masked on its page"


def _events(person_id: uuid.UUID) -> ColumnElement[bool]:
    paid = select(Payout.id).where(Payout.payee_kind == "worker", Payout.payee_id == person_id)
    return PayoutEvent.payout_id.in_(paid)


personal(
    Personal(
        Payout,
        lambda person_id: and_(Payout.payee_kind == "worker", Payout.payee_id == person_id),
        why="what was paid to them",
        kept_for=AS_BOOKS,
        kept={
            "destination_sealed": "where it goes, sealed; sealed anew around nothing when nothing is owed",
            "rail_reference": "the rail's id of the transfer, by which it is found again",
        },
        codes=("payee_kind", "currency", "paid_currency", "state", "rail", "refusal_code"),
        money={
            **dict.fromkeys(("amount", "carried_in", "carried_out", "withheld", "advance_fee"), "currency"),
            "paid_amount": "paid_currency",
        },
        hidden={"destination_sealed": _SEALED, "cost": "what the rail took from the platform for changing money"},
    )
)
personal(
    Personal(
        PayoutEvent,
        _events,
        why="what became of a payout",
        kept_for=AS_BOOKS,
        kept={"body": "references and codes of the rail"},
        codes=("kind", "state_before", "state_after"),
    )
)
personal(
    Personal(
        Withholding,
        by(Withholding.payee_id),
        why="which tax is withheld from them",
        kept_for=AS_BOOKS,
        codes=("payee_kind", "state", "salt"),
        hidden={"salt": "it opens what the log keeps closed"},
    )
)
impersonal("authorities and rates; whose they are says `withholding`", WithholdingLine, PayoutWithholding)
impersonal("runs, files and sums by ids", PayoutRun, TaxRemittance, KeptAge)
impersonal(
    "words of finance about money, kept as business letters are; who wrote them is an id",
    CurrencyConversion,
)
