-- name: total_up
-- What every account had been debited and credited by the end of a month, from the totals of the last close in force and
-- the journals since: by code and currency, with the digest of them account by account; and, with a :proposal_id whose
-- digest this is, the month is closed with them. One statement: the totals that are kept are those that the digest is of.
WITH before AS (
    SELECT closed_period.month, closed_period.proposal_id
    FROM closed_period
    WHERE closed_period.month < CAST(:month AS date)
        AND closed_period.proposal_id NOT IN (SELECT reopened_period.closed_id FROM reopened_period)
    ORDER BY closed_period.month DESC
    LIMIT 1
), moved AS MATERIALIZED (
    SELECT side.account_id, CAST(sum(side.debit) AS bigint) AS debits, CAST(sum(side.credit) AS bigint) AS credits
    FROM (
        SELECT closed_period_total.account_id, debits AS debit, credits AS credit
        FROM closed_period_total WHERE closed_period_total.proposal_id = (SELECT before.proposal_id FROM before)
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
    INSERT INTO closed_period (month, proposal_id, digest, closed_by, tree_size)
    SELECT period_proposal.month, period_proposal.id, sealed.digest, CAST(:closed_by AS uuid),
        (SELECT max(audit_checkpoint.tree_size) FROM audit_checkpoint)
    FROM period_proposal JOIN sealed ON sealed.digest = period_proposal.digest
    WHERE period_proposal.id = CAST(:proposal_id AS uuid)
    RETURNING closed_period.proposal_id
), kept AS (
    INSERT INTO closed_period_total (proposal_id, account_id, debits, credits)
    SELECT closed.proposal_id, moved.account_id, moved.debits, moved.credits FROM closed CROSS JOIN moved
)
SELECT
    sealed.digest,
    (SELECT count(*) FROM closed) = 1 AS closed,
    line.code, line.currency, line.debits, line.credits
FROM sealed
LEFT JOIN (
    SELECT account.code, account.currency, sum(moved.debits) AS debits, sum(moved.credits) AS credits
    FROM moved JOIN account ON account.id = moved.account_id
    GROUP BY account.code, account.currency
) AS line ON true
ORDER BY line.currency, line.code

-- name: totals_of_accounts
-- The kept totals of a close, account by account in the order of the digest.
SELECT total.account_id, account.key, account.code, account.currency, total.debits, total.credits
FROM closed_period_total AS total
JOIN account ON account.id = total.account_id
WHERE total.proposal_id = CAST(:proposal_id AS uuid) AND total.account_id > :after
ORDER BY total.account_id
LIMIT :portion

-- name: recorded_after_close
SELECT journal.id, journal.effective_on, closed_period.month
FROM journal
JOIN closed_period ON journal.effective_on < closed_period.month + interval '1 month'
    AND journal.recorded_at > closed_period.closed_at
LEFT JOIN reopened_period ON reopened_period.closed_id = closed_period.proposal_id
WHERE reopened_period.reopened_at IS NULL OR journal.recorded_at < reopened_period.reopened_at
ORDER BY journal.id
LIMIT :most

-- name: totals_that_differ
-- The kept totals of every close in force beside those that all postings make, whatever the months before say.
WITH in_force AS (
    SELECT closed_period.month, closed_period.proposal_id FROM closed_period
    WHERE closed_period.proposal_id NOT IN (SELECT reopened_period.closed_id FROM reopened_period)
), month_of AS (
    SELECT days.effective_on, (
        SELECT min(in_force.month) FROM in_force
        WHERE in_force.month + interval '1 month' > days.effective_on
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
    SELECT in_force.month, by_month.account_id, sum(by_month.debits) AS debits, sum(by_month.credits) AS credits
    FROM in_force JOIN by_month ON by_month.month <= in_force.month
    GROUP BY in_force.month, by_month.account_id
), kept AS (
    SELECT in_force.month, total.account_id, total.debits, total.credits
    FROM in_force JOIN closed_period_total AS total ON total.proposal_id = in_force.proposal_id
)
SELECT coalesce(kept.month, summed.month) AS month, account.key, kept.debits, kept.credits,
       summed.debits AS summed_debits, summed.credits AS summed_credits
FROM kept
FULL JOIN summed ON summed.month = kept.month AND summed.account_id = kept.account_id
JOIN account ON account.id = coalesce(kept.account_id, summed.account_id)
WHERE kept.debits IS DISTINCT FROM summed.debits OR kept.credits IS DISTINCT FROM summed.credits
ORDER BY 1, account.id
LIMIT :most

-- name: totals_of_reopened_that_differ
-- The kept totals of every close that was ended beside those of the postings that had been recorded when it was made.
WITH summed AS (
    SELECT ended.proposal_id, leg.account_id, sum(leg.debit) AS debits, sum(leg.credit) AS credits
    FROM closed_period AS ended
    JOIN reopened_period ON reopened_period.closed_id = ended.proposal_id
    JOIN journal ON journal.effective_on < ended.month + interval '1 month' AND journal.recorded_at < ended.closed_at
    JOIN posting ON posting.journal_id = journal.id
    CROSS JOIN LATERAL (
        VALUES (posting.debit_account_id, posting.amount, 0), (posting.credit_account_id, 0, posting.amount)
    ) AS leg (account_id, debit, credit)
    GROUP BY ended.proposal_id, leg.account_id
), kept AS (
    SELECT total.* FROM closed_period_total AS total
    JOIN reopened_period ON reopened_period.closed_id = total.proposal_id
)
SELECT closed_period.month, account.key, kept.debits, kept.credits,
       summed.debits AS summed_debits, summed.credits AS summed_credits
FROM kept
FULL JOIN summed ON summed.proposal_id = kept.proposal_id AND summed.account_id = kept.account_id
JOIN closed_period ON closed_period.proposal_id = coalesce(kept.proposal_id, summed.proposal_id)
JOIN account ON account.id = coalesce(kept.account_id, summed.account_id)
WHERE kept.debits IS DISTINCT FROM summed.debits OR kept.credits IS DISTINCT FROM summed.credits
ORDER BY 1, account.id
LIMIT :most

-- name: digests_that_differ
-- Closes whose totals are not those that the digest is of, or whose event in the log says something else; closes and
-- reopenings by one person alone; reopenings without their event; and events of what is not there.
SELECT closed_period.month
FROM closed_period
LEFT JOIN audit_event ON audit_event.subject_id = closed_period.proposal_id AND audit_event.kind = 'period.closed'
WHERE closed_period.digest IS DISTINCT FROM (
    SELECT sha256(convert_to(coalesce(string_agg(
        account.key || ' ' || total.debits || ' ' || total.credits, E'\n' ORDER BY total.account_id
    ), ''), 'UTF8'))
    FROM closed_period_total AS total JOIN account ON account.id = total.account_id
    WHERE total.proposal_id = closed_period.proposal_id
) OR encode(closed_period.digest, 'hex') IS DISTINCT FROM
    convert_from(audit_event.body, 'UTF8')::jsonb #>> '{data,digest}'
OR CAST(closed_period.tree_size AS text) IS DISTINCT FROM
    convert_from(audit_event.body, 'UTF8')::jsonb #>> '{data,checkpoint,tree_size}'
OR closed_period.closed_by IN (
    SELECT proposed_by FROM period_proposal WHERE period_proposal.id = closed_period.proposal_id
)
UNION
SELECT closed_period.month
FROM reopened_period
JOIN closed_period ON closed_period.proposal_id = reopened_period.closed_id
JOIN period_proposal ON period_proposal.id = reopened_period.proposal_id
LEFT JOIN audit_event ON audit_event.subject_id = period_proposal.id AND audit_event.kind = 'period.reopened'
WHERE encode(closed_period.digest, 'hex') IS DISTINCT FROM
    convert_from(audit_event.body, 'UTF8')::jsonb #>> '{data,digest}'
OR reopened_period.reopened_by = period_proposal.proposed_by
UNION
SELECT CAST(convert_from(audit_event.body, 'UTF8')::jsonb #>> '{data,month}' || '-01' AS date)
FROM audit_event
WHERE (audit_event.kind = 'period.closed'
        AND audit_event.subject_id NOT IN (SELECT closed_period.proposal_id FROM closed_period))
    OR (audit_event.kind = 'period.reopened'
        AND audit_event.subject_id NOT IN (SELECT reopened_period.proposal_id FROM reopened_period))
LIMIT :most
