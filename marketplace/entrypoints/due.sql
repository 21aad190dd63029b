-- How long the oldest row that is due has waited for each sweep, as an interval: nothing, or less than nothing, where
-- none is due. Each is one look at an index, for /metrics and for the page of operations; the sweep itself decides
-- what it does. NULL stands where no row carries the moment since which it is due.

-- name: receive_deposits
SELECT market_now() - min(received_at) FROM rail_event WHERE processed_at IS NULL

-- name: collect_deposits
SELECT market_now() - min(created_at) - interval '1 minute' FROM deposit WHERE state = 'pending' AND reference IS NULL

-- name: settle_chargebacks
-- What a client owes may wait for years; what the rail has called lost does not.
SELECT market_now() - min(rail_event.received_at)
FROM chargeback
JOIN rail_event ON rail_event.provider = chargeback.rail
    AND rail_event.payload ->> 'dispute' = chargeback.reference
    AND rail_event.payload ->> 'kind' = 'dispute.lost'
WHERE chargeback.state = 'open'

-- name: send_refunds
SELECT market_now() - min(created_at) FROM refund WHERE state = 'pending' AND reference IS NULL

-- name: invoice_fees
SELECT market_now() - (CAST(max(month) AS timestamptz) + interval '2 months 1 day') FROM invoiced_month

-- name: fetch_remote_media
SELECT statement_timestamp() - min(next_try_at) FROM remote_media WHERE state = 'pending'

-- name: adopt_country_laws
-- What comes with a release has no moment in the rows.
SELECT CAST(NULL AS interval)

-- name: end_broken_uploads
-- An upload that still arrives counts too: only its server knows that.
SELECT market_now() - min(started_at) - interval '1 minute' FROM upload WHERE state = 'receiving'

-- name: expire_offers
SELECT market_now() - min(expires_at) FROM contract WHERE state = 'offered'

-- name: expire_amendments
SELECT market_now() - min(expires_at) FROM amendment WHERE state = 'proposed'

-- name: expire_handovers
SELECT market_now() - min(expires_at) FROM handover WHERE state = 'offered'

-- name: expire_leases
SELECT market_now() - min(lease_until) FROM claim WHERE state = 'claimed'

-- name: draw_answers
SELECT market_now() - min(waiting.submitted_at)
FROM job CROSS JOIN LATERAL (
    SELECT claim.submitted_at FROM claim
    WHERE claim.job_id = job.id AND claim.state = 'submitted' AND claim.attempt = 1
        AND NOT EXISTS (SELECT FROM sampling WHERE sampling.claim_id = claim.id OFFSET 0)
    ORDER BY claim.submitted_at LIMIT 1
) AS waiting
WHERE job.review_policy ->> 'mode' = 'sample'

-- name: auto_accept
SELECT market_now() - min(waiting.submitted_at + job.auto_accept_seconds * interval '1 second')
FROM job CROSS JOIN LATERAL (
    SELECT claim.submitted_at FROM claim
    WHERE claim.job_id = job.id AND claim.state = 'submitted'
        AND claim.submitted_at <= (SELECT market_now()) - job.auto_accept_seconds * interval '1 second'
        AND EXISTS (SELECT FROM answer WHERE answer.claim_id = claim.id AND answer.state = 'submitted')
    ORDER BY claim.submitted_at LIMIT 1
) AS waiting

-- name: accept_held
SELECT market_now() - min(deadline_at) FROM answer_hold WHERE ended_at IS NULL

-- name: end_breakers
-- A breaker ends when counts have fallen: it has no moment of its own.
SELECT CAST(NULL AS interval)

-- name: overturn_silent_disputes
SELECT market_now() - min(deadline_at) FROM dispute WHERE state IN ('open', 'answered')

-- name: decide_silent_appeals
SELECT market_now() - min(deadline_at) FROM appeal WHERE state = 'open'

-- name: finalize_rejections
SELECT market_now() - answer.decided_at - interval '7 days'
FROM answer
WHERE answer.state IN ('rejected', 'lapsed') AND answer.decided_at <= market_now() - interval '7 days'
    AND NOT EXISTS (
        SELECT FROM dispute
        WHERE dispute.answer_id = answer.id AND NOT (
            dispute.state = 'upheld' AND dispute.decided_at <= market_now() - interval '7 days'
            AND NOT EXISTS (SELECT FROM appeal WHERE appeal.dispute_id = dispute.id)
        )
    )
