-- Seats whose claim ended without an answer: back to the queue, or, where the batch was withdrawn meanwhile, back to
-- the reserve. Under the job's lock, so that no withdrawal runs at the same moment.

-- name: end_first_attempts
-- A batch with a freed seat stands in the queue again: see queueing.sql. A seat made for a late claim goes with it.
-- Returns what went back to the reserve, by batch, and the tasks that lost a late seat.
WITH ended AS (
    UPDATE claim SET state = :state, lease_until = NULL, decided_at = :now
    WHERE id = ANY(CAST(:claim_ids AS uuid[])) AND state = 'claimed' AND attempt = 1
    RETURNING seat_id, batch_id, item_count
), freed AS (
    UPDATE seat SET state = CASE WHEN batch.state = 'open' AND NOT seat.late THEN 'open' ELSE 'withdrawn' END
    FROM ended JOIN batch ON batch.id = ended.batch_id
    WHERE seat.id = ended.seat_id AND seat.state = 'claimed'
    RETURNING seat.state, seat.late, seat.task_id, ended.batch_id, ended.item_count
), queued AS (
    UPDATE batch SET seats_left = true
    WHERE NOT batch.seats_left AND batch.id IN (SELECT freed.batch_id FROM freed WHERE freed.state = 'open')
)
SELECT batch.job_id, batch.id AS batch_id, batch.currency, batch.state = 'open' AS is_open,
       count(*) FILTER (WHERE NOT freed.late) AS seats, sum(freed.item_count * batch.price_amount) AS committed,
       coalesce(array_agg(freed.task_id) FILTER (WHERE freed.late), '{}') AS late_task_ids
FROM freed JOIN batch ON batch.id = freed.batch_id
WHERE freed.state = 'withdrawn'
GROUP BY batch.id
ORDER BY batch.job_id, batch.id

-- name: lapse_answers
UPDATE answer SET state = 'lapsed', decided_at = :now
WHERE claim_id = ANY(CAST(:claim_ids AS uuid[])) AND state = 'redo_requested'
RETURNING claim_id

-- name: settle_claims
-- Claims with nothing left to redo: submitted while anything of them waits, else decided and their seats done.
WITH settled AS (
    UPDATE claim
    SET state = CASE WHEN looked.waits THEN 'submitted' ELSE 'decided' END, lease_until = NULL, draft = NULL,
        decided_at = CASE WHEN looked.waits THEN claim.decided_at ELSE :now END
    FROM (SELECT given.id, EXISTS (
              SELECT 1 FROM answer
              WHERE answer.claim_id = given.id AND answer.state IN ('submitted', 'held', 'redo_requested')) AS waits
          FROM unnest(CAST(:claim_ids AS uuid[])) AS given (id)) AS looked
    WHERE claim.id = looked.id AND claim.state IN ('claimed', 'submitted')
    RETURNING claim.seat_id, claim.task_id, claim.state
), done AS (
    UPDATE seat SET state = 'done' FROM settled
    WHERE settled.state = 'decided' AND seat.id = settled.seat_id AND seat.state = 'claimed'
)
SELECT task_id FROM settled WHERE state = 'decided'

-- name: lock_tasks
SELECT task.id FROM task WHERE task.id = ANY(CAST(:task_ids AS uuid[])) ORDER BY task.id FOR NO KEY UPDATE

-- name: finish_tasks
-- Done when as many claims are decided as the task has seats, late ones too; in a withdrawn batch, when none is left undecided.
-- All that hold a seat are looked through for the decided ones: that is the index by task, and no other will do. Asked
-- for decided ones alone, the planner may take the batch's (ix_claim_ended) while few are, and read it whole each time.
UPDATE task SET state = 'done' FROM batch
WHERE task.id = ANY(CAST(:task_ids AS uuid[])) AND task.state = 'open' AND batch.id = task.batch_id
  AND CASE batch.state
      WHEN 'open' THEN
          (SELECT count(*) FILTER (WHERE claim.state = 'decided') FROM claim
           WHERE claim.task_id = task.id AND claim.state IN ('claimed', 'submitted', 'decided'))
              >= coalesce(task.seats_wanted, batch.seats_per_task)
                 + (SELECT count(*) FROM seat WHERE seat.task_id = task.id AND seat.late AND seat.state <> 'withdrawn')
      ELSE NOT EXISTS (SELECT 1 FROM claim WHERE claim.task_id = task.id AND claim.state IN ('claimed', 'submitted'))
  END

