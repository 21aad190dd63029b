-- The tables of the books that finance takes out, in order, for a server-side cursor; and what the ledger itself says of
-- their sums. Days without a bound are endless: a table without :first begins with the books, one without :beyond ends now.

-- name: trial_balance
-- Debits are positive: opening + debits - credits is the closing balance, and over all codes of a currency it is nothing.
WITH side AS (
    SELECT debit_account_id AS account_id, journal_id, amount AS debit, 0 AS credit FROM posting
    UNION ALL
    SELECT credit_account_id, journal_id, 0, amount FROM posting
)
SELECT account.code, account.currency,
    coalesce(sum(side.debit - side.credit) FILTER (WHERE journal.effective_on < CAST(:first AS date)), 0) AS opening,
    coalesce(
        sum(side.debit) FILTER (WHERE journal.effective_on >= coalesce(CAST(:first AS date), '-infinity')), 0
    ) AS debits,
    coalesce(
        sum(side.credit) FILTER (WHERE journal.effective_on >= coalesce(CAST(:first AS date), '-infinity')), 0
    ) AS credits
FROM side
JOIN journal ON journal.id = side.journal_id
JOIN account ON account.id = side.account_id
WHERE journal.effective_on < coalesce(CAST(:beyond AS date), 'infinity')
GROUP BY account.code, account.currency
ORDER BY account.currency, account.code;

-- name: payables
-- What is owed to payees: installments that are not paid, rests that paid payouts carried on, and, taken off again, what
-- payouts took along that are on their way. So the sum is what 2110 to 2150 and 2170 hold (E1, E2, E5).
SELECT 'installment' AS what, payee_kind, payee_id, contract_id, due_on, state, held_reason, id AS installment_id,
    payout_id, amount, currency
FROM installment
WHERE state IN ('scheduled', 'due', 'advanced', 'held', 'in_payout', 'unclaimed')
UNION ALL
SELECT 'on_its_way', payee_kind, payee_id, contract_id, NULL, state, NULL, NULL, id, -amount, currency
FROM payout
WHERE state = ANY (CAST(:flying_states AS text[]))
UNION ALL
SELECT 'carried_on', payee_kind, payee_id, NULL, NULL, NULL, NULL, NULL, NULL, sum(carried_out - carried_in), currency
FROM payout
WHERE state = ANY (CAST(:paid_states AS text[]))
GROUP BY payee_kind, payee_id, currency
HAVING sum(carried_out - carried_in) <> 0
ORDER BY payee_kind, payee_id, currency, what, due_on, installment_id, payout_id;

-- name: statements
-- One row a payee and currency: what stood on 2110 to 2150, what moved it by what stands on the other side, and what
-- stands there. A posting between two accounts of one payee moves nothing here.
WITH touched AS (
    SELECT posting.journal_id, account.owner_id, posting.currency, -posting.amount AS amount, other.code AS other_code,
        account.code
    FROM account
    JOIN posting ON posting.debit_account_id = account.id
    JOIN account AS other ON other.id = posting.credit_account_id
    WHERE account.code IN (2110, 2120, 2130, 2140, 2150)
        AND NOT (other.code IN (2110, 2120, 2130, 2140, 2150) AND other.owner_id = account.owner_id)
    UNION ALL
    SELECT posting.journal_id, account.owner_id, posting.currency, posting.amount, other.code, account.code
    FROM account
    JOIN posting ON posting.credit_account_id = account.id
    JOIN account AS other ON other.id = posting.debit_account_id
    WHERE account.code IN (2110, 2120, 2130, 2140, 2150)
        AND NOT (other.code IN (2110, 2120, 2130, 2140, 2150) AND other.owner_id = account.owner_id)
), told AS (
    SELECT touched.owner_id, touched.currency, touched.amount,
        journal.effective_on < coalesce(CAST(:first AS date), '-infinity') AS before,
        CASE WHEN other_code IN (2300, 2310, 3900) THEN 'paid' WHEN other_code = 2200 THEN 'tax'
             WHEN other_code = 4020 THEN 'advance_fee' WHEN other_code = 2170 THEN 'set_apart'
             WHEN touched.amount > 0 THEN 'earned' ELSE 'given' END AS moved
    FROM touched
    JOIN journal ON journal.id = touched.journal_id
    WHERE journal.effective_on < coalesce(CAST(:beyond AS date), 'infinity')
)
SELECT CASE WHEN organization.id IS NULL THEN 'worker' ELSE 'layer' END AS payee_kind, told.owner_id AS payee_id,
    told.currency,
    coalesce(sum(told.amount) FILTER (WHERE told.before), 0) AS opening,
    coalesce(sum(told.amount) FILTER (WHERE NOT told.before AND moved = 'earned'), 0) AS earned,
    coalesce(-sum(told.amount) FILTER (WHERE NOT told.before AND moved = 'given'), 0) AS given,
    coalesce(-sum(told.amount) FILTER (WHERE NOT told.before AND moved = 'paid'), 0) AS paid,
    coalesce(-sum(told.amount) FILTER (WHERE NOT told.before AND moved = 'tax'), 0) AS tax,
    coalesce(-sum(told.amount) FILTER (WHERE NOT told.before AND moved = 'advance_fee'), 0) AS advance_fee,
    coalesce(-sum(told.amount) FILTER (WHERE NOT told.before AND moved = 'set_apart'), 0) AS set_apart,
    sum(told.amount) AS closing
