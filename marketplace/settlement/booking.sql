-- Growing installments and writing what accepted answers earn: two statements for any number of answers.

-- name: grow_installments
-- The order is the lock order: everybody who grows several installments takes them by payee, contract and date.
INSERT INTO installment (payee_kind, payee_id, contract_id, due_on, currency, amount)
SELECT grown.payee_kind, grown.payee_id, grown.contract_id, grown.due_on, :currency, grown.amount
FROM unnest(
    CAST(:payee_kinds AS text[]), CAST(:payee_ids AS uuid[]), CAST(:contract_ids AS uuid[]),
    CAST(:due_dates AS date[]), CAST(:amounts AS bigint[])
) AS grown (payee_kind, payee_id, contract_id, due_on, amount)
ORDER BY grown.payee_kind, grown.payee_id, grown.contract_id, grown.due_on
ON CONFLICT (payee_kind, payee_id, contract_id, due_on, currency) WHERE state = 'scheduled'
DO UPDATE SET amount = installment.amount + excluded.amount
RETURNING id, payee_kind, payee_id, contract_id, due_on;

-- name: write_earnings
-- Where a payee has no id, it is the answer's worker.
WITH earned AS (
    INSERT INTO earning (answer_id, payee_kind, payee_id, contract_id, amount, currency, accepted_on, journal_id)
    SELECT answer.id, payee.kind, coalesce(payee.id, answer.worker_id), payee.contract_id, payee.amount, :currency,
        :accepted_on, :journal_id
    FROM unnest(CAST(:answer_ids AS uuid[]), CAST(:worker_ids AS uuid[])) AS answer (id, worker_id)
    CROSS JOIN unnest(
        CAST(:payee_kinds AS text[]), CAST(:payee_ids AS uuid[]), CAST(:contract_ids AS uuid[]),
        CAST(:amounts AS bigint[])
    ) AS payee (kind, id, contract_id, amount)
    RETURNING id, payee_kind, payee_id, contract_id
)
INSERT INTO earning_share (earning_id, installment_id, amount)
SELECT earned.id, share.installment_id, share.amount
FROM earned
JOIN unnest(
    CAST(:share_kinds AS text[]), CAST(:share_payee_ids AS uuid[]), CAST(:share_contract_ids AS uuid[]),
    CAST(:installment_ids AS uuid[]), CAST(:share_amounts AS bigint[])
) AS share (payee_kind, payee_id, contract_id, installment_id, amount)
    ON share.payee_kind = earned.payee_kind AND share.payee_id = earned.payee_id
    AND share.contract_id = earned.contract_id;
