-- name: take
-- Moves the snapshots of hot accounts on to :through, where all postings up to it are there to be seen; an account
-- without one is summed from the beginning. One walk over the postings since the last of them. :since is that one's.
WITH hot AS (
    SELECT account.id, coalesce(known.through_posting_id, 0) AS since, coalesce(known.debited, 0) AS debited
    FROM account LEFT JOIN account_snapshot AS known ON known.account_id = account.id
    WHERE account.owner_id IS NULL AND account.code = ANY(CAST(:codes AS smallint[])) AND coalesce(known.through_posting_id, 0) < :through
), tail AS (
    SELECT posting.id, leg.account_id, leg.amount
    FROM posting CROSS JOIN LATERAL (
        VALUES (posting.debit_account_id, posting.amount), (posting.credit_account_id, -posting.amount)
    ) AS leg (account_id, amount)
    WHERE posting.id > :since AND posting.id <= :through
), moved AS (
    SELECT hot.id, hot.debited + coalesce(sum(tail.amount), 0) AS debited
    FROM hot LEFT JOIN tail ON tail.account_id = hot.id AND tail.id > hot.since
    GROUP BY hot.id, hot.debited
)
INSERT INTO account_snapshot AS known (account_id, through_posting_id, debited)
SELECT moved.id, :through, moved.debited FROM moved ORDER BY moved.id
ON CONFLICT (account_id) DO UPDATE SET
    through_posting_id = excluded.through_posting_id, debited = excluded.debited, taken_at = excluded.taken_at

-- name: behind
-- The posting after which the hindmost snapshot of a hot account must go on; NULL where there is no hot account.
SELECT min(coalesce(known.through_posting_id, 0))
FROM account LEFT JOIN account_snapshot AS known ON known.account_id = account.id
WHERE account.owner_id IS NULL AND account.code = ANY(CAST(:codes AS smallint[]))

-- name: sum_through
SELECT coalesce((SELECT sum(amount) FROM posting WHERE debit_account_id = :account_id AND id <= :through), 0)
    - coalesce((SELECT sum(amount) FROM posting WHERE credit_account_id = :account_id AND id <= :through), 0)