FROM told
LEFT JOIN organization ON organization.id = told.owner_id
GROUP BY organization.id, told.owner_id, told.currency
HAVING bool_or(NOT told.before) OR sum(told.amount) <> 0
ORDER BY payee_kind, told.owner_id, told.currency;

-- name: payouts
-- Payouts prepared on these days; in_flight is what of them 2300 holds.
SELECT payout.id, run_id, payee_kind, payee_id, contract_id, rail, rail_reference, state, created_at, sent_at, settled_at,
    carried_in, carried_out, advance_fee, amount, withheld, currency,
    coalesce(paid_amount, amount - withheld) AS paid, coalesce(paid_currency, currency) AS paid_currency,
    CASE WHEN state = ANY (CAST(:flying_states AS text[])) THEN coalesce(paid_amount, amount - withheld) ELSE 0 END
        AS in_flight
FROM payout
WHERE created_at >= coalesce(CAST(:first AS date), '-infinity') AND created_at < coalesce(CAST(:beyond AS date), 'infinity')
ORDER BY created_at, id;

-- name: sizes
-- About how many rows each table has, for a bar that shows how far it is.
SELECT
    (SELECT count(*) FROM posting JOIN journal ON journal.id = posting.journal_id
     WHERE effective_on >= coalesce(CAST(:first AS date), '-infinity')
         AND effective_on < coalesce(CAST(:beyond AS date), 'infinity')) AS journal,
    (SELECT count(*) FROM (SELECT DISTINCT code, currency FROM account) AS of) AS trial_balance,
    (SELECT count(*) FROM installment
     WHERE state IN ('scheduled', 'due', 'advanced', 'held', 'in_payout', 'unclaimed')) AS payables,
    (SELECT count(*) FROM (
        SELECT DISTINCT owner_id, currency FROM account WHERE code IN (2110, 2120, 2130, 2140, 2150)
    ) AS of) AS statements,
    (SELECT count(*) FROM payout
     WHERE created_at >= coalesce(CAST(:first AS date), '-infinity')
         AND created_at < coalesce(CAST(:beyond AS date), 'infinity')) AS payouts;

-- name: posted
-- What the postings of these days sum to.
SELECT posting.currency, sum(posting.amount) AS amount
FROM posting
JOIN journal ON journal.id = posting.journal_id
WHERE journal.effective_on >= coalesce(CAST(:first AS date), '-infinity')
    AND journal.effective_on < coalesce(CAST(:beyond AS date), 'infinity')
GROUP BY posting.currency
ORDER BY posting.currency;

-- name: kept
-- What controlled accounts of some codes hold now, by the balances kept beside their postings.
SELECT account.currency, sum(account_balance.balance) AS amount
FROM account
JOIN account_balance ON account_balance.account_id = account.id
WHERE account.code = ANY (CAST(:codes AS smallint[]))
GROUP BY account.currency
ORDER BY account.currency;

-- name: held
-- What accounts of some codes held on their credit side before a day, by their postings.
SELECT side.currency, sum(side.amount) AS amount
FROM (
    SELECT journal_id, credit_account_id AS account_id, currency, amount FROM posting
    UNION ALL
    SELECT journal_id, debit_account_id, currency, -amount FROM posting
) AS side
JOIN account ON account.id = side.account_id
JOIN journal ON journal.id = side.journal_id
WHERE account.code = ANY (CAST(:codes AS smallint[])) AND journal.effective_on < CAST(:beyond AS date)
GROUP BY side.currency
ORDER BY side.currency;
