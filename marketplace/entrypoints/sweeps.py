"""What is done by the clock: every sweep of the house, in one list.

A sweep takes due rows with SKIP LOCKED in transactions of its own and says what it did. Ticks are hints, due rows
are the truth: any number of processes may run any sweep at any time, and a missed tick is made up by the next.
"""

from marketplace.db import idempotency, sealed
from marketplace.entrypoints import sweep_steps
from marketplace.entrypoints.contract_sweeps import CONTRACT_SWEEPS
from marketplace.entrypoints.deposit_sweeps import DEPOSIT_SWEEPS
from marketplace.entrypoints.log_sweeps import LOG_SWEEPS
from marketplace.entrypoints.notification_sweeps import NOTIFICATION_SWEEPS
from marketplace.entrypoints.payout_sweeps import PAYOUT_SWEEPS
from marketplace.entrypoints.quality_claim_sweeps import QUALITY_CLAIM_SWEEPS
from marketplace.entrypoints.quality_sweeps import QUALITY_SWEEPS
from marketplace.entrypoints.sweeping import Sweep, in_transactions, once
from marketplace.identity import erasing, forgetting, limiting, looking
from marketplace.intake import uploads
from marketplace.jobs import payday_setting, remote
from marketplace.jobs.retention import purge_next
from marketplace.lifecycle import exhausting
from marketplace.lifecycle.completing import complete_jobs
from marketplace.operations import starting
from marketplace.protection import clients, recovery, wages
from marketplace.provenance import day_margins
from marketplace.settlement import appeals, bulk_accepting, collecting, defaulting, dormancy, maturing, sampling
from marketplace.work import breaker, leases, queueing, withdrawing