ORDER BY answer.decided_at LIMIT 1

-- name: find_consensus
-- The first row of each job, by jumps along the key.
WITH RECURSIVE first (job_id, due_at) AS (
    (SELECT job_id, due_at FROM consensus_due ORDER BY job_id, id LIMIT 1)
    UNION ALL
    SELECT next.job_id, next.due_at
    FROM first CROSS JOIN LATERAL (
        SELECT job_id, due_at FROM consensus_due WHERE consensus_due.job_id > first.job_id ORDER BY job_id, id LIMIT 1
    ) AS next
)
SELECT statement_timestamp() - min(due_at) FROM first

-- name: fit_consensus
-- A model that was never fitted has no moment.
SELECT statement_timestamp() - min(fitted_at) - interval '10 minutes'
FROM consensus_model
WHERE method <> 'majority' AND answers_seen > answers_fitted
    AND NOT EXISTS (SELECT FROM consensus_due WHERE consensus_due.job_id = consensus_model.job_id)

-- name: report_quality
SELECT statement_timestamp() - min(report.computed_at) - interval '5 minutes'
FROM consensus_model AS model JOIN quality_report AS report ON report.job_id = model.job_id
WHERE model.answers_seen > report.answers_seen

-- name: judge_overlap
-- Of the first tasks in line.
SELECT market_now() - min(done.at)
FROM (SELECT id FROM task WHERE to_judge AND state = 'done' ORDER BY job_id LIMIT 20) AS waiting
CROSS JOIN LATERAL (SELECT max(decided_at) AS at FROM claim WHERE claim.task_id = waiting.id) AS done

-- name: extend_overlap
SELECT market_now() - min(waiting.since + CAST(job.overlap ->> 'wait_seconds' AS bigint) * interval '1 second')
FROM (
    SELECT root_batch_id, min(since) AS since FROM overlap_item WHERE state = 'waiting' GROUP BY root_batch_id
) AS waiting
JOIN batch ON batch.id = waiting.root_batch_id AND batch.state = 'open'
JOIN job ON job.id = batch.job_id AND job.state IN ('open', 'paused')

-- name: settle_gold
SELECT market_now() - min(claim.decided_at)
FROM gold_draw JOIN claim ON claim.id = gold_draw.claim_id
WHERE gold_draw.state = 'open' AND claim.state IN ('decided', 'returned', 'expired', 'released')

-- name: score_workers
SELECT market_now() - CAST(day + 1 AS timestamptz) FROM score_due ORDER BY id LIMIT 1

-- name: sort_out_batches
-- Whether a batch stands right in the line follows from its seats: there is no moment.
SELECT CAST(NULL AS interval)

-- name: finish_batches
-- Follows from the states of tasks: there is no moment.
SELECT CAST(NULL AS interval)

-- name: exhaust_contracts
-- Follows from the states of tasks and answers: there is no moment.
SELECT CAST(NULL AS interval)

-- name: complete_jobs
-- Follows from the states of batches, answers and installments: there is no moment.
SELECT CAST(NULL AS interval)

-- name: fall_due
SELECT market_now() - CAST(min(due_on) AS timestamptz) FROM installment WHERE state = 'scheduled'

-- name: release_cured_holds
SELECT market_now() - least((
    SELECT min(payout_destination.changed_at)
    FROM installment JOIN payout_destination ON payout_destination.payee_id = installment.payee_id
    WHERE installment.state = 'held' AND installment.held_reason IN ('no_payout_method', 'destination_refused', 'payout_returned', 'bank_refused')
        AND (payout_destination.changed_at > installment.held_at OR installment.held_reason = 'no_payout_method')
        AND payout_destination.stopped_at IS NULL
), (
    SELECT min(ended.ended_at)
    FROM installment
    CROSS JOIN LATERAL (
        SELECT max(coalesce(pay_hold.released_at, CAST(pay_hold.ends_on AS timestamptz), 'infinity')) AS ended_at
        FROM pay_hold
        WHERE pay_hold.payee_id = installment.payee_id
            AND (pay_hold.installment_ids IS NULL OR installment.id = ANY (pay_hold.installment_ids))
    ) AS ended
    WHERE installment.state = 'held' AND installment.held_reason = 'held_by_finance' AND ended.ended_at <= market_now()
))

