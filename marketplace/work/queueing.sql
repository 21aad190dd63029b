-- The order in which batches are offered to who claims without naming one, and which of them stand in line.
--
-- `queued_from` is when the batch was opened, less a day for each step of its priority: so a higher priority comes
-- first among batches of about the same age, and then the older; yet nothing waits for ever behind what is opened
-- later with a higher one, for after nine days at the most it comes before all that is opened then.
--
-- `seats_left` is false where every seat was found taken. It is set under the job's lock, as everything that makes a
-- seat open is done, and a claim under way leaves its seat open for others' eyes until it is committed: so no batch
-- with an open seat is out of line. That it is true promises nothing.

-- name: prioritize
UPDATE batch SET priority = :priority, queued_from = created_at - :priority * interval '24 hours'
WHERE id = :batch_id

-- name: jobs_to_sort_out
SELECT DISTINCT batch.job_id FROM batch
WHERE batch.claimable AND batch.state = 'open'
  AND batch.seats_left <> EXISTS (
      SELECT 1 FROM seat WHERE seat.batch_id = batch.id AND seat.state = 'open' OFFSET 0)
ORDER BY batch.job_id
LIMIT :limit

-- name: sort_out
UPDATE batch SET seats_left = NOT seats_left
WHERE batch.job_id = :job_id AND batch.claimable AND batch.state = 'open'
  AND batch.seats_left <> EXISTS (
      SELECT 1 FROM seat WHERE seat.batch_id = batch.id AND seat.state = 'open' OFFSET 0)
