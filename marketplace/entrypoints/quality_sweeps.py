"""The sweeps that compare answers: what they say together, and which items want further ones."""

from marketplace.entrypoints.sweeping import Sweep, in_transactions
from marketplace.scores import scoring
from marketplace.settlement import gold_paying
from marketplace.work import consensus, consensus_fitting, extending, overlap, quality_reports

QUALITY_SWEEPS: tuple[Sweep, ...] = (
    Sweep(
        "find_consensus",
        10,
        "Finds what the accepted answers to each item say together, where these changed.",
        in_transactions("items", consensus.compute_some),
    ),
    Sweep(
        "fit_consensus",
        30,
        "Learns how good the workers of jobs are whose consensus weighs them, and has their items looked at again.",
        in_transactions("jobs", consensus_fitting.fit_one_job),
    ),
    Sweep(
        "report_quality",
        30,
        "Makes the quality reports of jobs anew whose accepted answers grew.",
        in_transactions("jobs", quality_reports.report_one_job),
    ),
    Sweep(
        "judge_overlap",
        5,
        "Compares the answers to finished tasks: items that agree stop early, and their money is free again.",
        in_transactions("tasks", overlap.judge_one_job),
        follows_market_time=True,
    ),
    Sweep(
        "extend_overlap",
        5,
        "Gathers items that want one more answer into new tasks.",
        in_transactions("batches", extending.extend_one_batch),
        follows_market_time=True,
    ),
    Sweep(
        "settle_gold",
        5,
        "Pays gold answers of claims that are decided, from their jobs' allowances.",
        in_transactions("answers", gold_paying.settle_one_draw),
        follows_market_time=True,
    ),
    Sweep(
        "score_workers",
        60,
        "Reckons the scores of workers whose answers were compared on an earlier day.",
        in_transactions("workers", scoring.score_one_worker),
        follows_market_time=True,
    ),
)
