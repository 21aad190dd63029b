-- name: take_due
-- One worker whose evidence grew on an earlier day; what another process is at is passed over.
DELETE FROM score_due
WHERE id IN (
    SELECT id FROM score_due
    WHERE day < CAST(market_now() AT TIME ZONE 'UTC' AS date)
      AND worker_id = (
        SELECT worker_id FROM score_due
        WHERE day < CAST(market_now() AT TIME ZONE 'UTC' AS date)
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    FOR UPDATE SKIP LOCKED)
RETURNING worker_id;

-- name: evidence
-- The newest answers of a worker, before :until, that say how well they work: at their first attempt and accepted,
-- where three or more answered the item; and gold that was paid. A bounded number, whatever the worker did before.
WITH paid AS (
    SELECT answer_id FROM earning
    WHERE payee_kind = 'worker' AND payee_id = :worker_id AND accepted_on >= CAST(:since AS date)
    ORDER BY accepted_on DESC
    LIMIT :limit
), gold AS (
    SELECT gold_answer.job_id, gold_answer.submitted_at, gold_answer.score_ppm
    FROM gold_answer JOIN gold_draw ON gold_draw.claim_id = gold_answer.claim_id AND gold_draw.state = 'paid'
    WHERE gold_answer.worker_id = :worker_id AND gold_answer.submitted_at >= :since
      AND gold_answer.submitted_at < :until
    ORDER BY gold_answer.submitted_at DESC
    LIMIT :limit
)
SELECT job.kind, answer.submitted_at AS at,
       item_consensus.agreements[array_position(item_consensus.answers, answer.id)] AS share
FROM paid
JOIN answer ON answer.id = paid.answer_id
JOIN item_consensus ON item_consensus.item_id = answer.item_id
JOIN job ON job.id = answer.job_id
WHERE answer.attempt = 1 AND answer.state IN ('accepted', 'accepted_on_appeal')
  AND cardinality(item_consensus.answers) >= 3 AND cardinality(item_consensus.agreements) > 0
  AND array_position(item_consensus.answers, answer.id) IS NOT NULL
  AND answer.submitted_at >= :since AND answer.submitted_at < :until
UNION ALL
SELECT job.kind, gold.submitted_at, CAST(gold.score_ppm AS double precision) / 1000000
FROM gold JOIN job ON job.id = gold.job_id;
