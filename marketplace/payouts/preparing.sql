-- Preparing a run.

-- name: add_lines
INSERT INTO payout_line (payout_id, installment_id, amount)
SELECT line.payout_id, line.installment_id, line.amount
FROM unnest(
    CAST(:payout_ids AS uuid[]), CAST(:installment_ids AS uuid[]), CAST(:amounts AS bigint[])
) AS line (payout_id, installment_id, amount)
