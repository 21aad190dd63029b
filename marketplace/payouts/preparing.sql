-- Preparing a run.

-- name: add_lines
-- The installments are locked, so that what was summed of them is what their lines say.
INSERT INTO payout_line (payout_id, installment_id, amount)
SELECT given.payout_id, installment.id, installment.amount
FROM (
    SELECT payout_id, unnest(CAST(ids AS uuid[])) AS installment_id
    FROM unnest(CAST(:payout_ids AS uuid[]), CAST(:installment_ids AS text[])) AS payout (payout_id, ids)
) AS given
JOIN installment ON installment.id = given.installment_id;

-- name: digests_of_lines
SELECT payout.run_id,
    encode(sha256(convert_to(coalesce(string_agg(
        line.payout_id || ' ' || line.installment_id || ' ' || line.amount || E'\n', ''
        ORDER BY line.payout_id, line.installment_id
    ), ''), 'UTF8')), 'hex') AS digest
FROM payout
LEFT JOIN payout_line AS line ON line.payout_id = payout.id
WHERE payout.run_id = ANY (CAST(:run_ids AS uuid[]))
GROUP BY payout.run_id