-- name: retire_tasks
-- Tasks of withdrawn batches that nobody holds and nobody answered; their items are free again.
WITH retired AS (
    UPDATE task SET state = 'withdrawn'
    WHERE task.batch_id = ANY(CAST(:batch_ids AS uuid[])) AND task.state = 'open'
      AND NOT EXISTS (
          SELECT 1 FROM claim WHERE claim.task_id = task.id AND claim.state IN ('claimed', 'submitted', 'decided'))
    RETURNING task.batch_id, task.ordinals
)
SELECT batch.contract_id, batch.rate_code, range_agg(retired.ordinals) AS ordinals, count(*) AS tasks,
       batch.extends_batch_id IS NOT NULL AS extends
FROM retired JOIN batch ON batch.id = retired.batch_id
GROUP BY batch.contract_id, batch.rate_code, extends
ORDER BY batch.contract_id, batch.rate_code, extends

-- name: finish_withdrawn_tasks
-- What is still open in withdrawn batches once `retire_tasks` has run was worked on: done where nobody is at it any
-- more, though fewer claims may be decided than the task once had seats.
UPDATE task SET state = 'done'
WHERE task.batch_id = ANY(CAST(:batch_ids AS uuid[])) AND task.state = 'open'
  AND NOT EXISTS (SELECT 1 FROM claim WHERE claim.task_id = task.id AND claim.state IN ('claimed', 'submitted'))

-- name: withdraw_seats
WITH taken_back AS (
    UPDATE seat SET state = 'withdrawn' WHERE batch_id = :batch_id AND state = 'open'
    RETURNING task_id
)
SELECT count(*) AS seats, coalesce(sum(task.item_count), 0) AS answers
FROM taken_back JOIN task ON task.id = taken_back.task_id

-- name: finish_batches
-- An open batch is done when all its seats were released and every one of its tasks is done; a withdrawn one when no
-- task of it is open any more. While its items may get further answers, which extensions of it ask for, it is not done.
UPDATE batch SET state = 'done'
WHERE batch.id IN (
    SELECT candidate.id FROM batch candidate
    WHERE candidate.state IN ('open', 'withdrawn')
      AND NOT EXISTS (SELECT 1 FROM task WHERE task.batch_id = candidate.id AND task.state = 'open')
      AND ((candidate.answers_max IS NULL AND candidate.extends_batch_id IS NULL) OR NOT EXISTS (
          SELECT 1 FROM task WHERE task.batch_id = candidate.id AND task.to_judge AND task.state = 'done'))
      AND (candidate.answers_max IS NULL OR NOT EXISTS (
          SELECT 1 FROM overlap_item
          WHERE overlap_item.root_batch_id = candidate.id AND overlap_item.state IN ('waiting', 'extended')))
    ORDER BY candidate.opened_sequence
    LIMIT :limit
    FOR NO KEY UPDATE SKIP LOCKED)
RETURNING batch.id

-- name: set_claimable
-- Claimable is what is not below a frozen contract, while the job as a whole is, and what does not stand still for a
-- reason of its own or of the batch it extends.
WITH RECURSIVE halted AS (
    SELECT id FROM contract WHERE job_id = :job_id AND state = 'frozen'
    UNION
    SELECT contract.id FROM contract JOIN halted ON contract.parent_id = halted.id
), wanted AS (
    SELECT batch.id, :claimable AND NOT EXISTS (SELECT 1 FROM halted WHERE halted.id = batch.contract_id)
           AND NOT EXISTS (
               SELECT 1 FROM batch_pause
               WHERE batch_pause.batch_id IN (batch.id, batch.extends_batch_id) AND batch_pause.ended_at IS NULL
           ) AS claimable
    FROM batch WHERE job_id = :job_id AND state = 'open'
)
UPDATE batch SET claimable = wanted.claimable FROM wanted
WHERE batch.id = wanted.id AND batch.claimable <> wanted.claimable
RETURNING batch.id
