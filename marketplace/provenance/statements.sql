-- What one payee's accounts held and what moved them: pay or margin that is deferred, due or held.

-- name: movements
-- The sums of a month by journal and by the places that money left and came to; nothing where that is not the payee's.
-- What came before the month is summed without the journal. A posting between two of the payee's accounts is one row.
WITH own AS (
    SELECT id, CASE WHEN code IN (2110, 2120) THEN 'deferred' WHEN code IN (2130, 2140) THEN 'due' ELSE 'held' END AS place
    FROM account
    WHERE owner_id = :payee_id AND code IN (2110, 2120, 2130, 2140, 2150)
), touched AS (
    SELECT posting.id, posting.journal_id, posting.currency, posting.amount, own.place AS source, NULL AS target
    FROM own JOIN posting ON posting.debit_account_id = own.id
    UNION ALL
    SELECT posting.id, posting.journal_id, posting.currency, posting.amount, NULL, own.place
    FROM own JOIN posting ON posting.credit_account_id = own.id
), moved AS (
    SELECT journal_id, currency, amount, max(source) AS source, max(target) AS target
    FROM touched
    GROUP BY id, journal_id, currency, amount
)
SELECT moved.currency, CASE WHEN journal.effective_on >= :first THEN journal.kind END AS kind, moved.source, moved.target,
       sum(moved.amount) AS amount
FROM moved JOIN journal ON journal.id = moved.journal_id
WHERE journal.effective_on < :beyond
GROUP BY moved.currency, CASE WHEN journal.effective_on >= :first THEN journal.kind END, moved.source, moved.target
ORDER BY moved.currency, kind NULLS FIRST, moved.source NULLS FIRST, moved.target NULLS FIRST;

-- name: months
-- The first days of the months in which anything of the payee's moved, newest first.
WITH own AS (
    SELECT id FROM account WHERE owner_id = :payee_id AND code IN (2110, 2120, 2130, 2140, 2150)
), touched AS (
    SELECT posting.journal_id FROM own JOIN posting ON posting.debit_account_id = own.id
    UNION
    SELECT posting.journal_id FROM own JOIN posting ON posting.credit_account_id = own.id
)
SELECT DISTINCT CAST(date_trunc('month', journal.effective_on) AS date) AS first
FROM touched JOIN journal ON journal.id = touched.journal_id
ORDER BY first DESC
LIMIT :months;

-- name: paid_out
-- What payouts took along in a month and what of it came back, in the currency in which it was owed.
SELECT journal.subject_id AS payout_id, posting.currency,
       coalesce(sum(posting.amount) FILTER (WHERE debited.code IN (2130, 2140)), 0) AS sent,
       coalesce(sum(posting.amount) FILTER (WHERE credited.code IN (2130, 2140, 2150)), 0) AS back
FROM journal
JOIN posting ON posting.journal_id = journal.id
JOIN account debited ON debited.id = posting.debit_account_id
JOIN account credited ON credited.id = posting.credit_account_id
WHERE journal.subject_noun = 'payout' AND journal.subject_id = ANY(CAST(:payout_ids AS uuid[]))
  AND journal.effective_on >= :first AND journal.effective_on < :beyond
  AND (debited.code IN (2130, 2140)) <> (credited.code IN (2130, 2140, 2150))
  AND (debited.code IN (2130, 2140) OR debited.code IN (2300, 2310, 3900))
GROUP BY journal.subject_id, posting.currency
ORDER BY journal.subject_id, posting.currency;
