-- Moves of many installments at once.

-- name: put_into_payouts
UPDATE installment
SET state = 'in_payout', payout_id = given.payout_id, advance_fee = given.advance_fee
FROM unnest(
    CAST(:payout_ids AS uuid[]), CAST(:installment_ids AS uuid[]), CAST(:advance_fees AS bigint[])
) AS given (payout_id, installment_id, advance_fee)
WHERE installment.id = given.installment_id
