-- What one payee's accounts held and what moved them: pay or margin that is deferred, due or held.

-- name: movements
-- The sums of a month by journal, by the places that money left and came to, and by what stands on the other side where
-- that is not the payee's own: a payout, tax, an advance fee, what is set apart as unclaimed, or something else. What came
-- before the month is summed without journal and other side. A posting between two of the payee's accounts is one row.
WITH own AS (
    SELECT id, CASE WHEN code IN (2110, 2120) THEN 'deferred' WHEN code IN (2130, 2140) THEN 'due' ELSE 'held' END AS place
    FROM account
    WHERE owner_id = :payee_id AND code IN (2110, 2120, 2130, 2140, 2150)
), touched AS (
    SELECT posting.id, posting.journal_id, posting.currency, posting.amount, own.place AS source, NULL AS target,
           posting.credit_account_id AS other_id
    FROM own JOIN posting ON posting.debit_account_id = own.id
    UNION ALL
    SELECT posting.id, posting.journal_id, posting.currency, posting.amount, NULL, own.place, posting.debit_account_id
    FROM own JOIN posting ON posting.credit_account_id = own.id
), moved AS (
    SELECT journal_id, currency, amount, max(source) AS source, max(target) AS target,
           CASE WHEN count(*) = 1 THEN max(other_id) END AS other_id
    FROM touched
    GROUP BY id, journal_id, currency, amount
), told AS (
    SELECT moved.currency, moved.source, moved.target, moved.amount, journal.effective_on >= :first AS of_month,
           journal.kind,
           CASE WHEN other.code IN (2300, 2310, 3900) THEN 'payout' WHEN other.code = 2200 THEN 'tax'
                WHEN other.code = 4020 THEN 'advance_fee' WHEN other.code = 2170 THEN 'unclaimed'
                WHEN other.code IS NOT NULL THEN 'other' END AS outside
    FROM moved
    JOIN journal ON journal.id = moved.journal_id
    LEFT JOIN account AS other ON other.id = moved.other_id
    WHERE journal.effective_on < :beyond
)
SELECT currency, CASE WHEN of_month THEN kind END AS kind, source, target, CASE WHEN of_month THEN outside END AS outside,
       sum(amount) AS amount
FROM told
GROUP BY currency, CASE WHEN of_month THEN kind END, source, target, CASE WHEN of_month THEN outside END
ORDER BY currency, kind NULLS FIRST, source NULLS FIRST, target NULLS FIRST, outside NULLS FIRST;

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
-- What payouts took along in a month and what of it came back, tax in both; what of that was tax; and the fee for paying
-- early that arrived with them. In the currency in which it was owed.
WITH side AS (
    SELECT journal.subject_id AS payout_id, posting.currency, posting.amount,
           debited.code IN (2130, 2140) AND credited.code IN (2300, 3900, 2200) AS sent,
           credited.code IN (2130, 2140, 2150) AND debited.code IN (2300, 2310, 3900, 2200) AS back,
           CASE WHEN credited.code = 2200 THEN posting.amount WHEN debited.code = 2200 THEN -posting.amount ELSE 0 END AS tax,
           CASE WHEN credited.code = 4020 THEN posting.amount WHEN debited.code = 4020 THEN -posting.amount ELSE 0 END AS fee
    FROM journal
    JOIN posting ON posting.journal_id = journal.id
    JOIN account debited ON debited.id = posting.debit_account_id
    JOIN account credited ON credited.id = posting.credit_account_id
    WHERE journal.subject_noun = 'payout' AND journal.subject_id = ANY(CAST(:payout_ids AS uuid[]))
      AND journal.effective_on >= :first AND journal.effective_on < :beyond
)
SELECT payout_id, currency, coalesce(sum(amount) FILTER (WHERE sent), 0) AS sent,
       coalesce(sum(amount) FILTER (WHERE back), 0) AS back, sum(tax) AS tax, sum(fee) AS fee
FROM side
WHERE sent OR back OR fee <> 0
GROUP BY payout_id, currency
ORDER BY payout_id, currency;
