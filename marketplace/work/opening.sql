-- Splits items into tasks and releases seats, in sets: a million items become 50,000 tasks in seconds.

-- name: split_into_tasks
-- Pieces are the runs of ordinals taken; `start` is where a run begins when all are laid end to end. Task p holds
-- places p*size up to (p+1)*size of that line, which may lie in several runs.
WITH piece AS (
    SELECT lower(run) AS low, upper(run) - lower(run) AS length,
           CAST(sum(upper(run) - lower(run)) OVER (ORDER BY lower(run)) AS bigint) - (upper(run) - lower(run)) AS start
    FROM unnest(CAST(:ordinals AS int8multirange)) AS run
), part AS (
    SELECT position, low + greatest(0, position * :size - start) AS first,
           low + least(length, (position + 1) * :size - start) AS beyond
    FROM piece, generate_series(start / :size, (start + length - 1) / :size) AS position
)
, stamp AS (
    -- The 48 bits of milliseconds that begin a UUIDv7 (RFC 9562), made once: tasks opened together share them.
    SELECT overlay(lpad(to_hex(CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)), 12, '0')
                   PLACING '-' FROM 9 FOR 0) || '-7' AS text
)
INSERT INTO task (id, batch_id, job_id, position, ordinals, item_count)
SELECT CAST((SELECT text FROM stamp) || substr(CAST(gen_random_uuid() AS text), 16) AS uuid),
       :batch_id, :job_id, position, range_agg(int8range(first, beyond)), sum(beyond - first)
FROM part
GROUP BY position
ORDER BY position

-- name: prepare_for_many
-- A million rows are sorted in memory, and take longer than a statement of a request may otherwise.
SELECT set_config('work_mem', '64MB', true), set_config('statement_timeout', '600s', true)

-- name: affordable_seats
-- How many further seats of a batch the money covers, in order, and what they cost. Seat number n (from 0) belongs
-- to task n / seats_per_task; only the last task of a batch may be shorter than the others.
WITH batch_now AS (
    SELECT *, item_count - (task_count - 1) * items_per_task AS items_of_last,
           task_count * seats_per_task AS seats_wanted,
           (task_count - 1) * seats_per_task AS seats_of_full
    FROM batch WHERE id = :batch_id
), counted AS (
    SELECT *, greatest(0, least(seats_of_full - seats_released, :money / (price_amount * items_per_task))) AS full_seats
    FROM batch_now
), finished AS (
    SELECT *, CASE WHEN seats_released + full_seats < seats_of_full THEN 0
              ELSE least(seats_wanted - greatest(seats_released, seats_of_full),
                         (:money - full_seats * price_amount * items_per_task) / (price_amount * items_of_last))
              END AS last_seats
    FROM counted
)
SELECT full_seats + last_seats AS seats, full_seats * items_per_task + last_seats * items_of_last AS answers
FROM finished

-- name: insert_seats
INSERT INTO seat (batch_id, task_id)
SELECT task.batch_id, task.id
FROM task, generate_series(0, :seats_per_task - 1) AS place
WHERE task.batch_id = :batch_id
  AND task.position BETWEEN :first / :seats_per_task AND (:first + :count - 1) / :seats_per_task
  AND task.position * :seats_per_task + place BETWEEN :first AND :first + :count - 1
ORDER BY task.position, place

-- name: runs_of_batches
-- The ordinals of each batch, as the runs they were taken in.
SELECT whole.batch_id, lower(run) AS first, upper(run) AS beyond
FROM (
    SELECT batch_id, range_agg(ordinals) AS ordinals
    FROM task WHERE batch_id = ANY(CAST(:batch_ids AS uuid[]))
    GROUP BY batch_id
) AS whole, unnest(whole.ordinals) AS run
ORDER BY whole.batch_id, lower(run)
