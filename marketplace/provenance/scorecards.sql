-- What came of the work at and below some contracts. A claim and its answers count in the window in which the claim
-- ended, as they stand now; a dispute and a payment in that of their own end. The contracts of one organization never
-- stand above each other, so nothing counts twice. What was accepted by mistake counts for nobody.

-- name: answers
WITH RECURSIVE tree AS (
    SELECT id FROM contract WHERE id = ANY(CAST(:contract_ids AS uuid[]))
    UNION
    SELECT contract.id FROM contract JOIN tree ON contract.parent_id = tree.id
)
SELECT count(*) AS decided,
       count(*) FILTER (WHERE answer.state = 'accepted' AND answer.attempt = 1) AS accepted_first,
       count(*) FILTER (WHERE answer.state = 'accepted' AND answer.attempt > 1) AS accepted_later,
       count(*) FILTER (WHERE answer.attempt > 1 OR answer.state = 'lapsed') AS redone,
       count(*) FILTER (WHERE answer.state = 'paid_not_used') AS paid_not_used,
       count(*) FILTER (WHERE answer.state IN ('rejected', 'lapsed', 'rejection_final')) AS rejected,
       count(*) FILTER (WHERE answer.state = 'accepted_on_appeal') AS overturned,
       percentile_cont(0.5) WITHIN GROUP (
           ORDER BY extract(epoch FROM answer.submitted_at - batch.created_at)) AS submitted_after
FROM tree
JOIN batch ON batch.contract_id = tree.id
JOIN claim ON claim.batch_id = batch.id AND claim.state = 'decided' AND claim.decided_at > :since
JOIN answer ON answer.claim_id = claim.id AND answer.state <> 'accepted_in_error'

-- name: claims
WITH RECURSIVE tree AS (
    SELECT id FROM contract WHERE id = ANY(CAST(:contract_ids AS uuid[]))
    UNION
    SELECT contract.id FROM contract JOIN tree ON contract.parent_id = tree.id
)
SELECT count(*) AS ended, count(*) FILTER (WHERE claim.state = 'expired') AS expired
FROM tree
JOIN batch ON batch.contract_id = tree.id
JOIN claim ON claim.batch_id = batch.id AND claim.state IN ('decided', 'expired') AND claim.decided_at > :since

-- name: disputes
WITH RECURSIVE tree AS (
    SELECT id FROM contract WHERE id = ANY(CAST(:contract_ids AS uuid[]))
    UNION
    SELECT contract.id FROM contract JOIN tree ON contract.parent_id = tree.id
)
SELECT count(*) AS decided, count(*) FILTER (WHERE dispute.state = 'overturned') AS lost
FROM dispute
JOIN answer ON answer.id = dispute.answer_id
JOIN claim ON claim.id = answer.claim_id
JOIN batch ON batch.id = claim.batch_id
JOIN tree ON tree.id = batch.contract_id
WHERE dispute.decided_at > :since

-- name: payments
-- Workers' payments: nobody's on the same answer are earlier, as no margin is paid before them.
WITH RECURSIVE tree AS (
    SELECT id FROM contract WHERE id = ANY(CAST(:contract_ids AS uuid[]))
    UNION
    SELECT contract.id FROM contract JOIN tree ON contract.parent_id = tree.id
)
SELECT count(*) AS shares,
       avg(CAST(installment.paid_at AS date) - earning.accepted_on) AS days_average,
       max(CAST(installment.paid_at AS date) - earning.accepted_on) AS days_most
FROM tree
JOIN installment ON installment.contract_id = tree.id
JOIN earning_share ON earning_share.installment_id = installment.id
JOIN earning ON earning.id = earning_share.earning_id
WHERE installment.payee_kind = 'worker' AND installment.state = 'paid' AND installment.paid_at > :since
