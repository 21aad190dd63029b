-- name: jobs_due
-- Jobs with items that are due, found by jumps along the key: what it costs does not grow with the items.
WITH RECURSIVE due (job_id) AS (
    (SELECT job_id FROM consensus_due ORDER BY job_id LIMIT 1)
    UNION ALL
    SELECT (SELECT next.job_id FROM consensus_due AS next WHERE next.job_id > due.job_id ORDER BY next.job_id LIMIT 1)
    FROM due WHERE due.job_id IS NOT NULL
)
SELECT job_id FROM due WHERE job_id IS NOT NULL LIMIT :limit;

-- name: begin_model
INSERT INTO consensus_model (
    job_id, version, method, labels, priors, average, answers_seen, answers_fitted, items_fitted
) VALUES (:job_id, 0, :method, '{}', '{}', 0.5, 0, 0, 0)
ON CONFLICT DO NOTHING;

-- name: take_due
DELETE FROM consensus_due
WHERE (job_id, id) IN (
    SELECT job_id, id FROM consensus_due WHERE job_id = :job_id ORDER BY id LIMIT :limit
)
RETURNING item_id;

-- name: standing_answers
-- The accepted answers to these items, oldest first: what the worker said, and what stands in its place.
SELECT answer.item_id, answer.id, answer.content AS said, correction.content AS corrected,
    claim.worker_id, claim.guideline_version
FROM answer
JOIN claim ON claim.id = answer.claim_id
LEFT JOIN correction ON correction.answer_id = answer.id
WHERE answer.item_id = ANY (:item_ids) AND answer.state IN ('accepted', 'accepted_on_appeal')
ORDER BY answer.item_id, answer.id;

-- name: keep
-- A version more where anything changed but the number of the model. :lines is a list of objects by column.
INSERT INTO item_consensus AS kept (
    item_id, job_id, method, value, confidence, agreement, answers, weights, agreements, guideline_version,
    model_version, version, computed_at
)
SELECT item_id, :job_id, method, value, confidence, agreement, answers, weights, agreements, guideline_version,
    model_version, 1, market_now()
FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS line (
    item_id uuid, method text, value jsonb, confidence double precision, agreement double precision, answers uuid[],
    weights double precision[], agreements double precision[], guideline_version bigint, model_version bigint
)
ON CONFLICT (item_id) DO UPDATE SET
    method = excluded.method, value = excluded.value, confidence = excluded.confidence,
    agreement = excluded.agreement, answers = excluded.answers, weights = excluded.weights,
    agreements = excluded.agreements, guideline_version = excluded.guideline_version,
    model_version = excluded.model_version, version = kept.version + 1, computed_at = excluded.computed_at
WHERE (kept.method, kept.value, kept.confidence, kept.agreement, kept.answers, kept.weights, kept.agreements,
    kept.guideline_version) IS DISTINCT FROM (
    excluded.method, excluded.value, excluded.confidence, excluded.agreement, excluded.answers, excluded.weights,
    excluded.agreements, excluded.guideline_version);

-- name: forget_unanswered
DELETE FROM item_consensus WHERE item_id = ANY (CAST(:item_ids AS uuid[]));

-- name: count_new_answers
-- How many of these answers are in no consensus yet.
SELECT coalesce(sum(given.answers), 0) - coalesce(sum(cardinality(kept.answers)), 0)
FROM unnest(CAST(:item_ids AS uuid[]), CAST(:counts AS bigint[])) AS given (item_id, answers)
LEFT JOIN item_consensus AS kept ON kept.item_id = given.item_id;

-- name: model_to_fit
-- A job whose model is behind: by half as many answers again as it was fitted to, or by any, once they are all in
-- their consensus and it is a while since the last fit. So all fits together cost a few times what the last one does.
SELECT consensus_model.job_id
FROM consensus_model
WHERE consensus_model.method <> 'majority' AND consensus_model.answers_seen > consensus_model.answers_fitted
    AND (
        consensus_model.answers_seen >= consensus_model.answers_fitted * 1.5
        OR consensus_model.fitted_at < statement_timestamp() - make_interval(secs => :wait_seconds)
        AND NOT EXISTS (SELECT FROM consensus_due WHERE consensus_due.job_id = consensus_model.job_id)
    )
ORDER BY consensus_model.fitted_at NULLS FIRST
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: sample
-- Items with two answers or more, at most :limit: those whose id hashes lowest, the same ones each time.
SELECT item_id, answers
FROM item_consensus
WHERE job_id = :job_id AND cardinality(answers) > 1
ORDER BY uuid_hash(item_id), item_id
LIMIT :limit;

-- name: sample_answers
SELECT answer.item_id, answer.content AS said, correction.content AS corrected, claim.worker_id
FROM unnest(CAST(:answer_ids AS uuid[])) AS wanted (id)
JOIN answer ON answer.id = wanted.id
JOIN claim ON claim.id = answer.claim_id
LEFT JOIN correction ON correction.answer_id = answer.id
ORDER BY answer.item_id, answer.id;

-- name: make_all_due
INSERT INTO consensus_due (job_id, item_id) SELECT job_id, item_id FROM item_consensus WHERE job_id = :job_id;
