-- name: total_up
-- What every account had been debited and credited by the end of a month, from the totals of the last closed month and
-- the journals since; their digest; and, with a :proposal_id whose digest this is, the month is closed with them.
-- One statement: the totals that are kept are those that the digest is of.
WITH before AS (
    SELECT max(closed_period.month) AS month FROM closed_period WHERE closed_period.month < CAST(:month AS date)
), moved AS MATERIALIZED (
    SELECT side.account_id, CAST(sum(side.debit) AS bigint) AS debits, CAST(sum(side.credit) AS bigint) AS credits
    FROM (
        SELECT closed_period_total.account_id, debits AS debit, credits AS credit
        FROM closed_period_total WHERE closed_period_total.month = (SELECT before.month FROM before)
        UNION ALL
        SELECT leg.account_id, leg.debit, leg.credit
        FROM journal
        JOIN posting ON posting.journal_id = journal.id
        CROSS JOIN LATERAL (
            VALUES (posting.debit_account_id, posting.amount, 0), (posting.credit_account_id, 0, posting.amount)
        ) AS leg (account_id, debit, credit)
        WHERE journal.effective_on < CAST(:month AS date) + interval '1 month'
            AND journal.effective_on >= coalesce((SELECT before.month + interval '1 month' FROM before), '-infinity')
    ) AS side
    GROUP BY side.account_id
), sealed AS (
    SELECT sha256(convert_to(coalesce(string_agg(
        account.key || ' ' || moved.debits || ' ' || moved.credits, E'\n' ORDER BY moved.account_id
    ), ''), 'UTF8')) AS digest
    FROM moved JOIN account ON account.id = moved.account_id
), closed AS (
    INSERT INTO closed_period (month, proposal_id, digest, closed_by)
    SELECT period_proposal.month, period_proposal.id, sealed.digest, CAST(:closed_by AS uuid)
    FROM period_proposal JOIN sealed ON sealed.digest = period_proposal.digest
    WHERE period_proposal.id = CAST(:proposal_id AS uuid)
    RETURNING closed_period.month
), kept AS (
    INSERT INTO closed_period_total (month, account_id, debits, credits)
    SELECT closed.month, moved.account_id, moved.debits, moved.credits FROM closed CROSS JOIN moved
)
SELECT sealed.digest, (SELECT count(*) FROM closed) = 1 AS closed FROM sealed

-- name: recorded_after_close
SELECT journal.id, journal.effective_on, closed_period.month
FROM journal
JOIN closed_period ON journal.effective_on < closed_period.month + interval '1 month'
    AND journal.recorded_at > closed_period.closed_at
ORDER BY journal.id
LIMIT :most

-- name: totals_that_differ
-- The kept totals of every closed month beside those that all postings make, whatever the months before say.
WITH month_of AS (
    SELECT days.effective_on, (
        SELECT min(closed_period.month) FROM closed_period
        WHERE closed_period.month + interval '1 month' > days.effective_on
    ) AS month
    FROM (SELECT DISTINCT effective_on FROM journal) AS days
), by_month AS (
    SELECT month_of.month, leg.account_id, sum(leg.debit) AS debits, sum(leg.credit) AS credits
    FROM journal
    JOIN month_of ON month_of.effective_on = journal.effective_on
    JOIN posting ON posting.journal_id = journal.id
    CROSS JOIN LATERAL (
        VALUES (posting.debit_account_id, posting.amount, 0), (posting.credit_account_id, 0, posting.amount)
    ) AS leg (account_id, debit, credit)
    WHERE month_of.month IS NOT NULL
    GROUP BY month_of.month, leg.account_id
), summed AS (
    SELECT closed_period.month, by_month.account_id, sum(by_month.debits) AS debits, sum(by_month.credits) AS credits
    FROM closed_period JOIN by_month ON by_month.month <= closed_period.month
    GROUP BY closed_period.month, by_month.account_id
)
SELECT coalesce(kept.month, summed.month) AS month, account.key, kept.debits, kept.credits,
       summed.debits AS summed_debits, summed.credits AS summed_credits
FROM closed_period_total AS kept
FULL JOIN summed ON summed.month = kept.month AND summed.account_id = kept.account_id
JOIN account ON account.id = coalesce(kept.account_id, summed.account_id)
WHERE kept.debits IS DISTINCT FROM summed.debits OR kept.credits IS DISTINCT FROM summed.credits
ORDER BY 1, account.id
LIMIT :most

-- name: digests_that_differ
-- Closed months whose totals are not those that the digest is of, or whose event in the log says something else; and
-- events of months that are not closed.
SELECT closed_period.month
FROM closed_period
LEFT JOIN audit_event ON audit_event.subject_id = closed_period.proposal_id AND audit_event.kind = 'period.closed'
WHERE closed_period.digest IS DISTINCT FROM (
    SELECT sha256(convert_to(coalesce(string_agg(
        account.key || ' ' || total.debits || ' ' || total.credits, E'\n' ORDER BY total.account_id
    ), ''), 'UTF8'))
    FROM closed_period_total AS total JOIN account ON account.id = total.account_id
    WHERE total.month = closed_period.month
) OR encode(closed_period.digest, 'hex') IS DISTINCT FROM
    convert_from(audit_event.body, 'UTF8')::jsonb #>> '{data,digest}'
OR closed_period.closed_by IN (
    SELECT proposed_by FROM period_proposal WHERE period_proposal.id = closed_period.proposal_id
)
UNION
SELECT CAST(convert_from(audit_event.body, 'UTF8')::jsonb #>> '{data,month}' || '-01' AS date)
FROM audit_event
WHERE audit_event.kind = 'period.closed'
    AND audit_event.subject_id NOT IN (SELECT proposal_id FROM closed_period)
LIMIT :most
