-- Accepting in bulk: a statement for all claims of one job. The job's lock is held.

-- name: accept_answers
-- Only what waits for a verdict: answers that are held, sent back or decided stay as they are.
WITH accepted AS (
    UPDATE answer SET state = 'accepted', decided_at = :now
    WHERE claim_id = ANY(CAST(:claim_ids AS uuid[])) AND state = 'submitted'
    RETURNING id, claim_id, attempt
), reviewed AS (
    INSERT INTO review (id, answer_id, attempt, verdict, reviewer_person_id, reviewer_organization_id, created_at)
    SELECT uuid7(), id, attempt, 'accept', CAST(:person_id AS uuid), CAST(:organization_id AS uuid), :now
    FROM accepted
)
SELECT claim_id, array_agg(id ORDER BY id) AS answer_ids FROM accepted GROUP BY claim_id

-- name: jobs_overdue
-- Jobs with a claim whose review is overdue, those that wait longest first: one probe a job at the old end of its
-- queue, however many claims wait.
SELECT job.id
FROM job CROSS JOIN LATERAL (
    SELECT claim.submitted_at FROM claim
    WHERE claim.job_id = job.id AND claim.state = 'submitted'
      AND claim.submitted_at <= (SELECT market_now()) - job.auto_accept_seconds * interval '1 second'
    ORDER BY claim.submitted_at
    LIMIT 1) AS oldest
ORDER BY oldest.submitted_at, job.id

-- name: claims_overdue
-- Claims of one job whose review is overdue and of which something can be accepted: what is held is not the timer's.
SELECT claim.id
FROM claim JOIN job ON job.id = claim.job_id
WHERE claim.job_id = :job_id AND claim.state = 'submitted'
  AND claim.submitted_at <= (SELECT market_now()) - job.auto_accept_seconds * interval '1 second'
  AND EXISTS (SELECT 1 FROM answer WHERE answer.claim_id = claim.id AND answer.state = 'submitted')
ORDER BY claim.submitted_at, claim.id
LIMIT :limit
