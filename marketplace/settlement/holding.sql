-- Moves of many installments at once.

-- name: put_into_payouts
UPDATE installment
SET state = 'in_payout', payout_id = given.payout_id,
    advance_fee = CASE WHEN installment.due_on > :prepared_on THEN installment.advance_fee ELSE 0 END
FROM (
    SELECT payout_id, unnest(CAST(ids AS uuid[])) AS installment_id
    FROM unnest(CAST(:payout_ids AS uuid[]), CAST(:ids AS text[])) AS payout (payout_id, ids)
) AS given
WHERE installment.id = given.installment_id AND installment.state = ANY (CAST(:payable AS text[]));

-- name: lock_those_in_payouts
-- Which states they are in, by the way.
SELECT DISTINCT locked.state
FROM (
    SELECT installment.state
    FROM installment
    WHERE installment.payout_id = ANY (CAST(:payout_ids AS uuid[]))
    ORDER BY installment.due_on, installment.id
    FOR NO KEY UPDATE
) AS locked;

-- name: take_out_of_payouts
UPDATE installment SET state = 'due', payout_id = NULL
WHERE installment.payout_id = ANY (CAST(:payout_ids AS uuid[]))