-- name: hold_stopped
SELECT market_now() - least((
    SELECT min(greatest(installment.due_at, payout_destination.stopped_at))
    FROM installment JOIN payout_destination ON payout_destination.payee_id = installment.payee_id
    WHERE installment.state IN ('due', 'advanced') AND payout_destination.stopped_at IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM payout_destination AS other
            WHERE other.payee_id = installment.payee_id AND other.stopped_at IS NULL
        )
), (
    SELECT min(greatest(installment.due_at, pay_hold.placed_at))
    FROM installment JOIN pay_hold ON pay_hold.payee_id = installment.payee_id
    WHERE installment.state IN ('due', 'advanced') AND pay_hold.released_at IS NULL
        AND (pay_hold.ends_on IS NULL OR pay_hold.ends_on > CAST(market_now() AS date))
        AND (pay_hold.installment_ids IS NULL OR installment.id = ANY (pay_hold.installment_ids))
))

-- name: note_dormant
-- What is set apart is set apart on no day that a row carries: it depends on a setting, and on notices.
SELECT CAST(NULL AS interval)

-- name: return_claimed
SELECT market_now() - min(payout_destination.changed_at)
FROM installment
JOIN payout_destination ON payout_destination.payee_id = installment.payee_id
WHERE installment.state = 'unclaimed'
    AND (payout_destination.changed_at > installment.held_at OR installment.held_reason = 'no_payout_method')
    AND payout_destination.stopped_at IS NULL

-- name: pay_recovery
-- Of days that are over.
SELECT market_now() - CAST(min(day.day) + 1 AS timestamptz)
FROM exposure_day AS day JOIN job ON job.id = day.job_id AND job.protection IS NOT NULL
WHERE day.day >= CAST(market_now() AS date) - 7 AND day.day < CAST(market_now() AS date)
    AND day.recoveries < CASE
        WHEN job.protection ->> 'recovery_after_items' IS NOT NULL
        THEN day.answered / CAST(job.protection ->> 'recovery_after_items' AS bigint)
        ELSE day.seconds / (60 * CAST(job.protection ->> 'recovery_after_minutes' AS bigint))
    END

-- name: measure_pay
SELECT market_now() - min(ended.decided_at)
FROM batch
LEFT JOIN pay_figure AS figure ON figure.job_id = batch.job_id AND figure.rate_code = batch.rate_code
CROSS JOIN LATERAL (
    SELECT claim.decided_at FROM claim
    WHERE claim.batch_id = batch.id AND claim.state IN ('decided', 'expired', 'returned')
        AND claim.decided_at > coalesce(figure.measured_at, '-infinity')
    ORDER BY claim.decided_at LIMIT 1
) AS ended
WHERE batch.state = 'open' OR batch.created_at > market_now() - interval '60 days'

-- name: measure_clients
SELECT market_now() - min(coalesce(figure.measured_at + interval '1 day', job.published_at))
FROM job
LEFT JOIN client_figure AS figure ON figure.organization_id = job.organization_id
WHERE job.state IN ('open', 'paused', 'draining')
    AND coalesce(figure.measured_at, '-infinity') <= market_now() - interval '1 day'

-- name: guard_wages
SELECT market_now() - min(measured_at) FROM pay_figure WHERE guarded_at IS NULL OR measured_at > guarded_at

-- name: settle_extras
SELECT market_now() - min(greatest(extra.created_at, installment.created_at))
FROM extra
JOIN installment ON installment.payee_id = extra.debtor_organization_id AND installment.payee_kind = 'layer'
    AND installment.currency = extra.currency
    AND (installment.state IN ('scheduled', 'due')
        OR installment.state = 'held' AND installment.held_reason = 'layer_default')
WHERE extra.unpaid_amount > 0 OR extra.recourse_amount > 0

-- name: uphold_silent_quality_claims
SELECT market_now() - min(deadline_at) FROM quality_claim WHERE state = 'open'

-- name: collect_quality_claims
SELECT market_now() - min(greatest(quality_claim.decided_at, installment.created_at))
FROM quality_claim
JOIN installment ON installment.payee_id = quality_claim.against_organization_id AND installment.payee_kind = 'layer'
    AND installment.currency = quality_claim.currency
    AND (installment.state IN ('scheduled', 'due')
        OR installment.state = 'held' AND installment.held_reason = 'layer_default')
