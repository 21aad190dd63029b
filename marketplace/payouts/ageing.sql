-- What was owed to payees at the end of a market day, as the log had it at one of its signed heads; in parts, of which
-- `age_rows.py` and `kept_ages.py` make one statement.

-- name: unknown
-- The postings that do not count: of journals that are effective later, and of those whose leaf is beyond the head.
WITH later AS (
    SELECT journal.id FROM journal WHERE journal.effective_on > CAST(:as_of AS date)
    UNION
    SELECT audit_event.subject_id
    FROM audit_leaf JOIN audit_event ON audit_event.id = audit_leaf.event_id
    WHERE audit_leaf.number >= CAST(:size AS bigint) AND audit_event.kind = 'journal.posted'
    UNION
    SELECT audit_event.subject_id
    FROM audit_pending JOIN audit_event ON audit_event.id = audit_pending.event_id
    WHERE audit_event.kind = 'journal.posted'
)
SELECT posting.id, posting.journal_id, posting.debit_account_id, posting.credit_account_id, posting.amount
FROM later JOIN posting ON posting.journal_id = later.id

-- name: beyond
-- The postings that do not count: those after one.
SELECT id, journal_id, debit_account_id, credit_account_id, amount FROM posting WHERE id > :through

-- name: touched
-- The accounts of which lines kept up to that posting may say something else than what counts, and what the `uncounted`
-- postings moved of them.
SELECT leg.account_id, sum(leg.amount) AS undone
FROM (
    SELECT debit_account_id AS account_id, CAST(0 AS bigint) AS amount FROM posting WHERE id > :since
    UNION ALL
    SELECT credit_account_id, 0 FROM posting WHERE id > :since
    UNION ALL
    SELECT debit_account_id, -amount FROM uncounted
    UNION ALL
    SELECT credit_account_id, amount FROM uncounted
) AS leg
GROUP BY leg.account_id

-- name: touched_between
-- The same of the accounts that the postings of a stretch touched: kept lines of the others stay right up to its end.
SELECT leg.account_id, sum(leg.amount) AS undone
FROM (
    SELECT debit_account_id AS account_id, CAST(0 AS bigint) AS amount, true AS in_stretch
    FROM posting WHERE id > :since AND id <= :until
    UNION ALL
    SELECT credit_account_id, 0, true FROM posting WHERE id > :since AND id <= :until
    UNION ALL
    SELECT debit_account_id, -amount, false FROM uncounted
    UNION ALL
    SELECT credit_account_id, amount, false FROM uncounted
) AS leg
GROUP BY leg.account_id
HAVING bool_or(leg.in_stretch)

-- name: all_owed
-- The same of all accounts of payees. A join, so that the plan knows how many they are.
SELECT account.id AS account_id, coalesce(moved.amount, 0) AS undone
FROM account
LEFT JOIN (
    SELECT leg.account_id, sum(leg.amount) AS amount
    FROM (
        SELECT debit_account_id AS account_id, -amount AS amount FROM uncounted
        UNION ALL
        SELECT credit_account_id, amount FROM uncounted
    ) AS leg
    GROUP BY leg.account_id
) AS moved ON moved.account_id = account.id
WHERE account.code = ANY(CAST(:codes AS smallint[]))

-- name: aged
-- A row for each of the `touched` accounts that held something then, those of what is due in as many as there were days
-- on which it fell due. Accounts hold what they hold now, less what the `uncounted` postings moved.
WITH standing AS MATERIALIZED (
    SELECT
        account.id, account.code, account.currency, account.owner_id, account.contract_id, account.due_on, account.label,
        account_balance.balance - touched.undone AS amount
    FROM touched
    JOIN account ON account.id = touched.account_id
    JOIN account_balance ON account_balance.account_id = account.id
    WHERE account.code = ANY(CAST(:codes AS smallint[])) AND account_balance.balance <> touched.undone
), came AS (
    -- What fell due, by the day on which it did; what a payout took and gave back is as old as before.
    -- Taken off is what does not count: to look for each posting among those is slow where both are many.
    SELECT
        moved.credit_account_id AS id,
        least(other.due_on, journal.effective_on) AS since,
        sum(moved.amount) AS amount
    FROM (
        SELECT posting.credit_account_id, posting.debit_account_id, posting.journal_id, posting.amount
        FROM standing
        JOIN posting ON posting.credit_account_id = standing.id
        WHERE standing.code = ANY(CAST(:due_codes AS smallint[]))
        UNION ALL
        SELECT credit_account_id, debit_account_id, journal_id, -amount FROM uncounted
    ) AS moved
    JOIN account AS other ON other.id = moved.debit_account_id
    JOIN journal ON journal.id = moved.journal_id
    WHERE other.code <> ALL(CAST(:gives_back AS smallint[]))
    GROUP BY moved.credit_account_id, 2
    -- Of other accounts nothing is there that it could be taken off.
    HAVING sum(moved.amount) > 0
), layered AS (
    -- The oldest is paid first, so what is left is the newest.
    SELECT
        came.id, came.since, came.amount,
        coalesce(sum(came.amount) OVER newer, 0) AS newer_amount,
        lead(came.since) OVER (PARTITION BY came.id ORDER BY came.since DESC) IS NULL AS is_oldest
    FROM came
    WINDOW newer AS (
        PARTITION BY came.id ORDER BY came.since DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
), dated AS (
    SELECT
        standing.id, standing.code, standing.currency, standing.owner_id, standing.contract_id, standing.label,
        CASE
            WHEN standing.code = ANY(CAST(:due_codes AS smallint[])) THEN coalesce(layered.since, CAST(:as_of AS date))
            ELSE coalesce(standing.due_on, CAST(:undated AS date))
        END AS since,
        CASE
            WHEN layered.id IS NULL THEN standing.amount
            WHEN layered.is_oldest THEN standing.amount - layered.newer_amount
            ELSE least(layered.amount, standing.amount - layered.newer_amount)
        END AS amount
    FROM standing
    LEFT JOIN layered ON layered.id = standing.id
    WHERE layered.id IS NULL OR layered.newer_amount < standing.amount
)
SELECT
    dated.id AS account_id,
    dated.since,
    CASE
        WHEN dated.code = 2300 THEN 'in_flight'
        WHEN dated.code = 2150 AND dated.label = ANY(CAST(:failed_reasons AS text[])) THEN 'failed'
        WHEN dated.code = 2150 THEN 'held'
        ELSE 'dated'
    END AS kind,
    dated.currency,
    CASE
        WHEN dated.code IN (2110, 2130) THEN 'worker'
        WHEN dated.code IN (2120, 2140) THEN 'layer'
        WHEN dated.code = 2300 THEN payout.payee_kind
        WHEN EXISTS (SELECT FROM person WHERE person.id = dated.owner_id) THEN 'worker'
        ELSE 'layer'
    END AS payee_kind,
    coalesce(payout.payee_id, dated.owner_id) AS payee_id,
    coalesce(dated.contract_id, payout.contract_id) AS contract_id,
    payout.id AS payout_id,
    dated.label AS reason,
    CAST(dated.amount AS bigint) AS amount
FROM dated
LEFT JOIN payout ON dated.code = 2300 AND payout.id = dated.owner_id
