"""What work writes into the audit log."""

from typing import Final

from marketplace.audit.events import define_event

TASKS_OPENED: Final = define_event(
    "tasks.opened",
    1,
    "Tasks were opened",
    {
        "job": "job id",
        "contract": "contract id: the contract that opened them",
        "rate": "text: rate code",
        "price_chain": "text: id of the price chain that claims will freeze, as text",
        "pay": "money: a worker's pay per accepted answer",
        "item_count": "whole number",
        "items_per_task": "whole number",
        "task_count": "whole number",
        "seats_per_task": "whole number",
        "lease_seconds": "whole number",
        "settlement_terms": "list of record: parts: weight, months, anchor",
        "terms_hash": "digest: of the canonical bytes of the terms",
        "ordinals_digest": "digest: of the items' ordinals as the text of a multirange",
        "ranges": "list of list: the first ranges of ordinals as [first, last] pairs, at most 100",
    },
)
TASKS_RESTRICTED: Final = define_event(
    "tasks.restricted",
    1,
    "Tasks were opened to teams only",
    {"job": "job id", "teams": "list of team id: only their members find and claim the tasks"},
)
TASKS_EXTENDED: Final = define_event(
    "tasks.extended",
    1,
    "Tasks were opened for one more answer to items of others",
    {
        "job": "job id",
        "extends": "batch id: the batch that the items were opened in first",
        "items": "whole number: one more answer to each, whose price was committed with their first seats",
    },
)
OVERLAP_JUDGED: Final = define_event(
    "overlap.judged",
    1,
    "Answers to the items of finished tasks were compared",
    {
        "tasks": "whole number: tasks compared now",
        "agreed": "whole number: items that want no further answer",
        "waiting": "whole number: items that want one more",
        "open": "whole number: items with as many answers as they may get, which a third person decides",
        "uncommitted": "money: back to the free reserve, since it is wanted no more",
    },
)
TASKS_PRIORITIZED: Final = define_event(
    "tasks.prioritized",
    1,
    "Tasks were put before or after others",
    {"job": "job id", "priority": "whole number: from 0 to 9; higher is offered earlier"},
)
ITEM_ADJUDICATED: Final = define_event(
    "item.adjudicated",
    2,
    "A third person decided an item on whose answers there was no agreement",
    {
        "job": "job id",
        "answer": "answer id or null: the answer that was chosen, or null for one of the person's own",
        "content_digest": "digest: of the content as JSON with sorted keys",
        "reason_commitment": "commitment",
    },
)
SEATS_RELEASED: Final = define_event(
    "seats.released",
    1,
    "Seats were made claimable",
    {
        "batches": "list of record: {batch, seats, answers, committed}: seats released now, and the reserve tied for "
        "them",
        "committed": "money: tied in all",
    },
)
TASKS_WITHDRAWN: Final = define_event(
    "tasks.withdrawn",
    1,
    "Open seats were taken back",
    {
        "job": "job id",
        "seats": "whole number: open seats taken back",
        "tasks": "whole number: tasks nobody had worked on",
        "uncommitted": "money: back to the free reserve",
    },
)
CLAIM_CREATED: Final = define_event(
    "claim.created",
    1,
    "A worker claimed a seat",
    {
        "worker": "person id: the person",
        "task": "task id",
        "batch": "batch id",
        "job": "job id",
        "item_count": "whole number",
        "price_chain": "text: id of the frozen price chain, as text",
        "guideline_version": "whole number: frozen",
        "terms_hash": "digest: of the frozen settlement terms",
        "lease_until": "moment: by the lease that the batch gives everybody, this claim's own may be longer",
    },
)
CLAIM_SUBMITTED: Final = define_event(
    "claim.submitted",
    1,
    "Answers were submitted",
    {
        "job": "job id",
        "attempt": "whole number",
        "answer_count": "whole number",
        "digest": "digest: over the lines `item id as hex, space, content as JSON with sorted keys`, by ordinal",
    },
)
CLAIM_RETURNED: Final = define_event(
    "claim.returned",
    1,
    "A worker gave a claim back",
    {"job": "job id", "attempt": "whole number", "lapsed": "whole number: redo answers declined with it"},
)
CLAIMS_EXPIRED: Final = define_event(
    "claims.expired",
    2,
    "Leases of one job ended",
    {
        "claims": "list of record: {claim, attempt, lapsed}: lapsed is how many redo answers lapsed with it",
        "claim_count": "whole number",
        "digest": "digest: over the ids of the claims, ascending, 16 bytes each",
    },
)
CLAIM_EXTENDED: Final = define_event(
    "claim.extended",
    1,
    "A lease was prolonged",
    {"job": "job id", "lease_until": "moment: by the lease that the batch gives everybody"},
)
CLAIM_TAKEN_UP: Final = define_event(
    "claim.taken_up",
    1,
    "A worker took a claim up again whose lease had ended",
    {
        "job": "job id",
        "attempt": "whole number",
        "lease_until": "moment: by the lease that everybody gets then",
    },
)
CLAIM_SEAT_ADDED: Final = define_event(
    "claim.seat_added",
    1,
    "A claim that came late got a seat of its own",
    {
        "job": "job id",
        "answers": "whole number",
        "committed": "money: tied in the reserve for them",
        "contested": "boolean: whether its worker contests that it was too late; else the job pays for it",
    },
)
CLAIM_KEPT: Final = define_event(
    "claim.kept",
    1,
    "Answers came too late and were kept",
    {
        "job": "job id",
        "answer_count": "whole number",
        "digest": "digest: of the answers by item id, as JSON with sorted keys",
        "contest_until": "moment or null: open to dispute until then; null where the job pays for no late answers",
    },
)
_VERDICTS = {
    "job": "job id",
    "attempt": "whole number: the claim's",
    "answers": "list of record or null: {answer, category, comment_commitment, rule}; null where the verdict has none; "
    "with correction_digest, SHA-256 of a corrected copy as JSON with sorted keys, hex, where one came with it",
}
CLAIM_ACCEPTED: Final = define_event("claim.accepted", 2, "Answers were accepted", _VERDICTS)
CLAIMS_ACCEPTED: Final = define_event(
    "claims.accepted",
    1,
    "Every waiting answer of claims of one batch was accepted",
    {
        "job": "job id",
        "claims": "list of record: {claim, attempt, answer_count}, at most 500",
        "answer_count": "whole number: in all",
        "digest": "digest: over the ids of the answers, ascending, 16 bytes each",
    },
)
CLAIM_REDO_REQUESTED: Final = define_event(
    "claim.redo_requested",
    2,
    "Answers were sent back",
    {**_VERDICTS, "lease_until": "moment: by the lease that the batch gives everybody"},
)
CLAIM_REJECTED: Final = define_event(
    "claim.rejected", 2, "Answers were rejected", {**_VERDICTS, "contest_until": "moment: open to dispute until then"}
)
CLAIM_PAID_NOT_USED: Final = define_event("claim.paid_not_used", 2, "Answers are paid but not used", _VERDICTS)
CLAIM_HELD: Final = define_event(
    "claim.held",
    2,
    "Rejections are held for another side to decide",
    {**_VERDICTS, "deadline_at": "moment: the answers are accepted if nobody decides until then"},
)
BREAKER_TRIPPED: Final = define_event(
    "review.breaker_tripped",
    1,
    "Too much of a contract was rejected within a day; further rejections are held",
    {
        "job": "job id",
        "contract": "contract id",
        "decided": "whole number: verdicts of reviewers within 24 hours",
        "rejected": "whole number: of these",
        "held_for": "text: the organization that decides what is held, or `platform`",
    },
)
BREAKER_ENDED: Final = define_event(
    "review.breaker_ended",
    2,
    "Rejections on a contract are no longer held",
    {
        "job": "job id",
        "contract": "contract id",
        "because": "text: `fell` (the counts fell back) or `lifted` (by a reviewer of another side)",
        "reason_commitment": "commitment or null: of what was said by who lifted it",
    },
)
SAMPLING_BEGUN: Final = define_event(
    "job.sampling_begun",
    1,
    "The secret was chosen that says which answers are reviewed",
    {"seed_digest": "digest: of the secret", "policy": "record: the job's `review`, as it was published"},
)
DISPUTE_OPENED: Final = define_event(
    "dispute.opened",
    2,
    "A worker contests a rejection",
    {"job": "job id", "answer": "answer id", "reason_commitment": "commitment", "deadline_at": "moment"},
)
DISPUTE_ANSWERED: Final = define_event(
    "dispute.answered",
    2,
    "The rejecting side answered",
    {"job": "job id", "answer": "answer id", "response_commitment": "commitment"},
)
DISPUTE_DECIDED: Final = define_event(
    "dispute.decided",
    2,
    "A dispute ended",
    {
        "job": "job id",
        "answer": "answer id",
        "decision": "text: upheld (the rejection stands) or overturned (the worker is paid)",
        "by_silence": "boolean: true when nobody decided before the deadline",
        "reason_commitment": "commitment or null",
        "appeal_until": "moment: the side that lost can appeal until then",
    },
)
DISPUTE_APPEALED: Final = define_event(
    "dispute.appealed",
    2,
    "How a dispute was decided is appealed against",
    {
        "job": "job id",
        "answer": "answer id",
        "side": "text: worker, or rejecting (nothing that was paid is taken back)",
        "reason_commitment": "commitment",
        "deadline_at": "moment: silence until then decides for the worker",
    },
)
APPEAL_DECIDED: Final = define_event(
    "dispute.appeal_decided",
    2,
    "An appeal ended",
    {
        "job": "job id",
        "answer": "answer id",
        "side": "text: worker or rejecting",
        "decision": "text: granted or dismissed",
        "by_silence": "boolean: true when nobody decided before the deadline",
        "reason_commitment": "commitment or null",
    },
)
REJECTION_FINAL: Final = define_event(
    "answer.rejection_final",
    1,
    "A rejection nobody contested became final",
    {"job": "job id", "claim": "claim id"},
)
