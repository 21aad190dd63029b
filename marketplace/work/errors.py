"""What work refuses."""

from typing import Final

from marketplace.kernel.errors import ErrorKind, define
from marketplace.kernel.texts import say

NOTHING_TO_CLAIM: Final = define(
    "nothing_to_claim",
    ErrorKind.STATE,
    say("No task is open to you here"),
    say("Every seat is taken, or you hold or held one on each task that still has a free seat."),
)
LATE_UNFUNDED: Final = define(
    "late_unfunded",
    ErrorKind.STATE,
    say("The job cannot pay for this at the moment"),
    say(
        "What is contested is paid out of money that its client put aside for the job, and for as many late answers as "
        "the client agreed to: all of that money is promised to other answers now, or that number is used up. What was "
        "kept stays kept, and can be contested until the moment that its page says."
    ),
)
CLAIMS_HELD: Final = define(
    "claims_held",
    ErrorKind.STATE,
    say("You hold as many tasks as you may"),
    say(
        "How many tasks one worker may hold at once is limited, by the market and, for its own tasks, by the "
        "job; submit or give back what you hold first. Work that was sent back to you does not count."
    ),
)
TERMS_STALE: Final = define(
    "terms_stale",
    ErrorKind.STALE,
    say("The work is no longer offered as you saw it"),
    say(
        "Pay, settlement terms or guideline differ from those that the claim named. Nothing was claimed; those "
        "that hold now are named."
    ),
)
SCREENED_OUT: Final = define(
    "screened_out",
    ErrorKind.FORBIDDEN,
    say("This work asks for something you do not have"),
    say("The client's job is for workers of certain countries, languages or skills; what is missing is named."),
)
WORKER_BLOCKED: Final = define(
    "worker_blocked",
    ErrorKind.FORBIDDEN,
    say("You are blocked from this work"),
    say(
        "The client or the layer that opened it blocked you for a time; reason and end are named, and you can "
        "contest it. Work that you hold and pay that you earned are not touched."
    ),
)
WORKER_NOT_ALLOWED: Final = define(
    "worker_not_allowed",
    ErrorKind.FORBIDDEN,
    say("This work is for chosen workers"),
    say("The client or the layer that opened it allows workers by name here."),
)
NOT_IN_TEAM: Final = define(
    "not_in_team",
    ErrorKind.FORBIDDEN,
    say("This work is for teams you are not in"),
    say("The layer that opened these tasks opened them to members of some of its teams only."),
)
EXPOSURE_CONSENT_NEEDED: Final = define(
    "exposure_consent_needed",
    ErrorKind.FORBIDDEN,
    say("This work shows hard content, and you have not agreed to see it"),
    say(
        "Items of severity 3, 4 and 5 are shown only to workers who agreed to that severity; you can agree or "
        "withdraw at any time under your limits, and leaving them out has no effect on you."
    ),
)
EXPOSURE_LIMIT_REACHED: Final = define(
    "exposure_limit_reached",
    ErrorKind.STATE,
    say("You have seen enough hard content for today"),
    say(
        "A worker sees so many items of severity 3 and more a day, and works so many minutes on them; the "
        "platform's limit or the worker's own lower one holds. It has no effect on you, and other work is open."
    ),
)
BATCH_PAUSED: Final = define(
    "batch_paused",
    ErrorKind.STATE,
    say("These tasks stand still to protect their workers"),
    say(
        "A rule for the protection of workers keeps them from being claimed: they earn less an hour than the "
        "wage floor of a country, or the client's allowance for paid recovery is used up. What is held goes on "
        "and is paid."
    ),
)
LEASE_OVER: Final = define(
    "lease_over",
    ErrorKind.STATE,
    say("The time for this task is over"),
    say(
        "The lease ended by the market's clock before the answers came, and the seat went back to the queue. For a day "
        "the claim can be taken up again while the seat is free."
    ),
)
ATTEMPT_CLOSED: Final = define(
    "attempt_closed",
    ErrorKind.STATE,
    say("This attempt was submitted already"),
    say("The same attempt came before with other answers; the first ones stand. A redo opens the next attempt."),
)
ANSWERS_INVALID: Final = define(
    "answers_invalid",
    ErrorKind.INVALID,
    say("The answers break the label schema"),
    say("Each item of the claim needs exactly one answer that fits the job's label schema; what does not is listed."),
)
SUBMISSION_TOO_LARGE: Final = define(
    "submission_too_large",
    ErrorKind.TOO_LARGE,
    say("The answers are too large together"),
    say(
        "One answer and all answers of a submission have limits in bytes; the limit is named. Save and submit "
        "fewer marks."
    ),
)
LEASE_EXTENSIONS_USED: Final = define(
    "lease_extensions_used",
    ErrorKind.STATE,
    say("The lease cannot be prolonged again"),
    say("A lease can be prolonged a limited number of times, so that held tasks come back to others."),
)
SKIP_REDO: Final = define(
    "skip_redo",
    ErrorKind.STATE,
    say("What was sent back is not skipped"),
    say("Only a first attempt is skipped. A redo is given back: its answers then lapse, which can be contested."),
)
DRAFT_TOO_LARGE: Final = define(
    "draft_too_large", ErrorKind.INVALID, say("The draft is too large"), say("A draft may hold at most one megabyte.")
)
REVIEW_OWN_ANSWER: Final = define(
    "review_own_answer",
    ErrorKind.FORBIDDEN,
    "Nobody decides on their own answers",
    "The worker of an answer, and members of the rejecting side in a dispute, must leave the decision to others.",
)
NOTHING_TO_REVIEW: Final = define(
    "nothing_to_review",
    ErrorKind.STATE,
    "Nothing waits for you",
    "Every claim that waits for your side is in another reviewer's hand, or was your own work, or nothing waits.",
)
HELD_FOR_ANOTHER: Final = define(
    "held_for_another",
    ErrorKind.FORBIDDEN,
    "Another side decides this",
    "Rejections beyond 20, or 15 % of 20 or more decisions, of a contract within 24 hours are held: the layer above, "
    "the client, or else the platform decides them, and nothing else on the same claim.",
)
BREAKER_NOT_YOURS: Final = define(
    "breaker_not_yours",
    ErrorKind.FORBIDDEN,
    "Another side lifts this",
    "Rejections of a contract are held until the counts fall back, or until a reviewer of the side that decides what "
    "is held lets them through again; the rejecting side cannot.",
)
REJECTION_UNFOUNDED: Final = define(
    "rejection_unfounded",
    ErrorKind.INVALID,
    "The verdict lacks its reasons",
    "Every verdict but accept needs a published category and a comment; a rejection also cites a rule of the guideline "
    "version that the claim froze.",
)
CORRECTION_INVALID: Final = define(
    "correction_invalid",
    ErrorKind.INVALID,
    "The corrected copy breaks the label schema",
    "A corrected copy comes with an accept, changes something and fits the job's label schema as an answer must.",
)
REDO_LIMIT: Final = define(
    "redo_limit",
    ErrorKind.STATE,
    "No further redo may be asked for",
    "The job limits how often work can be sent back unpaid; accept, reject with reasons, or pay without using it. A "
    "layer may send it back once more if it pays the worker again for it, out of its own margin.",
)
DISPUTE_TOO_LATE: Final = define(
    "dispute_too_late",
    ErrorKind.STATE,
    say("The time to contest this is over"),
    say("A rejection can be contested for seven days after it."),
)
DISPUTE_EXISTS: Final = define(
    "dispute_exists",
    ErrorKind.STATE,
    say("This answer is contested already"),
    say("One answer has one dispute; it can be read where it stands."),
)
APPEAL_TOO_LATE: Final = define(
    "appeal_too_late",
    ErrorKind.STATE,
    say("The time to appeal is over"),
    say("How a dispute was decided can be appealed against for seven days after it."),
)
APPEAL_EXISTS: Final = define(
    "appeal_exists",
    ErrorKind.STATE,
    say("There was an appeal already"),
    say("A dispute has one appeal, whichever side it was of."),
)
TASKS_INVALID: Final = define(
    "tasks_invalid",
    ErrorKind.INVALID,
    "The tasks cannot be opened like this",
    "Opening tasks needs items, a size, a pay and a lease within the job's bounds; what is not is listed.",
)
TERMS_TOO_LATE: Final = define(
    "terms_too_late",
    ErrorKind.INVALID,
    "Workers would be paid later than allowed",
    "A worker's dates may never be later than any margin's on the same answer, nor deferred beyond the job's cap.",
)
JOB_NOT_OPEN: Final = define(
    "job_not_open",
    ErrorKind.STATE,
    "The job takes no new tasks",
    "Tasks can be opened while the job is open or paused and the contract is active.",
)
