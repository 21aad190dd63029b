-- Taking up again a claim whose lease ended, in one statement: a free seat of its task, and a free place of the
-- worker's for it, as claiming takes them (claiming.sql). {takeable} is the condition of `eligibility`.

-- name: take_up
WITH candidate AS (
    SELECT seat.id AS seat_id
    FROM seat
    WHERE seat.state = 'open'
      AND seat.task_id = :task_id
      AND (SELECT batch.claimable AND batch.state = 'open' AND {takeable} FROM batch WHERE batch.id = :batch_id)
      AND NOT EXISTS (
          SELECT 1 FROM claim mine
          WHERE mine.task_id = seat.task_id AND mine.worker_id = :worker_id
            AND (mine.state IN ('claimed', 'submitted', 'decided') OR mine.skipped))
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
)
UPDATE claim
SET state = 'claimed', seat_id = taken.id, lease_until = :lease_until, lease_extensions = lease_extensions + 1,
    decided_at = NULL, place = room.place, place_in_job = room_in_job.place
FROM taken, room, room_in_job
WHERE claim.id = :claim_id
RETURNING claim.id