WHERE quality_claim.uncollected_amount > 0

-- name: take_rates
-- Whether a rail gives a rate at all is known only by asking it.
SELECT CAST(NULL AS interval)

-- name: advance_payout_runs
SELECT market_now() - min(executed_at) FROM payout_run WHERE state = 'executing'

-- name: change_payout_destinations
SELECT statement_timestamp() - min(takes_effect_at) FROM payout_destination_change WHERE state = 'waiting'

-- name: look_at_banks
-- Whether a rail pays on to banks at all is known only by asking it.
SELECT CAST(NULL AS interval)

-- name: resolve_unknown_payouts
SELECT statement_timestamp() - min(coalesce(lease_until, first_asked_at))
FROM payout WHERE state IN ('submitting', 'unknown')

-- name: confirm_payouts
SELECT market_now() - min(sent_at) FROM payout WHERE state = 'sent'

-- name: reconcile
SELECT statement_timestamp() - min(imported_at) FROM external_line WHERE state = 'unmatched'

-- name: publish_coverage
SELECT market_now() - CAST(max(day) + 1 AS timestamptz) FROM coverage_report

-- name: share_fees
-- What the fund gets depends on settings, on what it holds and on what is owed; no row carries since when.
SELECT CAST(NULL AS interval)

-- name: check_books
SELECT statement_timestamp() - CAST(max(day) + 1 AS timestamptz) FROM books_check

-- name: take_snapshots
-- Since the posting with which the tail was long enough.
SELECT market_now() - journal.recorded_at
FROM posting JOIN journal ON journal.id = posting.journal_id
WHERE posting.id > least((SELECT coalesce(min(through_posting_id), 0) FROM account_snapshot),
                         (SELECT coalesce(min(through_posting_id), 0) FROM code_total)) + 10000
ORDER BY posting.id LIMIT 1

-- name: compare_snapshots
SELECT statement_timestamp() - min(compared_at) - interval '20 hours'
FROM (SELECT compared_at FROM account_snapshot UNION ALL SELECT compared_at FROM code_total) AS kept

-- name: keep_ages
-- Since the last posting that the sums by code have and what is kept has not.
SELECT market_now() - journal.recorded_at
FROM posting JOIN journal ON journal.id = posting.journal_id
WHERE posting.id > coalesce((SELECT through_posting_id FROM kept_horizon WHERE name = 'ages'), 0)
    AND posting.id <= (SELECT max(through_posting_id) FROM code_total)
ORDER BY posting.id DESC LIMIT 1

-- name: keep_account_days
-- As of ages.
SELECT market_now() - journal.recorded_at
FROM posting JOIN journal ON journal.id = posting.journal_id
WHERE posting.id > coalesce((SELECT through_posting_id FROM kept_horizon WHERE name = 'account_days'), 0)
    AND posting.id <= (SELECT max(through_posting_id) FROM code_total)
ORDER BY posting.id DESC LIMIT 1

-- name: compare_account_days
SELECT statement_timestamp() - compared_at - interval '20 hours' FROM kept_horizon WHERE name = 'account_days'

-- name: compare_ages
SELECT statement_timestamp() - compared_at - interval '20 hours' FROM kept_horizon WHERE name = 'ages'

-- name: keep_unconfirmed
-- As of ages.
SELECT market_now() - journal.recorded_at
FROM posting JOIN journal ON journal.id = posting.journal_id
WHERE posting.id > coalesce((SELECT through_posting_id FROM kept_horizon WHERE name = 'unconfirmed'), 0)
    AND posting.id <= (SELECT max(through_posting_id) FROM code_total)
ORDER BY posting.id DESC LIMIT 1

-- name: compare_unconfirmed
SELECT statement_timestamp() - compared_at - interval '20 hours' FROM kept_horizon WHERE name = 'unconfirmed'

-- name: run_operations
SELECT statement_timestamp() - min(due_at) FROM operation WHERE state = 'queued'

-- name: purge_media
SELECT market_now() - min(settled_at + make_interval(days => media_retention_days::integer))
FROM job WHERE media_retention_days IS NOT NULL AND media_purged_at IS NULL

-- name: delete_purged_media
SELECT market_now() - min(purged_at) FROM media WHERE purged_at IS NOT NULL AND bytes_deleted_at IS NULL

