-- name: tail
-- The sums of the postings after :since.
WITH leg AS (
    SELECT debit_account_id AS account_id, amount AS debited, 0 AS credited FROM posting WHERE id > :since
    UNION ALL
    SELECT credit_account_id, 0, amount FROM posting WHERE id > :since
)
SELECT account.code, account.currency, account.due_on, sum(leg.debited) AS debited, sum(leg.credited) AS credited
FROM leg JOIN account ON account.id = leg.account_id
GROUP BY account.code, account.currency, account.due_on

-- name: move
-- Adds the postings after :since up to :through, where all of them are there to be seen.
WITH leg AS (
    SELECT debit_account_id AS account_id, amount AS debited, 0 AS credited
    FROM posting WHERE id > :since AND id <= :through
    UNION ALL
    SELECT credit_account_id, 0, amount FROM posting WHERE id > :since AND id <= :through
), whole AS (
    SELECT code, currency, due_on, sum(debited) AS debited, sum(credited) AS credited
    FROM (
        SELECT code, currency, due_on, debited, credited FROM code_total
        UNION ALL
        SELECT account.code, account.currency, coalesce(account.due_on, '9999-12-31'), leg.debited, leg.credited
        FROM leg JOIN account ON account.id = leg.account_id
    ) AS part
    GROUP BY code, currency, due_on
)
INSERT INTO code_total AS known (code, currency, due_on, through_posting_id, debited, credited)
SELECT code, currency, due_on, :through, debited, credited FROM whole
ON CONFLICT (code, currency, due_on) DO UPDATE SET
    through_posting_id = excluded.through_posting_id, debited = excluded.debited, credited = excluded.credited

-- name: differing
-- Sums that are not those of their postings.
WITH leg AS (
    SELECT debit_account_id AS account_id, amount AS debited, 0 AS credited
    FROM posting WHERE id <= (SELECT max(through_posting_id) FROM code_total)
    UNION ALL
    SELECT credit_account_id, 0, amount FROM posting WHERE id <= (SELECT max(through_posting_id) FROM code_total)
), summed AS (
    SELECT account.code, account.currency, coalesce(account.due_on, '9999-12-31') AS due_on,
        sum(leg.debited) AS debited, sum(leg.credited) AS credited
    FROM leg JOIN account ON account.id = leg.account_id
    GROUP BY account.code, account.currency, coalesce(account.due_on, '9999-12-31')
)
SELECT code, currency, due_on, kept.debited AS kept_debited, kept.credited AS kept_credited,
    coalesce(summed.debited, 0) AS debited, coalesce(summed.credited, 0) AS credited
FROM summed
FULL JOIN code_total AS kept USING (code, currency, due_on)
WHERE (kept.debited, kept.credited) IS DISTINCT FROM (summed.debited, summed.credited)
ORDER BY currency, code, due_on
