-- The invariants of chargebacks; each statement returns what breaks one, at most 100 rows.

-- name: chargeback_not_met
-- C1: the accounts of a chargeback hold what its row says. Its public id is their label; journals know it by its own.
WITH label AS (
    SELECT DISTINCT journal.subject_id AS id, account.label
    FROM journal
    JOIN posting ON posting.journal_id = journal.id
    JOIN account ON account.id IN (posting.debit_account_id, posting.credit_account_id)
        AND account.code IN (:receivable, :frozen)
    WHERE journal.kind = 'J14'
), booked AS (
    SELECT account.label,
        sum(side.amount) FILTER (WHERE account.code = :receivable) AS receivable,
        -sum(side.amount) FILTER (WHERE account.code = :frozen) AS frozen
    FROM account
    JOIN (
        SELECT debit_account_id AS account_id, amount FROM posting
        UNION ALL
        SELECT credit_account_id, -amount FROM posting
    ) AS side ON side.account_id = account.id
    WHERE account.code IN (:receivable, :frozen)
    GROUP BY account.label
), said AS (
    SELECT chargeback.id, frozen_amount AS frozen,
        amount - collected_amount - written_off_amount - returned_amount AS receivable
    FROM chargeback
)
SELECT said.id, booked.label, coalesce(said.receivable, 0) AS receivable, coalesce(said.frozen, 0) AS frozen,
    coalesce(booked.receivable, 0) AS booked_receivable, coalesce(booked.frozen, 0) AS booked_frozen
FROM said
LEFT JOIN label ON label.id = said.id
FULL JOIN booked ON booked.label = label.label
WHERE coalesce(said.receivable, 0) <> coalesce(booked.receivable, 0)
    OR coalesce(said.frozen, 0) <> coalesce(booked.frozen, 0)
ORDER BY said.id
LIMIT 100;

-- name: top_up_not_met
-- C1: what the platform has in is what its journals moved, less the rail's fees, which stay, and what was written off.
WITH moved AS (
    SELECT journal.subject_id AS id,
        sum(CASE WHEN debit.code = :wages AND credit.code = :operating THEN posting.amount
                 WHEN debit.code = :operating AND credit.code = :wages THEN -posting.amount
                 ELSE 0 END) AS amount
    FROM journal
    JOIN posting ON posting.journal_id = journal.id
    JOIN account AS debit ON debit.id = posting.debit_account_id
    JOIN account AS credit ON credit.id = posting.credit_account_id
    WHERE journal.kind = 'J14'
    GROUP BY journal.subject_id
), written_off AS (
    SELECT journal.subject_id AS id, sum(posting.amount) AS amount
    FROM journal
    JOIN posting ON posting.journal_id = journal.id
    JOIN account AS debit ON debit.id = posting.debit_account_id AND debit.code = :loss
    JOIN account AS credit ON credit.id = posting.credit_account_id AND credit.code = :receivable
    WHERE journal.kind = 'J14'
    GROUP BY journal.subject_id
)
SELECT chargeback.id, chargeback.topped_up_amount AS topped_up,
    coalesce(moved.amount, 0) - chargeback.fee_amount - coalesce(written_off.amount, 0) AS booked
FROM chargeback
LEFT JOIN moved ON moved.id = chargeback.id
LEFT JOIN written_off ON written_off.id = chargeback.id
WHERE chargeback.topped_up_amount
    <> coalesce(moved.amount, 0) - chargeback.fee_amount - coalesce(written_off.amount, 0)
ORDER BY chargeback.id
LIMIT 100;
