"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "extra.recourse_written_off",
    1,
    "What a layer owed to the guarantee fund was written off; the platform made the fund whole",
    {
        "extra": "extra id",
        "organization": "organization id",
        "amount": "money",
        "reason": "text",
    },
)
superseded_event(
    "acceptance_mirror.proposed",
    1,
    "Operations say that answers were accepted by mistake; another person decides",
    {
        "job": "job id",
        "accepted_by": "journal id",
        "answer_count": "whole number",
        "digest": "digest: over the ids of the answers, ascending, 16 bytes each",
        "reason_digest": "digest",
    },
)
superseded_event(
    "quality_claim.decided",
    1,
    "A quality claim ended: the layer agreed, or was silent, or operations decided",
    {
        "job": "job id",
        "decision": "text: upheld or dismissed",
        "because": "text: agreed, silence or decided",
        "amount": "money: what the layer gives back: what was asked, or nothing",
        "reason_digest": "digest or null",
    },
)
superseded_event(
    "quality_claim.opened",
    1,
    "The client, or a layer above, claims the quality of accepted answers from the layer that vouched for them",
    {
        "job": "job id",
        "answer_count": "whole number",
        "digest": "digest: over the ids of the answers, ascending, 16 bytes each",
        "category": "text: a category of reviews",
        "rule": "text or null: the rule of the guideline that is cited",
        "asked": "money",
        "deadline_at": "moment: silence until then decides for the claimant",
        "reason_digest": "digest",
    },
)
superseded_event(
    "quality_claim.contested",
    1,
    "The layer that vouched contests a quality claim; operations decide",
    {
        "job": "job id",
        "response_digest": "digest",
    },
)
superseded_event(
    "quality_claim.written_off",
    1,
    "What could not be had from the layer that vouched was given up; nothing of it was booked",
    {
        "job": "job id",
        "amount": "money",
        "reason_digest": "digest",
    },
)
