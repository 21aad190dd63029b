-- Preparing a run.

-- name: add_payouts
INSERT INTO payout (
    id, run_id, payee_kind, payee_id, contract_id, currency, amount, carried_in, carried_out, withheld, step,
    paid_currency, paid_amount, rate_id, advance_fee, rail, destination_sealed, created_at
)
SELECT draft.id, run.id, draft.payee_kind, draft.payee_id, draft.contract_id, draft.currency, draft.amount,
    draft.carried_in, draft.carried_out, draft.withheld, draft.step, draft.paid_currency, draft.paid_amount,
    draft.rate_id, draft.advance_fee, run.rail, draft.destination_sealed, run.prepared_at
FROM payout_run AS run
CROSS JOIN unnest(
    CAST(:id AS uuid[]), CAST(:payee_kind AS text[]), CAST(:payee_id AS uuid[]), CAST(:contract_id AS uuid[]),
    CAST(:currency AS text[]), CAST(:amount AS bigint[]), CAST(:carried_in AS bigint[]),
    CAST(:carried_out AS bigint[]), CAST(:withheld AS bigint[]), CAST(:step AS bigint[]),
    CAST(:paid_currency AS text[]), CAST(:paid_amount AS bigint[]), CAST(:rate_id AS uuid[]),
    CAST(:advance_fee AS bigint[]), CAST(:destination_sealed AS bytea[])
) AS draft (
    id, payee_kind, payee_id, contract_id, currency, amount, carried_in, carried_out, withheld, step, paid_currency,
    paid_amount, rate_id, advance_fee, destination_sealed
)
WHERE run.id = :run_id;

-- name: add_lines
INSERT INTO payout_line (payout_id, installment_id, amount)
SELECT payout.payout_id, line.installment_id, line.amount
FROM unnest(CAST(:payout_ids AS uuid[]), CAST(:ids AS text[]), CAST(:amounts AS text[]))
    AS payout (payout_id, ids, amounts)
CROSS JOIN unnest(CAST(payout.ids AS uuid[]), CAST(payout.amounts AS bigint[])) AS line (installment_id, amount);

-- name: digest_of_lines
SELECT encode(sha256(convert_to(coalesce(string_agg(
    payout_id || ' ' || installment_id || ' ' || amount || E'\n', '' ORDER BY payout_id, installment_id
), ''), 'UTF8')), 'hex') AS digest
FROM payout_line
WHERE payout_id = ANY (CAST(:payout_ids AS uuid[]))
