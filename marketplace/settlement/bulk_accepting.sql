-- Accepting many claims at once.

-- name: jobs_of_claims
-- Of which job each claim is; a claim never changes its job, so nothing is locked.
SELECT id, job_id FROM claim WHERE id = ANY(CAST(:claim_ids AS uuid[]));