-- name: keep_books
-- How long after its end a month is kept is a setting: by then at the latest.
SELECT market_now() - (CAST(max(month) AS timestamptz) + interval '2 months 28 days') FROM kept_book

-- name: delete_exports
SELECT statement_timestamp() - min(export.expires_at)
FROM export_file JOIN export ON export.id = export_file.export_id AND export.storage_key = export_file.storage_key

-- name: forget_operations
SELECT statement_timestamp() - min(expires_at) FROM operation WHERE expires_at IS NOT NULL

-- name: seal_audit_log
SELECT statement_timestamp() - min(recorded_at) FROM audit_pending

-- name: anchor_audit_log
-- Where and how often is a setting: there is no moment in the rows.
SELECT CAST(NULL AS interval)

-- name: stamp_audit_log
-- As above.
SELECT CAST(NULL AS interval)

-- name: verify_audit_log
-- A walk takes as long as the log is: what is not walked yet is not late.
SELECT CAST(NULL AS interval)

-- name: feed_notifications
SELECT statement_timestamp() - audit_event.recorded_at
FROM notification_cursor
JOIN audit_leaf ON audit_leaf.number = notification_cursor.next_leaf
JOIN audit_event ON audit_event.id = audit_leaf.event_id

-- name: publish_events
SELECT statement_timestamp() - audit_event.recorded_at
FROM organization_event_cursor
JOIN audit_leaf ON audit_leaf.number = organization_event_cursor.next_leaf
JOIN audit_event ON audit_event.id = audit_leaf.event_id

-- name: plan_deliveries
SELECT statement_timestamp() - min(audit_event.recorded_at)
FROM webhook CROSS JOIN LATERAL (
    SELECT event_id FROM organization_event
    WHERE organization_event.organization_id = webhook.organization_id
        AND organization_event.kind = ANY (webhook.kinds) AND organization_event.leaf_number >= webhook.next_leaf
    ORDER BY leaf_number LIMIT 1
) AS fresh
JOIN audit_event ON audit_event.id = fresh.event_id
WHERE webhook.state = 'active'

-- name: deliver_webhooks
SELECT statement_timestamp() - min(webhook_delivery.next_try_at)
FROM webhook JOIN webhook_delivery ON webhook_delivery.webhook_id = webhook.id
WHERE webhook.state = 'active' AND (webhook.rest_until IS NULL OR webhook.rest_until <= statement_timestamp())
    AND webhook_delivery.state IN ('pending', 'retrying')

-- name: forget_deliveries
-- How long they are kept is a setting: there is no moment in the rows.
SELECT CAST(NULL AS interval)

-- name: sum_margins
-- Reports read what is not summed from the earnings: only what was announced and never summed is late.
SELECT CAST(NULL AS interval)

-- name: forget_idempotency_keys
SELECT statement_timestamp() - min(expires_at) FROM idempotency_key

-- name: reseal_payee_data
-- Which key comes first is in a file: there is no moment in the rows.
SELECT CAST(NULL AS interval)

-- name: forget_limits
SELECT statement_timestamp() - min(expires_at) FROM request_count

-- name: forget_sign_ins
SELECT statement_timestamp() - least((SELECT min(expires_at) FROM web_session),
                                     (SELECT min(expires_at) FROM passkey_challenge),
                                     (SELECT min(expires_at) FROM provider_sign_in),
                                     (SELECT min(expires_at) FROM sign_in_token))

-- name: end_looks
SELECT statement_timestamp() - min(expires_at) FROM look WHERE ended_at IS NULL

-- name: warn_silent_layers
-- As below: half of a setting.
SELECT CAST(NULL AS interval)

-- name: succeed_silent_layers
-- How long a layer may be silent is a setting: the moment since which it is due is none of the row's.
SELECT CAST(NULL AS interval)

-- name: hold_margins
SELECT market_now() - min(installment.due_at)
FROM contract_default
JOIN installment ON installment.payee_kind = 'layer'
    AND installment.payee_id = contract_default.former_organization_id
    AND installment.contract_id = contract_default.contract_id
    AND installment.state = 'due'
WHERE contract_default.released_at IS NULL

-- name: finish_erasures
SELECT market_now() - min(erasing_look_at) FROM person WHERE state = 'erasing'
