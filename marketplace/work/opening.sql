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
INSERT INTO task (id, batch_id, job_id, position, ordinals, item_count, to_judge)
SELECT CAST((SELECT text FROM stamp) || substr(CAST(gen_random_uuid() AS text), 16) AS uuid),
       :batch_id, :job_id, position, range_agg(int8range(first, beyond)), sum(beyond - first), :to_judge
FROM part
GROUP BY position
ORDER BY position

-- name: prepare_for_many
-- A million rows are sorted in memory, and take longer than a statement of a request may otherwise.
SELECT set_config('work_mem', '64MB', true), set_config('statement_timeout', '600s', true)

-- name: insert_seats
INSERT INTO seat (batch_id, task_id)
SELECT task.batch_id, task.id
FROM task, generate_series(0, :seats_per_task - 1) AS place
WHERE task.batch_id = :batch_id
  AND task.position BETWEEN :first / :seats_per_task AND (:first + :count - 1) / :seats_per_task
  AND task.position * :seats_per_task + place BETWEEN :first AND :first + :count - 1
ORDER BY task.position, place

-- name: insert_seats_of_round
-- As above, over the tasks of a round: those that want at least its number of seats.
INSERT INTO seat (batch_id, task_id)
SELECT :batch_id, member.id
FROM (
    SELECT id, row_number() OVER (ORDER BY position) - 1 AS nth
    FROM task WHERE batch_id = :batch_id AND seats_wanted >= :redundancy
) AS member, generate_series(0, :seats_per_task - 1) AS place
WHERE member.nth * :seats_per_task + place BETWEEN :first AND :first + :count - 1
ORDER BY member.nth, place

-- name: hold_answers
-- With the first seats of a task the price of all further answers that its items may get is put aside.
UPDATE task SET answers_held = task.item_count * :further
WHERE batch_id = :batch_id AND position BETWEEN :first AND :first + :count - 1

-- name: use_held_answers
-- Seats of a round are some of the answers that were put aside.
UPDATE task SET answers_held = task.answers_held - task.item_count * :seats_per_task
WHERE batch_id = :batch_id AND seats_wanted >= :redundancy

-- name: raise_seats
WITH raised AS (
    UPDATE task SET seats_wanted = :redundancy FROM batch
    WHERE batch.job_id = :job_id AND batch.state = 'open' AND task.batch_id = batch.id AND task.state = 'open'
      -- What extends another batch is for one more answer: its first answers are there.
      AND batch.extends_batch_id IS NULL
    RETURNING task.batch_id, task.item_count
), round AS (
    INSERT INTO seat_round (batch_id, redundancy, seats_per_task, task_count, item_count)
    SELECT batch_id, :redundancy, :further, count(*), sum(item_count) FROM raised GROUP BY batch_id
    RETURNING batch_id, task_count, seats_per_task
), counted AS (
    UPDATE batch SET seats_added = seats_added + round.task_count * round.seats_per_task
    FROM round WHERE batch.id = round.batch_id
    RETURNING round.task_count
)
SELECT coalesce(sum(task_count), 0) FROM counted

-- name: runs_of_batches
-- The ordinals of each batch, as the runs they were taken in.
SELECT whole.batch_id, lower(run) AS first, upper(run) AS beyond
FROM (
    SELECT batch_id, range_agg(ordinals) AS ordinals
    FROM task WHERE batch_id = ANY(CAST(:batch_ids AS uuid[]))
    GROUP BY batch_id
) AS whole, unnest(whole.ordinals) AS run
ORDER BY whole.batch_id, lower(run)
