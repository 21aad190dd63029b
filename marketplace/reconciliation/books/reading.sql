-- The books in order, for a server-side cursor: nothing here is read into memory whole.

-- name: commodities
SELECT account.currency, greatest(min(journal.effective_on), CAST(:first AS date)) AS first_day
FROM posting
JOIN journal ON journal.id = posting.journal_id
JOIN account ON account.id = posting.debit_account_id
WHERE journal.effective_on < coalesce(CAST(:beyond AS date), 'infinity')
GROUP BY account.currency
ORDER BY account.currency;

-- name: accounts
SELECT code, currency, owner_id, contract_id, due_on, label FROM account ORDER BY code, currency, id;

-- name: standing
-- The accounts that held something before these days or were moved in them, and what they held: the sum of the postings
-- before, debits positive.
WITH change AS (
    SELECT posting.debit_account_id AS account_id, journal.effective_on, posting.amount
    FROM posting JOIN journal ON journal.id = posting.journal_id
    WHERE journal.effective_on < coalesce(CAST(:beyond AS date), 'infinity')
    UNION ALL
    SELECT posting.credit_account_id, journal.effective_on, -posting.amount
    FROM posting JOIN journal ON journal.id = posting.journal_id
    WHERE journal.effective_on < coalesce(CAST(:beyond AS date), 'infinity')
), stood AS (
    SELECT account_id, coalesce(sum(amount) FILTER (WHERE effective_on < CAST(:first AS date)), 0) AS opening
    FROM change
    GROUP BY account_id
    HAVING coalesce(sum(amount) FILTER (WHERE effective_on < CAST(:first AS date)), 0) <> 0
        OR max(effective_on) >= CAST(:first AS date)
)
SELECT account.code, account.currency, account.owner_id, account.contract_id, account.due_on, account.label,
       stood.opening
FROM stood JOIN account ON account.id = stood.account_id
ORDER BY account.code, account.currency, account.id;

-- name: postings
SELECT journal.id, journal.kind, journal.key, journal.subject_noun, journal.subject_id, journal.effective_on,
       journal.recorded_at, journal.reverses_id, posting.amount, posting.currency,
       debited.code AS debit_code, debited.owner_id AS debit_owner_id, debited.contract_id AS debit_contract_id,
       debited.due_on AS debit_due_on, debited.label AS debit_label,
       credited.code AS credit_code, credited.owner_id AS credit_owner_id, credited.contract_id AS credit_contract_id,
       credited.due_on AS credit_due_on, credited.label AS credit_label
FROM journal
JOIN posting ON posting.journal_id = journal.id
JOIN account AS debited ON debited.id = posting.debit_account_id
JOIN account AS credited ON credited.id = posting.credit_account_id
WHERE journal.effective_on >= coalesce(CAST(:first AS date), '-infinity')
    AND journal.effective_on < coalesce(CAST(:beyond AS date), 'infinity')
ORDER BY journal.effective_on, journal.id, posting.id;

-- name: day_ends
-- Backwards from what is kept: the balance of a controlled account today, less what moved after the day. Where no
-- balance is kept, the sum of the postings stands in for it. Debits are positive; what is kept stands on the credit side.
WITH change AS (
    SELECT posting.debit_account_id AS account_id, journal.effective_on, posting.amount
    FROM posting JOIN journal ON journal.id = posting.journal_id
    UNION ALL
    SELECT posting.credit_account_id, journal.effective_on, -posting.amount
    FROM posting JOIN journal ON journal.id = posting.journal_id
), moved AS (
    SELECT account_id, effective_on, sum(amount) AS amount FROM change GROUP BY account_id, effective_on
), day_end AS (
    SELECT moved.effective_on, account.id, account.code, account.currency, account.owner_id, account.contract_id,
           account.due_on, account.label,
           coalesce(-account_balance.balance, sum(moved.amount) OVER (PARTITION BY account.id))
           - coalesce(sum(moved.amount) OVER later, 0) AS balance
    FROM moved
    JOIN account ON account.id = moved.account_id
    LEFT JOIN account_balance ON account_balance.account_id = account.id
    WINDOW later AS (
        PARTITION BY account.id ORDER BY moved.effective_on ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
    )
)
SELECT effective_on, code, currency, owner_id, contract_id, due_on, label, balance
FROM day_end
WHERE effective_on >= coalesce(CAST(:first AS date), '-infinity')
    AND effective_on < coalesce(CAST(:beyond AS date), 'infinity')
ORDER BY effective_on, code, id;
