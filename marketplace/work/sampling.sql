-- Drawing answers for review in jobs that have only a sample reviewed.

-- name: to_draw
-- Claims whose first answers nobody has drawn among yet, job by job from the old end of its queue.
SELECT waiting.id
FROM job CROSS JOIN LATERAL (
    SELECT claim.id, claim.submitted_at FROM claim
    WHERE claim.job_id = job.id AND claim.state = 'submitted' AND claim.attempt = 1
      AND NOT EXISTS (SELECT 1 FROM sampling WHERE sampling.claim_id = claim.id OFFSET 0)
    ORDER BY claim.submitted_at, claim.id
    LIMIT :limit) AS waiting
WHERE job.review_policy ->> 'mode' = 'sample'
ORDER BY waiting.submitted_at, waiting.id
LIMIT :limit

-- name: count_answers
-- Adds to the counts; returns each as it was before.
INSERT INTO sampling_count (job_id, scope, key, answers)
SELECT :job_id, scope, key, answers
FROM unnest(CAST(:scopes AS text[]), CAST(:keys AS text[]), CAST(:answers AS bigint[])) AS more (scope, key, answers)
ON CONFLICT (job_id, scope, key) DO UPDATE SET answers = sampling_count.answers + excluded.answers
RETURNING scope, key, answers

-- name: first_answers
-- The first attempt of every answer of these claims, in the order in which the draw looked at them.
SELECT answer.claim_id, answer.id, claim.worker_id, coalesce(first.content, answer.content) AS content
FROM answer
JOIN claim ON claim.id = answer.claim_id
LEFT JOIN answer_attempt first ON first.answer_id = answer.id AND first.attempt = 1
WHERE answer.claim_id = ANY(CAST(:claim_ids AS uuid[]))
ORDER BY answer.claim_id, answer.ordinal, answer.id