SWEEPS: tuple[Sweep, ...] = (
    # In the order in which one makes work for the next; after a leap of the clock they run in this order.
    *DEPOSIT_SWEEPS,
    Sweep(
        "fetch_remote_media",
        5,
        "Fetches media that items name by an address, through the guard against private addresses.",
        once("addresses", lambda context: remote.fetch_pending(context.transactions, context.storage)),
    ),
    Sweep(
        "adopt_country_laws",
        3600,
        "Takes over the longest deferral of pay of each country that comes with the service, once for each.",
        in_transactions("countries", payday_setting.adopt_law),
    ),
    Sweep("end_broken_uploads", 30, "Ends uploads whose server ended.", in_transactions("uploads", uploads.end_broken)),
    *CONTRACT_SWEEPS,
    Sweep(
        "expire_leases",
        5,
        "Takes claims back whose lease is over; their seats open again.",
        in_transactions("claims", leases.expire),
        follows_market_time=True,
    ),
    Sweep(
        "draw_answers",
        5,
        "Draws which answers are reviewed, in jobs that have a sample reviewed, and accepts the others.",
        once("claims", lambda context: sampling.draw_answers(context.transactions)),
        follows_market_time=True,
    ),
    Sweep(
        "auto_accept",
        15,
        "Accepts answers that nobody reviewed by their deadline.",
        once("claims", lambda context: bulk_accepting.auto_accept(context.transactions)),
        follows_market_time=True,
    ),
    Sweep(
        "accept_held",
        30,
        "Accepts answers whose rejection was held and that no other side decided in time.",
        once("answers", lambda context: sampling.accept_held(context.transactions)),
        follows_market_time=True,
    ),
    Sweep(
        "end_breakers",
        60,
        "Lets rejections of a contract through again whose counts fell back.",
        in_transactions("breakers", breaker.end_fallen),
        follows_market_time=True,
    ),
    Sweep(
        "overturn_silent_disputes",
        30,
        "Decides disputes for the worker whose deadline passed in silence.",
        in_transactions("disputes", appeals.overturn_silent),
        follows_market_time=True,
    ),
    Sweep(
        "decide_silent_appeals",
        30,
        "Decides appeals for the worker whose deadline passed in silence.",
        in_transactions("appeals", appeals.decide_silent_appeals),
        follows_market_time=True,
    ),
    Sweep(
        "finalize_rejections",
        30,
        "Makes rejections final that were not contested in time, and frees their reserve.",
        in_transactions("answers", appeals.finalize_rejections),
        follows_market_time=True,
    ),
    *QUALITY_SWEEPS,
    Sweep(
        "sort_out_batches",
        60,
        "Takes batches whose tasks are all taken out of the line in which workers are offered the next task.",
        in_transactions("jobs", queueing.sort_out),
    ),
    Sweep(
        "finish_batches",
        30,
        "Closes batches whose tasks are all done.",
        in_transactions("batches", withdrawing.finish_batches),
        follows_market_time=True,
    ),
    Sweep(
        "exhaust_contracts",
        30,
        "Moves contracts on whose every item is answered, and closes them once nothing can be contested.",
        in_transactions("contracts", exhausting.exhaust_contracts),
        follows_market_time=True,
    ),
    Sweep(
        "complete_jobs",
        30,
        "Moves jobs on that have nothing left to do, and returns the rest of their reserve.",
        once("jobs", lambda context: complete_jobs(context.transactions)),
        follows_market_time=True,
    ),
    Sweep(
        "fall_due",
        15,
        "Lets installments fall due whose day has come.",
        in_transactions("installments", maturing.fall_due),
        follows_market_time=True,
    ),
    Sweep(
        "release_cured_holds",
        30,
        "Lets held installments fall due again once their payee has set a payout method, the hold of finance is over, "
        "or their default is released.",
        in_transactions("installments", maturing.release_cured),
        follows_market_time=True,
    ),
    Sweep(
        "warn_silent_layers",
        300,
        "Tells layers that let answers wait and say nothing when that will count as default: after half of "
        "LAYER_SILENT_DAYS_MAX, and two days before the end.",
        sweep_steps.warn_silent,
        follows_market_time=True,
    ),
    Sweep(
        "succeed_silent_layers",
        300,
        "Declares the default of layers that let answers wait and say nothing for LAYER_SILENT_DAYS_MAX days.",
        sweep_steps.succeed_silent,
        follows_market_time=True,
    ),
    Sweep(
        "hold_margins",
        30,
        "Holds margins that came back to a layer in default, such as by a refused payout.",
        in_transactions("defaults", defaulting.hold_loose),
    ),
    Sweep(
        "note_dormant",
        3600,
        "Tells payees of held money that they do not fetch, and sets it apart as unclaimed after DORMANT_AFTER_DAYS.",
        sweep_steps.note_dormant,
        follows_market_time=True,
    ),
    Sweep(
        "return_claimed",
        60,
        "Lets unclaimed money fall due again once its payee has set a payout method.",
        in_transactions("installments", dormancy.return_claimed),
    ),
    Sweep(
        "finish_erasures",
        300,
        "Deletes where erased people were paid once nothing is owed to them any more; looks at each once a day.",
        in_transactions("people", erasing.finish_erasure),
        follows_market_time=True,
    ),
    Sweep(
        "pay_recovery",
        30,
        "Pays workers recovery from hard content, from the allowances of the jobs that offer it.",
        once("payments", lambda context: recovery.pay_recovery(context.transactions)),
        follows_market_time=True,
    ),
    Sweep(
        "measure_pay",
        60,
        "Measures what the last workers at each rate of a job really earned an hour.",
        in_transactions("rates", wages.measure_pay),
        follows_market_time=True,
    ),
    Sweep(
        "measure_clients",
        600,
        "Measures once a day which part of the answers a client rejected lately, and after how many days it was paid.",
        in_transactions("clients", clients.measure_clients),
        follows_market_time=True,
    ),
    Sweep(
        "guard_wages",
        60,
        "Holds measured pay against wage floors: pauses what pays less, and tops the work already done up.",
        once("batches", lambda context: wages.guard_wages(context.transactions)),
        follows_market_time=True,
    ),
    Sweep(
        "settle_extras",
        60,
        "Pays workers what a layer still owes them, and the guarantee fund what layers owe to it, from their margins.",
        in_transactions("extras", collecting.settle_open),
    ),
    *QUALITY_CLAIM_SWEEPS,
    *PAYOUT_SWEEPS,
    Sweep(
        "run_operations",
        2,
        "Runs long work that was asked for, and begins work anew whose process has gone silent.",
        once("runs", sweep_steps.run_operations),
        apart=True,
    ),
    Sweep(
        "purge_media",
        60,
        "Purges the media of settled jobs whose retention is over, where no other job needs it.",
        in_transactions("jobs", purge_next),
        follows_market_time=True,
    ),
    Sweep("delete_purged_media", 30, "Deletes the bytes of purged media.", sweep_steps.delete_purged_media),
    Sweep(
        "keep_books",
        3600,
        "Keeps the books of a month in storage after its end, as what and when the settings say.",
        once("files", sweep_steps.keep_books),
        follows_market_time=True,
        apart=True,
    ),
    Sweep(
        "delete_exports",
        60,
        "Deletes the files of exports past their time, and those of runs that died.",
        sweep_steps.delete_exports,
    ),
    Sweep(
        "forget_operations",
        3600,
        "Deletes the rows of operations that ended 90 days ago.",
        in_transactions("operations", starting.forget_expired),
    ),
    *LOG_SWEEPS,
    *NOTIFICATION_SWEEPS,
    Sweep(
        "sum_margins",
        60,
        "Sums the margins of days that are over, for the reports of margins.",
        in_transactions("steps", day_margins.sum_days),
        follows_market_time=True,
    ),
    Sweep(
        "forget_idempotency_keys",
        3600,
        "Deletes idempotency keys past their 30 days.",
        in_transactions("keys", idempotency.forget_expired),
    ),
    Sweep(
        "reseal_payee_data",
        600,
        "Encrypts payee data anew that another than the first key in PAYEE_KEY_FILE encrypts.",
        in_transactions("values", sealed.reseal),
    ),
    Sweep(
        "forget_sign_ins",
        600,
        "Deletes what is past its end: sessions, mailed links and codes, challenges to passkeys, answers of providers.",
        in_transactions("rows", forgetting.forget_sign_ins),
    ),
    Sweep("end_looks", 60, "Logs that looks are past their time.", in_transactions("looks", looking.end_past_look)),
    Sweep(
        "forget_limits",
        600,
        "Deletes counters of attempts whose window is over.",
        in_transactions("windows", limiting.forget_expired),
    ),
)
