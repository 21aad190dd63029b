"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "claim.accepted",
    1,
    "Answers were accepted",
    {
        "job": "job id",
        "attempt": "whole number: the claim's",
        "answers": "list of record or null: {answer, category, comment_digest, rule}; null where the verdict has none; "
        "with correction_digest, SHA-256 of a corrected copy as JSON with sorted keys, hex, where one came with it",
    },
)
superseded_event(
    "claim.held",
    1,
    "Rejections are held for another side to decide",
    {
        "job": "job id",
        "attempt": "whole number: the claim's",
        "answers": "list of record or null: {answer, category, comment_digest, rule}; null where the verdict has none; "
        "with correction_digest, SHA-256 of a corrected copy as JSON with sorted keys, hex, where one came with it",
        "deadline_at": "moment: the answers are accepted if nobody decides until then",
    },
)
superseded_event(
    "claim.paid_not_used",
    1,
    "Answers are paid but not used",
    {
        "job": "job id",
        "attempt": "whole number: the claim's",
        "answers": "list of record or null: {answer, category, comment_digest, rule}; null where the verdict has none; "
        "with correction_digest, SHA-256 of a corrected copy as JSON with sorted keys, hex, where one came with it",
    },
)
superseded_event(
    "claim.redo_requested",
    1,
    "Answers were sent back",
    {
        "job": "job id",
        "attempt": "whole number: the claim's",
        "answers": "list of record or null: {answer, category, comment_digest, rule}; null where the verdict has none; "
        "with correction_digest, SHA-256 of a corrected copy as JSON with sorted keys, hex, where one came with it",
        "lease_until": "moment: by the lease that the batch gives everybody",
    },
)
superseded_event(
    "claim.rejected",
    1,
    "Answers were rejected",
    {
        "job": "job id",
        "attempt": "whole number: the claim's",
        "answers": "list of record or null: {answer, category, comment_digest, rule}; null where the verdict has none; "
        "with correction_digest, SHA-256 of a corrected copy as JSON with sorted keys, hex, where one came with it",
        "contest_until": "moment: open to dispute until then",
    },
)
superseded_event(
    "dispute.answered",
    1,
    "The rejecting side answered",
    {
        "job": "job id",
        "answer": "answer id",
        "response_digest": "digest: of the text",
    },
)
superseded_event(
    "dispute.appeal_decided",
    1,
    "An appeal ended",
    {
        "job": "job id",
        "answer": "answer id",
        "side": "text: worker or rejecting",
        "decision": "text: granted or dismissed",
        "by_silence": "boolean: true when nobody decided before the deadline",
        "reason_digest": "digest or null: of the text",
    },
)
superseded_event(
    "dispute.appealed",
    1,
    "How a dispute was decided is appealed against",
    {
        "job": "job id",
        "answer": "answer id",
        "side": "text: worker, or rejecting (nothing that was paid is taken back)",
        "reason_digest": "digest: of the text",
        "deadline_at": "moment: silence until then decides for the worker",
    },
)
superseded_event(
    "dispute.decided",
    1,
    "A dispute ended",
    {
        "job": "job id",
        "answer": "answer id",
        "decision": "text: upheld (the rejection stands) or overturned (the worker is paid)",
        "by_silence": "boolean: true when nobody decided before the deadline",
        "reason_digest": "digest or null: of the text",
        "appeal_until": "moment: the side that lost can appeal until then",
    },
)
superseded_event(
    "dispute.opened",
    1,
    "A worker contests a rejection",
    {
        "job": "job id",
        "answer": "answer id",
        "reason_digest": "digest: of the text",
        "deadline_at": "moment",
    },
)
superseded_event(
    "item.adjudicated",
    1,
    "A third person decided an item on whose answers there was no agreement",
    {
        "job": "job id",
        "answer": "answer id or null: the answer that was chosen, or null for one of the person's own",
        "content_digest": "digest: of the content as JSON with sorted keys",
        "reason_digest": "digest: of the text",
    },
)
superseded_event(
    "review.breaker_ended",
    1,
    "Rejections on a contract are no longer held",
    {
        "job": "job id",
        "contract": "contract id",
        "because": "text: `fell` (the counts fell back) or `lifted` (by a reviewer of another side)",
        "reason_digest": "digest or null: of the text of who lifted it",
    },
)
superseded_event(
    "tasks.notice_given",
    1,
    "Workers were given notice of a lower pay for items with pre-labels",
    {
        "job": "job id",
        "pay": "money: for an accepted answer, then",
        "reason": "text",
        "effective_at": "moment: fourteen days on",
    },
)
superseded_event(
    "claims.expired",
    1,
    "Leases of one job ended",
    {
        "claims": "list of record: {claim, attempt, lapsed}: lapsed is how many redo answers lapsed with it",
    },
)
superseded_event(
    "exposure.limits",
    1,
    "A worker set daily limits of their own for hard content",
    {
        "items_max": "whole number or null: null for the platform's limit",
        "minutes_max": "whole number or null: null for the platform's limit",
        "time_zone": "text or null: of the worker's day, null for UTC",
    },
)
