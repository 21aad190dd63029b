-- Taking up again a claim whose lease ended, in one statement: a seat of its task, and a free place of the worker's for
-- it, as claiming takes them (claiming.sql). {takeable} is the condition of `eligibility`.

-- name: take_up
-- The seat is a free one; where :own is true one that is made for the claim, whose price the caller has committed.
WITH may AS (
    SELECT batch.id
    FROM batch
    WHERE batch.id = :batch_id AND batch.claimable AND batch.state = 'open' AND {takeable}
      AND NOT EXISTS (
          SELECT 1 FROM claim mine
          WHERE mine.task_id = :task_id AND mine.worker_id = :worker_id
            AND (mine.state IN ('claimed', 'submitted', 'decided') OR mine.skipped))
), candidate AS (
    SELECT seat.id AS seat_id
    FROM seat
    WHERE seat.state = 'open' AND seat.task_id = :task_id AND NOT :own AND EXISTS (SELECT 1 FROM may)
    ORDER BY seat.id <> :seat_id, seat.id
    LIMIT 1
    FOR UPDATE OF seat SKIP LOCKED
), room AS (
    SELECT number AS place FROM generate_series(1, CAST(:held_max AS integer)) AS number
    WHERE NOT EXISTS (
        SELECT 1 FROM claim held
        WHERE held.worker_id = :worker_id AND held.place = number AND held.state = 'claimed' AND held.attempt = 1)
    LIMIT 1
), room_in_job AS (
    SELECT CASE WHEN job.claims_held_max IS NOT NULL THEN (
        SELECT number FROM generate_series(1, CAST(job.claims_held_max AS integer)) AS number
        WHERE NOT EXISTS (
            SELECT 1 FROM claim held
            WHERE held.worker_id = :worker_id AND held.job_id = job.id AND held.place_in_job = number
              AND held.state = 'claimed' AND held.attempt = 1)
        LIMIT 1) END AS place
    FROM job WHERE job.id = :job_id
), taken AS (
    UPDATE seat SET state = 'claimed' FROM candidate, room WHERE seat.id = candidate.seat_id
    RETURNING seat.id
), made AS (
    INSERT INTO seat (batch_id, task_id, state, late)
    SELECT may.id, :task_id, 'claimed', true FROM may, room WHERE :own
    RETURNING id
), got AS (
    SELECT id FROM taken UNION ALL SELECT id FROM made
)
UPDATE claim
SET state = 'claimed', seat_id = got.id, lease_until = :lease_until, lease_extensions = lease_extensions + 1,
    decided_at = NULL, place = room.place, place_in_job = room_in_job.place
FROM got, room, room_in_job
WHERE claim.id = :claim_id
RETURNING claim.id

-- name: late_answers
-- How many answers of a job seats were made for, beyond those its tasks were opened with.
SELECT coalesce(sum(task.item_count), 0) FROM seat JOIN task ON task.id = seat.task_id
WHERE task.job_id = :job_id AND seat.late AND seat.state <> 'withdrawn'

-- name: lock_standing_task
-- Whoever withdraws a task waits here, or has done so: its items may be anywhere then.
SELECT id FROM task WHERE id = :task_id AND state <> 'withdrawn' FOR NO KEY UPDATE

-- name: lock_open_task
-- Whoever decides the last claim of a task waits here, or has made it done.
SELECT id FROM task WHERE id = :task_id AND state = 'open' FOR NO KEY UPDATE

-- name: seat_kept
-- A seat for a claim whose answers were kept, whose price the caller has committed; not for a worker who holds or
-- answered the task by another claim.
WITH made AS (
    INSERT INTO seat (batch_id, task_id, state, late)
    SELECT claim.batch_id, claim.task_id, 'claimed', true
    FROM claim
    WHERE claim.id = :claim_id AND NOT EXISTS (
        SELECT 1 FROM claim mine
        WHERE mine.task_id = claim.task_id AND mine.worker_id = claim.worker_id
          AND (mine.state IN ('claimed', 'submitted', 'decided') OR mine.skipped))
    RETURNING id
)
UPDATE claim
SET state = 'claimed', seat_id = made.id, lease_until = :lease_until, decided_at = NULL, place = NULL,
    place_in_job = NULL
FROM made
WHERE claim.id = :claim_id
RETURNING claim.id

-- name: lapse_kept
-- Submitting forgot that they came too late.
WITH late AS (
    UPDATE claim SET kept_at = :kept_at WHERE id = :claim_id
)
UPDATE answer SET state = 'lapsed', decided_at = :now WHERE claim_id = :claim_id AND state = 'submitted'
