"""Whom each kind of event is told to, and what of it: the whole policy as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ROLES: Final = ("requester", "manager")
"""Members of an organization with these roles are told what concerns it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is told: `workers` the people named as readers, `side` which organizations.

    `side` is "" for none, "readers" for all that may read the event, or the field of the event's data that names the
    one to tell. `fields` of the data are repeated; "answers" becomes their number, and what was said is told in its
    words. An event about many claims tells each worker of their own: `sums` maps what is told to the field of
    `data["claims"]` that is summed, "" counts them.
    """

    workers: bool
    side: str
    fields: tuple[str, ...]
    sums: Mapping[str, str] = field(default_factory=dict)
    oneself: bool = False
    """Whether people are told of it also when it was done in their own name: it may have been somebody else."""


_VERDICT: Final = Rule(workers=True, side="", fields=("job", "attempt", "answers"))
_HOLD: Final = Rule(workers=True, side="readers", fields=("amount", "reason"))
_CHARGEBACK: Final = Rule(workers=False, side="readers", fields=("amount", "owed", "deposit"))

RULES: Final[dict[str, Rule]] = {
    "claim.accepted": _VERDICT,
    "claim.paid_not_used": _VERDICT,
    "claim.redo_requested": Rule(workers=True, side="", fields=("job", "attempt", "answers", "lease_until")),
    "claim.rejected": Rule(workers=True, side="", fields=("job", "attempt", "answers", "contest_until")),
    "claim.held": Rule(workers=True, side="readers", fields=("job", "attempt", "answers", "deadline_at")),
    "review.breaker_tripped": Rule(workers=False, side="readers", fields=("job", "contract", "decided", "rejected")),
    "review.breaker_ended": Rule(workers=False, side="readers", fields=("job", "contract", "because")),
    "claims.accepted": Rule(workers=True, side="", fields=("job",), sums={"answers": "answer_count"}),
    "claims.expired": Rule(workers=True, side="", fields=(), sums={"claims": "", "lapsed": "lapsed"}),
    "answer.rejection_final": Rule(workers=True, side="", fields=("job", "claim")),
    "dispute.opened": Rule(workers=False, side="readers", fields=("job", "answer", "deadline_at")),
    "dispute.answered": Rule(workers=True, side="", fields=("job", "answer")),
    "dispute.decided": Rule(workers=True, side="readers", fields=("job", "answer", "decision", "by_silence")),
    "dispute.appealed": Rule(workers=True, side="readers", fields=("job", "answer", "side", "deadline_at")),
    "dispute.appeal_decided": Rule(workers=True, side="readers", fields=("job", "answer", "side", "decision")),
    "quality_claim.opened": Rule(
        workers=False, side="readers", fields=("job", "answer_count", "category", "asked", "deadline_at")
    ),
    "quality_claim.contested": Rule(workers=False, side="readers", fields=("job",)),
    "quality_claim.withdrawn": Rule(workers=False, side="readers", fields=("job",)),
    "quality_claim.decided": Rule(workers=False, side="readers", fields=("job", "decision", "because", "amount")),
    "quality_claim.collected": Rule(workers=False, side="readers", fields=("job", "amount")),
    "acceptance_mirror.decided": Rule(workers=True, side="readers", fields=("job",)),
    "installment.due": Rule(workers=True, side="readers", fields=("amount", "due_on", "contract")),
    "installment.held": _HOLD,
    "installment.released": _HOLD,
    "installment.dormancy_noticed": Rule(workers=True, side="readers", fields=("amount", "reason", "unclaimed_on")),
    "installment.unclaimed": _HOLD,
    "pay_hold.placed": Rule(workers=True, side="readers", fields=("ends_on", "reason")),
    "pay_hold.confirmed": Rule(workers=True, side="readers", fields=("ends_on",)),
    "pay_hold.released": Rule(workers=True, side="readers", fields=("reason",)),
    "payout.quoted": Rule(
        workers=True, side="readers", fields=("owed", "paid", "rate", "source", "quoted_at", "valid_until")
    ),
    "payout.settled": Rule(workers=True, side="readers", fields=("amount", "carried_out", "reference")),
    "payout.cancelled": Rule(workers=True, side="readers", fields=("amount", "held")),
    "contract.offered": Rule(workers=False, side="seller", fields=("job", "layer", "expires_at")),
    "contract.accepted": Rule(workers=False, side="buyer", fields=("job",)),
    "contract.declined": Rule(workers=False, side="buyer", fields=("job",)),
    "contract.withdrawn": Rule(workers=False, side="seller", fields=("job",)),
    "amendment.proposed": Rule(workers=False, side="asked", fields=("contract", "expires_at")),
    "amendment.accepted": Rule(workers=False, side="readers", fields=("contract",)),
    "amendment.declined": Rule(workers=False, side="readers", fields=("contract",)),
    "amendment.withdrawn": Rule(workers=False, side="readers", fields=("contract",)),
    "contract.recalled": Rule(workers=False, side="seller", fields=("job", "state")),
    "contract.frozen": Rule(workers=False, side="seller", fields=("job",)),
    "contract.unfrozen": Rule(workers=False, side="seller", fields=("job",)),
    "contract.defaulted": Rule(workers=False, side="readers", fields=("job", "held", "cause")),
    "contract.silence_noticed": Rule(workers=False, side="readers", fields=("job", "waits_since", "default_at")),
    "contract.succeeded": Rule(workers=False, side="readers", fields=("job", "seller", "former", "taker")),
    "handover.offered": Rule(workers=False, side="asked", fields=("job", "contract", "expires_at")),
    "handover.declined": Rule(workers=False, side="seller", fields=("job", "contract")),
    "handover.withdrawn": Rule(workers=False, side="asked", fields=("job", "contract")),
    "handover.expired": Rule(workers=False, side="readers", fields=("job", "contract")),
    "contract.handed_over": Rule(workers=False, side="readers", fields=("job", "seller", "former")),
    "default.released": Rule(workers=False, side="readers", fields=("contract",)),
    "installment.kept": Rule(workers=False, side="readers", fields=("amount", "reason")),
    "contract.items_withdrawn": Rule(workers=False, side="seller", fields=("job",)),
    "contract.expired": Rule(workers=False, side="buyer", fields=("job",)),
    "payout_destination.change_asked": Rule(
        workers=True, side="readers", fields=("rail", "takes_effect_at"), oneself=True
    ),
    "payout_destination.change_cancelled": Rule(workers=True, side="readers", fields=("rail",), oneself=True),
    "payout_destination.changed": Rule(workers=True, side="readers", fields=("rail",)),
    "payout_destination.bank_refused": Rule(workers=True, side="readers", fields=("rail",)),
    "payout_destination.resumed": Rule(workers=True, side="readers", fields=("rail",)),
    "withholding.approved": Rule(workers=True, side="readers", fields=("valid_from",)),
    "access_rule.made": Rule(workers=True, side="readers", fields=("effect", "scope", "expires_at")),
    "access_rule.ended": Rule(workers=True, side="readers", fields=("effect", "scope")),
    "access_rule.contested": Rule(workers=False, side="organization", fields=("effect", "scope")),
    "skill.granted": Rule(workers=True, side="", fields=("skill", "expires_at")),
    "skill.revoked": Rule(workers=True, side="", fields=("skill",)),
    "look.began": Rule(workers=True, side="", fields=("expires_at",)),
    "score.changed": Rule(workers=True, side="", fields=("kind", "percent", "known_until")),
    "score.forgotten": Rule(workers=True, side="", fields=("kind", "reason")),
    "decision.answered": Rule(workers=True, side="", fields=("outcome",)),
    "fee_report.decided": Rule(workers=True, side="", fields=("organization", "decision", "reason")),
    "organization.offers_frozen": Rule(workers=False, side="readers", fields=()),
    "organization.offers_thawed": Rule(workers=False, side="readers", fields=()),
    "batch.paused": Rule(workers=False, side="opener", fields=("job", "reason", "country", "words")),
    "batch.pause_ended": Rule(workers=False, side="opener", fields=("job", "reason", "country")),
    "extra.booked": Rule(workers=True, side="", fields=("extra_kind", "amount", "job")),
    "webhook.disabled": Rule(workers=False, side="readers", fields=("host", "reason")),
    "chargeback.opened": _CHARGEBACK,
    "chargeback.won": _CHARGEBACK,
    "chargeback.lost": _CHARGEBACK,
    "job.reserve_released": Rule(workers=False, side="readers", fields=("amount",)),
}
