"""Audit kinds: claims about the quality of accepted answers, and acceptances that were mirrored."""

from typing import Final

from marketplace.audit.events import define_event

QUALITY_CLAIM_OPENED: Final = define_event(
    "quality_claim.opened",
    2,
    "The client, or a layer above, claims the quality of accepted answers from the layer that vouched for them",
    {
        "job": "job id",
        "answer_count": "whole number",
        "digest": "digest: over the ids of the answers, ascending, 16 bytes each",
        "category": "text: a category of reviews",
        "rule": "text or null: the rule of the guideline that is cited",
        "asked": "money",
        "deadline_at": "moment: silence until then decides for the claimant",
        "reason_commitment": "commitment",
    },
)
QUALITY_CLAIM_CONTESTED: Final = define_event(
    "quality_claim.contested",
    2,
    "The layer that vouched contests a quality claim; operations decide",
    {"job": "job id", "response_commitment": "commitment"},
)
QUALITY_CLAIM_WITHDRAWN: Final = define_event(
    "quality_claim.withdrawn",
    1,
    "A quality claim was withdrawn by its claimant",
    {"job": "job id"},
)
QUALITY_CLAIM_DECIDED: Final = define_event(
    "quality_claim.decided",
    2,
    "A quality claim ended: the layer agreed, or was silent, or operations decided",
    {
        "job": "job id",
        "decision": "text: upheld or dismissed",
        "because": "text: agreed, silence or decided",
        "amount": "money: what the layer gives back: what was asked, or nothing",
        "reason_commitment": "commitment or null",
    },
)
QUALITY_CLAIM_COLLECTED: Final = define_event(
    "quality_claim.collected",
    1,
    "Margin of the layer that vouched went back to the job's reserve",
    {
        "quality_claim": "quality claim id",
        "job": "job id",
        "amount": "money",
    },
)
QUALITY_CLAIM_WRITTEN_OFF: Final = define_event(
    "quality_claim.written_off",
    2,
    "What could not be had from the layer that vouched was given up; nothing of it was booked",
    {"job": "job id", "amount": "money", "reason_commitment": "commitment"},
)
ACCEPTANCE_MIRROR_PROPOSED: Final = define_event(
    "acceptance_mirror.proposed",
    2,
    "Operations say that answers were accepted by mistake; another person decides",
    {
        "job": "job id",
        "accepted_by": "journal id",
        "answer_count": "whole number",
        "digest": "digest: over the ids of the answers, ascending, 16 bytes each",
        "reason_commitment": "commitment",
    },
)
ACCEPTANCE_MIRROR_DECIDED: Final = define_event(
    "acceptance_mirror.decided",
    1,
    "An acceptance by mistake was mirrored, or stays; the workers keep their pay",
    {
        "job": "job id",
        "accepted_by": "journal id",
        "decision": "text: confirmed or rejected",
        "journal": "journal id or null: the mirror",
    },
)
