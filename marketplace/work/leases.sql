-- name: due_jobs
-- The jobs of the oldest leases that are over, and how many of these each has.
SELECT due.job_id, count(*) AS claims
FROM (SELECT job_id, lease_until FROM claim
      WHERE state = 'claimed' AND lease_until <= :now ORDER BY lease_until LIMIT :look) AS due
GROUP BY due.job_id
ORDER BY min(due.lease_until)

-- name: lock_overdue
SELECT claim.id, claim.job_id, claim.worker_id, claim.attempt
FROM claim
WHERE claim.state = 'claimed' AND claim.lease_until <= :now AND claim.job_id = ANY(CAST(:job_ids AS uuid[]))
ORDER BY claim.lease_until
LIMIT :limit
FOR NO KEY UPDATE SKIP LOCKED
