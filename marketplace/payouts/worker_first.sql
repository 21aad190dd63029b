-- Worker first (rule 8).

-- name: worker_is_waiting
-- Whether a worker below the contract (or of it) has an installment due by that day that is not paid. Held for a
-- reason only the worker can cure does not count, nor does what cannot be paid because all that is due to the worker
-- is less than one minor unit: it stays owed and is carried.
WITH RECURSIVE below (id) AS (
    SELECT CAST(:contract_id AS uuid)
    UNION ALL
    SELECT contract.id FROM contract JOIN below ON contract.parent_id = below.id
)
SELECT EXISTS (
    SELECT
    FROM installment
    WHERE installment.payee_kind = 'worker'
        AND installment.contract_id IN (SELECT below.id FROM below)
        AND installment.due_on <= :due_by
        AND (
            installment.state IN ('scheduled', 'in_payout')
            OR (installment.state = 'held' AND installment.held_reason <> ALL (CAST(:curable AS text[])))
            OR (
                installment.state IN ('due', 'advanced')
                AND coalesce((
                    SELECT account_balance.balance
                    FROM account
                    JOIN account_balance ON account_balance.account_id = account.id
                    WHERE account.owner_id = installment.payee_id
                        AND account.code = :pay_due
                        AND account.currency = installment.currency
                ), 0) >= :minor_unit
            )
        )
);

-- name: broken
-- I15: margins that were sent while a worker's installment below, due by then and known then, was not paid. A worker's
-- hold that the worker had to cure excuses, and so does an installment too small to be paid alone. The installment tells
-- its last hold only, the log each with its end. The order was begun before it was known to be sent, and was right then.
WITH RECURSIVE margin AS (
    SELECT payout.id AS payout_id, payout.contract_id, payout.sent_at, max(installment.due_on) AS due_by,
        coalesce((
            SELECT max(payout_event.at)
            FROM payout_event
            WHERE payout_event.payout_id = payout.id
                AND payout_event.state_after = 'submitting'
                AND payout_event.at <= payout.sent_at
        ), payout.sent_at) AS begun_at
    FROM payout
    JOIN payout_line ON payout_line.payout_id = payout.id
    JOIN installment ON installment.id = payout_line.installment_id
    WHERE payout.payee_kind = 'layer' AND payout.state IN ('sent', 'settled', 'reconciled', 'returned')
    GROUP BY payout.id
), below (payout_id, contract_id) AS (
    SELECT margin.payout_id, margin.contract_id FROM margin
    UNION ALL
    SELECT below.payout_id, contract.id FROM contract JOIN below ON contract.parent_id = below.contract_id
)
SELECT margin.payout_id, installment.id AS installment_id
FROM margin
JOIN below ON below.payout_id = margin.payout_id
JOIN installment ON installment.contract_id = below.contract_id
WHERE installment.payee_kind = 'worker'
    AND installment.due_on <= margin.due_by
    AND installment.created_at < margin.sent_at
    AND installment.amount >= :minor_unit
    AND installment.state <> 'cancelled'
    AND coalesce(installment.paid_at > margin.sent_at, true)
    -- One value for each that is left, not a join: it is looked up in the index, and the log is never walked.
    AND NOT coalesce((
        SELECT bool_or(NOT coalesce((
            SELECT bool_or(released.at < margin.begun_at)
            FROM audit_event AS released
            WHERE released.subject_id = installment.id
                AND released.kind = 'installment.released'
                AND released.recorded_at > held.recorded_at
        ), false))
        FROM audit_event AS held
        WHERE held.subject_id = installment.id
            AND held.kind = 'installment.held'
            AND held.at < margin.sent_at
            AND convert_from(held.body, 'UTF8')::jsonb #>> '{data,reason}' = ANY (CAST(:curable AS text[]))
    ), false)
ORDER BY margin.payout_id, installment.id
LIMIT 100;
