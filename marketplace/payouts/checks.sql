-- The invariants of payouts; each statement returns what breaks one, at most 100 rows.

-- name: paid_twice
-- I7: an installment is in at most one live or successful payout, and knows which.
SELECT installment.id AS installment_id, count(payout.id) AS payouts, installment.state
FROM installment
LEFT JOIN payout_line ON payout_line.installment_id = installment.id
LEFT JOIN payout ON payout.id = payout_line.payout_id AND payout.state <> ALL (ARRAY['cancelled', 'returned'])
GROUP BY installment.id
HAVING count(payout.id) > 1
    OR (installment.state IN ('in_payout', 'paid')) <> (count(payout.id) = 1)
    OR coalesce(bool_or(installment.payout_id IS DISTINCT FROM payout.id) FILTER (WHERE payout.id IS NOT NULL), false)
    OR coalesce(
        bool_or((installment.state = 'paid') <> (payout.state IN ('settled', 'reconciled')))
            FILTER (WHERE payout.id IS NOT NULL),
        false
    )
ORDER BY installment.id
LIMIT 100;

-- name: lines_not_met
-- A payout pays its lines and what it carries in, less what it carries out, in whole minor units.
SELECT payout.id AS payout_id, payout.amount, coalesce(sum(payout_line.amount), 0) AS lines
FROM payout
LEFT JOIN payout_line ON payout_line.payout_id = payout.id
GROUP BY payout.id
HAVING coalesce(sum(payout_line.amount), 0) + payout.carried_in - payout.carried_out <> payout.amount
    OR payout.amount % :minor_unit <> 0
    OR payout.carried_out NOT BETWEEN 0 AND :minor_unit - 1
ORDER BY payout.id
LIMIT 100;

-- name: flight_not_met
-- I8: 2300 of a payout holds its amount exactly while it is submitting, sent or unknown, and nothing otherwise.
WITH flying AS (
    SELECT account.owner_id AS payout_id, sum(account_balance.balance) AS amount
    FROM account
    JOIN account_balance ON account_balance.account_id = account.id
    WHERE account.code = :in_flight
    GROUP BY account.owner_id
)
SELECT coalesce(payout.id, flying.payout_id) AS payout_id, payout.state, payout.amount, flying.amount AS flying
FROM payout
FULL JOIN flying ON flying.payout_id = payout.id
WHERE coalesce(flying.amount, 0) <> CASE
    WHEN payout.state = ANY (CAST(:flying_states AS text[])) THEN payout.amount
    ELSE 0
END
ORDER BY 1
LIMIT 100;

-- name: due_not_payable
-- 2130, 2140 and 2150 together hold what is due, held or being paid of each payee, and what payouts carried on.
WITH owed AS (
    SELECT installment.payee_id, installment.currency, sum(installment.amount) AS amount
    FROM installment
    WHERE installment.state IN ('due', 'held', 'in_payout')
    GROUP BY 1, 2
), carried AS (
    SELECT payout.payee_id, payout.currency,
        sum(payout.carried_out - payout.carried_in) FILTER (WHERE payout.state IN ('settled', 'reconciled')) AS rest,
        sum(payout.amount) FILTER (WHERE payout.state = ANY (CAST(:flying_states AS text[]))) AS flying
    FROM payout
    GROUP BY 1, 2
), books AS (
    SELECT account.owner_id AS payee_id, account.currency, sum(account_balance.balance) AS amount
    FROM account
    JOIN account_balance ON account_balance.account_id = account.id
    WHERE account.code = ANY (CAST(:payable_codes AS smallint[]))
    GROUP BY 1, 2
)
SELECT payee_id, currency, coalesce(owed.amount, 0) AS owed, coalesce(carried.rest, 0) AS rest,
    coalesce(carried.flying, 0) AS flying, coalesce(books.amount, 0) AS books
FROM owed
FULL JOIN carried USING (payee_id, currency)
FULL JOIN books USING (payee_id, currency)
WHERE coalesce(owed.amount, 0) + coalesce(carried.rest, 0) - coalesce(carried.flying, 0) <> coalesce(books.amount, 0)
ORDER BY payee_id, currency
LIMIT 100;

-- name: one_person
-- I16: nobody prepares and approves the same run, nor approves one that pays them or their organization.
SELECT DISTINCT payout_run.id AS run_id, payout_run.approved_by
FROM payout_run
LEFT JOIN payout ON payout.run_id = payout_run.id
WHERE payout_run.approved_by IS NOT NULL
    AND (payout_run.approved_by = payout_run.prepared_by OR payout.payee_id = payout_run.approved_by)
ORDER BY payout_run.id
LIMIT 100;
