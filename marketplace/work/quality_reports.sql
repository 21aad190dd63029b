-- name: job_to_report
-- A job whose consensus has grown by half since its report, or at all and the report is a while old.
SELECT model.job_id, model.answers_seen
FROM consensus_model AS model
LEFT JOIN quality_report AS report ON report.job_id = model.job_id
WHERE model.answers_seen > coalesce(report.answers_seen, 0)
    AND (
        report.job_id IS NULL OR model.answers_seen >= report.answers_seen * 1.5
        OR report.computed_at < statement_timestamp() - make_interval(secs => :wait_seconds)
    )
ORDER BY report.computed_at NULLS FIRST
LIMIT 1
FOR UPDATE OF model SKIP LOCKED;

-- name: counts
SELECT batch.contract_id, claim.worker_id, count(*) AS answers,
    count(*) FILTER (WHERE answer.state IN ('accepted', 'accepted_on_appeal', 'paid_not_used')) AS accepted,
    count(*) FILTER (WHERE answer.attempt > 1 OR answer.state IN ('redo_requested', 'lapsed')) AS redone,
    count(*) FILTER (WHERE answer.state IN ('rejected', 'rejection_final')) AS rejected
FROM answer
JOIN claim ON claim.id = answer.claim_id
JOIN batch ON batch.id = claim.batch_id
WHERE answer.job_id = :job_id AND answer.state <> 'accepted_in_error'
GROUP BY batch.contract_id, claim.worker_id;

-- name: agreements
SELECT batch.contract_id, claim.worker_id, count(*) AS compared, sum(part.share) AS agreed
FROM item_consensus
CROSS JOIN LATERAL unnest(item_consensus.answers, item_consensus.agreements) AS part (answer_id, share)
JOIN answer ON answer.id = part.answer_id
JOIN claim ON claim.id = answer.claim_id
JOIN batch ON batch.id = claim.batch_id
WHERE item_consensus.job_id = :job_id AND cardinality(item_consensus.answers) > 1 AND part.share IS NOT NULL
GROUP BY batch.contract_id, claim.worker_id;

-- name: patterns
-- How many items have which labels, told apart by the contract whose workers gave them; the most frequent ones.
SELECT contract_id, labels, count(*) AS items
FROM (
    SELECT batch.contract_id, array_agg(answer.content ->> :key ORDER BY answer.content ->> :key) AS labels
    FROM answer
    JOIN claim ON claim.id = answer.claim_id
    JOIN batch ON batch.id = claim.batch_id
    WHERE answer.job_id = :job_id AND answer.state IN ('accepted', 'accepted_on_appeal')
    GROUP BY batch.contract_id, answer.item_id
) AS of_item
GROUP BY contract_id, labels
ORDER BY count(*) DESC, contract_id, labels
LIMIT :limit;

-- name: confusion
SELECT batch.contract_id, answer.content ->> :key AS given, item_consensus.value ->> :key AS together,
    count(*) AS answers
FROM item_consensus
CROSS JOIN LATERAL unnest(item_consensus.answers) AS part (answer_id)
JOIN answer ON answer.id = part.answer_id
JOIN claim ON claim.id = answer.claim_id
JOIN batch ON batch.id = claim.batch_id
WHERE item_consensus.job_id = :job_id AND item_consensus.value ? :key AND cardinality(item_consensus.answers) > 1
GROUP BY batch.contract_id, 2, 3;
