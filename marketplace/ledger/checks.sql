-- What the books can prove by themselves. The constraints of the tables hold most of this already; these statements
-- look at the rows all the same, because a superuser can get past a constraint.

-- name: bad_postings
SELECT posting.journal_id, posting.id, posting.amount, posting.currency, debit.currency AS debit_currency,
       credit.currency AS credit_currency
FROM posting
LEFT JOIN account AS debit ON debit.id = posting.debit_account_id
LEFT JOIN account AS credit ON credit.id = posting.credit_account_id
WHERE posting.amount <= 0
    OR posting.debit_account_id = posting.credit_account_id
    OR debit.currency IS DISTINCT FROM posting.currency
    OR credit.currency IS DISTINCT FROM posting.currency
ORDER BY posting.id
LIMIT :most

-- name: wrong_side
SELECT account.key, account_balance.balance
FROM account
LEFT JOIN account_balance ON account_balance.account_id = account.id
WHERE account.code = ANY(CAST(:controlled_codes AS smallint[]))
    AND (account_balance.balance IS NULL OR account_balance.balance < 0)
ORDER BY account.id
LIMIT :most

-- name: balances_that_differ
SELECT account.key, account_balance.balance, coalesce(moved.amount, 0) AS moved
FROM account_balance
JOIN account ON account.id = account_balance.account_id
LEFT JOIN (
    SELECT side.account_id, sum(side.amount) AS amount
    FROM (
        SELECT credit_account_id AS account_id, amount FROM posting
        UNION ALL
        SELECT debit_account_id, -amount FROM posting
    ) AS side
    GROUP BY side.account_id
) AS moved ON moved.account_id = account.id
WHERE account_balance.balance <> coalesce(moved.amount, 0)
ORDER BY account.id
LIMIT :most

-- name: snapshots_that_differ
WITH moved AS (
    SELECT kept.account_id, sum(leg.amount) AS amount
    FROM account_snapshot AS kept
    JOIN (
        SELECT id, debit_account_id AS account_id, amount FROM posting
        UNION ALL
        SELECT id, credit_account_id, -amount FROM posting
    ) AS leg ON leg.account_id = kept.account_id AND leg.id <= kept.through_posting_id
    GROUP BY kept.account_id
)
SELECT account.key, kept.debited, coalesce(moved.amount, 0) AS moved
FROM account_snapshot AS kept
JOIN account ON account.id = kept.account_id
LEFT JOIN moved ON moved.account_id = kept.account_id
WHERE kept.debited <> coalesce(moved.amount, 0)
ORDER BY account.id
LIMIT :most

-- name: flows
SELECT debit.code AS debit_code, credit.code AS credit_code, posting.currency, sum(posting.amount) AS amount
FROM posting
JOIN account AS debit ON debit.id = posting.debit_account_id
JOIN account AS credit ON credit.id = posting.credit_account_id
GROUP BY debit.code, credit.code, posting.currency
ORDER BY posting.currency, debit.code, credit.code

-- name: reversed_wrongly
-- Each posting backwards; but what came to a worker is never taken back, and the platform pays as much instead.
WITH side AS (
    SELECT mirror.id AS mirror_id, original.id AS original_id
    FROM journal AS mirror
    JOIN journal AS original ON original.id = mirror.reverses_id
), backwards AS (
    SELECT side.mirror_id, debited.key AS credit_key, posting.amount, posting.currency,
        credited.code = ANY (CAST(:of_workers AS smallint[])) AS borne,
        CASE WHEN credited.code = ANY (CAST(:of_workers AS smallint[]))
            THEN CAST(:borne AS text) || '/' || posting.currency || '////'
            ELSE credited.key END AS debit_key
    FROM side
    JOIN posting ON posting.journal_id = side.original_id
    JOIN account AS debited ON debited.id = posting.debit_account_id
    JOIN account AS credited ON credited.id = posting.credit_account_id
), expected AS (
    SELECT mirror_id, debit_key, credit_key, sum(amount) AS amount FROM backwards GROUP BY 1, 2, 3
    UNION ALL
    SELECT mirror_id, CAST(:wages AS text) || '/' || currency || '////',
        CAST(:operating AS text) || '/' || currency || '////', sum(amount)
    FROM backwards
    WHERE borne
    GROUP BY mirror_id, currency
), written AS (
    SELECT side.mirror_id, debited.key AS debit_key, credited.key AS credit_key, sum(posting.amount) AS amount
    FROM side
    JOIN posting ON posting.journal_id = side.mirror_id
    JOIN account AS debited ON debited.id = posting.debit_account_id
    JOIN account AS credited ON credited.id = posting.credit_account_id
    GROUP BY 1, 2, 3
)
SELECT mirror_id AS journal_id
FROM expected
FULL JOIN written USING (mirror_id, debit_key, credit_key)
WHERE expected.amount IS DISTINCT FROM written.amount
UNION
SELECT journal.id
FROM journal
WHERE journal.reverses_id IN (SELECT reverses_id FROM journal GROUP BY reverses_id HAVING count(*) > 1)
UNION
SELECT side.mirror_id
FROM side
WHERE NOT EXISTS (SELECT FROM posting WHERE journal_id = side.original_id)
LIMIT :most

-- name: foreign_routes
SELECT DISTINCT journal.id AS journal_id, journal.kind, debit.code AS debit_code, credit.code AS credit_code
FROM posting
JOIN journal ON journal.id = posting.journal_id
JOIN account AS debit ON debit.id = posting.debit_account_id
JOIN account AS credit ON credit.id = posting.credit_account_id
LEFT JOIN unnest(
    CAST(:kinds AS text[]), CAST(:debit_codes AS smallint[]), CAST(:credit_codes AS smallint[])
) AS route (kind, debit_code, credit_code)
    ON route.kind = journal.kind AND route.debit_code = debit.code AND route.credit_code = credit.code
WHERE route.kind IS NULL AND journal.reverses_id IS NULL
ORDER BY journal.id
LIMIT :most

-- name: journals_after
-- One portion of all journals in the order of their ids, with the bodies of their audit events.
SELECT journal.id, coalesce(array_agg(audit_event.body) FILTER (WHERE audit_event.id IS NOT NULL), '{}') AS bodies
FROM (
    SELECT id FROM journal
    WHERE CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid)
    ORDER BY id
    LIMIT :portion
) AS journal
LEFT JOIN audit_event ON audit_event.subject_id = journal.id AND audit_event.kind = 'journal.posted'
GROUP BY journal.id
ORDER BY journal.id
