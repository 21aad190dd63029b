"""What is personal in what is owed to people."""

from typing import Final

from sqlalchemy import and_

from marketplace.db.personal import ERASED, Personal, by, impersonal, personal
from marketplace.settlement.extra_models import Extra, ExtraCharge
from marketplace.settlement.mirror_models import AcceptanceMirror
from marketplace.settlement.models import Earning, Installment
from marketplace.settlement.own_money_models import OwnMoneyMove
from marketplace.settlement.pay_hold_models import PayHold
from marketplace.settlement.quality_models import QualityClaim

AS_BOOKS: Final = "as long as the books: law wants amounts and days kept, which stand by the person's id"

personal(
    Personal(
        Earning,
        lambda person_id: and_(Earning.payee_kind == "worker", Earning.payee_id == person_id),
        why="what accepted answers earned",
        kept_for=AS_BOOKS,
        codes=("payee_kind", "currency"),
        money={"amount": "currency"},
    )
)
personal(
    Personal(
        Installment,
        lambda person_id: and_(Installment.payee_kind == "worker", Installment.payee_id == person_id),
        why="what falls due to them, and when",
        kept_for=AS_BOOKS,
        codes=("payee_kind", "currency", "state", "held_reason"),
        money={"amount": "currency", "advance_fee": "currency"},
    )
)
personal(
    Personal(
        PayHold,
        lambda person_id: and_(PayHold.payee_kind == "worker", PayHold.payee_id == person_id),
        why="that finance held their pay, why and how long",
        kept_for=AS_BOOKS,
        erased={"reason": ERASED, "release_reason": ERASED},
        codes=("payee_kind",),
    )
)
personal(
    Personal(
        Extra,
        by(Extra.worker_id),
        why="what they earned beside the price of answers, and what for",
        kept_for=AS_BOOKS,
        erased={"note": ERASED},
        codes=("kind", "currency", "key"),
        money={"amount": "currency", "unpaid_amount": "currency"},
        hidden={
            "recourse_amount": "between the layer and the guarantee fund",
            "written_off_amount": "between the layer and the guarantee fund",
        },
    )
)
impersonal("money between organizations", ExtraCharge)
impersonal(
    "words of organizations about contracts and money, kept as business letters are; who wrote them is an id",
    AcceptanceMirror,
    OwnMoneyMove,
    QualityClaim,
)
