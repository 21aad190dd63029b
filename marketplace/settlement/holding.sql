-- Moves of many installments at once.

-- name: put_into_payouts
UPDATE installment
SET state = 'in_payout', payout_id = given.payout_id,
    advance_fee = CASE WHEN installment.due_on > :prepared_on THEN installment.advance_fee ELSE 0 END
FROM unnest(CAST(:payout_ids AS uuid[]), CAST(:ids AS text[])) AS given (payout_id, ids)
-- Each array is looked up in the index. As rows to be joined they would be so many that the whole table was read.
WHERE installment.id = ANY (CAST(given.ids AS uuid[])) AND installment.state = ANY (CAST(:payable AS text[]));

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
