-- How clients did lately, by the newest answers and payments of the window: a bounded number, whatever they bought.

-- name: due_clients
-- Clients with work under way, of whom a day ago was the last time that anybody looked, or who were never looked at.
SELECT organization.id
FROM organization
LEFT JOIN client_figure figure ON figure.organization_id = organization.id
WHERE organization.kind = 'client'
  AND coalesce(figure.measured_at, '-infinity') <= market_now() - interval '1 day'
  AND EXISTS (
      SELECT 1 FROM job
      WHERE job.organization_id = organization.id AND job.state IN ('open', 'paused', 'draining'))
ORDER BY figure.measured_at NULLS FIRST, organization.id
LIMIT :limit

-- name: measure
-- An answer is counted as it stands now, in the window in which its claim was decided. What a worker asked to have
-- early says nothing of when the client's work is paid. Figures of fewer than :workers_min workers would be theirs.
WITH ended AS (
    SELECT newest.* FROM job JOIN batch ON batch.job_id = job.id CROSS JOIN LATERAL (
        SELECT claim.id, claim.worker_id, claim.decided_at
        FROM claim
        WHERE claim.batch_id = batch.id AND claim.state = 'decided' AND claim.decided_at > :since
        ORDER BY claim.decided_at DESC
        LIMIT :claims) newest
    WHERE job.organization_id = :organization_id
    ORDER BY newest.decided_at DESC
    LIMIT :claims
), judged AS (
    SELECT count(*) AS answers, count(DISTINCT ended.worker_id) AS workers,
           count(*) FILTER (WHERE answer.state IN ('rejected', 'lapsed', 'rejection_final')) AS rejected
    FROM ended
    JOIN answer ON answer.claim_id = ended.id AND answer.state <> 'accepted_in_error'
), paid AS (
    SELECT newest.* FROM job JOIN contract ON contract.job_id = job.id CROSS JOIN LATERAL (
        SELECT installment.id, installment.payee_id, installment.paid_at
        FROM installment
        WHERE installment.contract_id = contract.id AND installment.payee_kind = 'worker'
          AND installment.state = 'paid' AND installment.advanced_at IS NULL AND installment.paid_at > :since
        ORDER BY installment.paid_at DESC
        LIMIT :installments) newest
    WHERE job.organization_id = :organization_id
    ORDER BY newest.paid_at DESC
    LIMIT :installments
), waited AS (
    SELECT count(*) AS payments, count(DISTINCT paid.payee_id) AS workers, ceil(avg(days)) AS average, max(days) AS most
    FROM paid
    JOIN earning_share ON earning_share.installment_id = paid.id
    JOIN earning ON earning.id = earning_share.earning_id
    CROSS JOIN LATERAL (SELECT CAST(paid.paid_at AT TIME ZONE 'UTC' AS date) - earning.accepted_on AS days) AS wait
), known AS (
    SELECT judged.answers >= :answers_min AND judged.workers >= :workers_min AS by_answers,
           waited.payments >= :answers_min AND waited.workers >= :workers_min AS by_payments
    FROM judged CROSS JOIN waited
)
INSERT INTO client_figure (organization_id, answers, rejected_ppm, payments, pay_days_average, pay_days_most,
                           measured_at)
SELECT :organization_id, judged.answers,
       CASE WHEN known.by_answers THEN judged.rejected * 1000000 / judged.answers END,
       waited.payments,
       CASE WHEN known.by_payments THEN waited.average END,
       CASE WHEN known.by_payments THEN waited.most END,
       :now
FROM judged CROSS JOIN waited CROSS JOIN known
ON CONFLICT (organization_id) DO UPDATE SET
    answers = excluded.answers, rejected_ppm = excluded.rejected_ppm, payments = excluded.payments,
    pay_days_average = excluded.pay_days_average, pay_days_most = excluded.pay_days_most,
    measured_at = excluded.measured_at
