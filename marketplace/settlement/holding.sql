-- Moves of many installments at once.

-- name: put_into_payouts
UPDATE installment SET state = 'in_payout', payout_id = given.payout_id
FROM unnest(CAST(:payout_ids AS uuid[]), CAST(:installment_ids AS uuid[])) AS given (payout_id, installment_id)
WHERE installment.id = given.installment_id
