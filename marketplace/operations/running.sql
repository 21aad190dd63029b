-- name: next_due
-- The queued operation that is next: of the organization with the fewest under way, and of these the longest due.
-- An organization that has :most under way waits, so that one alone never takes every place.
WITH under_way AS (
    SELECT organization_id, count(*) AS number FROM operation WHERE state = 'running' GROUP BY organization_id
)
SELECT queued.id
FROM operation AS queued LEFT JOIN under_way USING (organization_id)
WHERE queued.state = 'queued'
    AND queued.due_at <= statement_timestamp()
    AND queued.kind = ANY (:kinds)
    AND coalesce(under_way.number, 0) < :most
ORDER BY coalesce(under_way.number, 0), queued.due_at, queued.id
LIMIT 1
FOR UPDATE OF queued SKIP LOCKED;

-- name: begin
UPDATE operation
SET state = 'running', attempts = attempts + 1, lease_token = :token,
    lease_until = statement_timestamp() + make_interval(secs => :lease_seconds),
    started_at = coalesce(started_at, statement_timestamp()), progress_done = 0, progress_total = NULL
WHERE id = :id
RETURNING id, kind, organization_id, person_id, subject_noun, subject_id, parameters, attempts;

-- name: renew
UPDATE operation
SET lease_until = statement_timestamp() + make_interval(secs => :lease_seconds),
    progress_done = :done, progress_total = :total
WHERE id = :id AND lease_token = :token
RETURNING cancel_requested_at IS NOT NULL AS cancelled;
