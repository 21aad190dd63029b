-- Items that stop early or get one more answer. Everything here runs under the job's lock, but for what looks for work.

-- name: job_to_judge
SELECT job_id FROM task WHERE to_judge AND state = 'done' ORDER BY job_id LIMIT 1

-- name: tasks_to_judge
SELECT task.id, task.item_count, task.answers_held, batch.state AS batch_state, batch.price_amount,
       coalesce(batch.extends_batch_id, batch.id) AS root_batch_id, batch.extends_batch_id IS NOT NULL AS extends,
       batch.contract_id
FROM task JOIN batch ON batch.id = task.batch_id
WHERE task.job_id = :job_id AND task.to_judge AND task.state = 'done'
ORDER BY task.id
LIMIT :limit

-- name: contents_of_tasks
-- Every item of these tasks with its standing answers, whichever task they were given in, oldest first.
-- OFFSET 0: run by run through the index, see claiming.sql.
SELECT task.id AS task_id, item.id AS item_id, item.ordinal,
       (SELECT jsonb_agg(answer.content ORDER BY answer.id) FROM answer
        WHERE answer.item_id = item.id AND answer.state IN ('accepted', 'accepted_on_appeal')) AS contents,
       overlap_item.answers_held
FROM task
JOIN batch ON batch.id = task.batch_id
CROSS JOIN LATERAL unnest(task.ordinals) AS run
CROSS JOIN LATERAL (
    SELECT id, ordinal FROM item
    WHERE item.job_id = task.job_id AND item.rate_code = batch.rate_code
      AND item.ordinal >= lower(run) AND item.ordinal < upper(run)
    OFFSET 0) AS item
LEFT JOIN overlap_item ON overlap_item.item_id = item.id
WHERE task.id = ANY(CAST(:task_ids AS uuid[]))
ORDER BY task.id, item.ordinal

-- name: write_items
INSERT INTO overlap_item (item_id, job_id, root_batch_id, ordinal, task_id, answers_held, for_organization_id, state,
                          since)
SELECT given.item_id, :job_id, given.root_batch_id, given.ordinal, given.task_id, given.answers_held,
       given.for_organization_id, given.state, market_now()
FROM unnest(CAST(:item_ids AS uuid[]), CAST(:root_batch_ids AS uuid[]), CAST(:ordinals AS bigint[]),
            CAST(:task_ids AS uuid[]), CAST(:answers_held AS bigint[]), CAST(:for_organization_ids AS uuid[]),
            CAST(:states AS text[]))
    AS given (item_id, root_batch_id, ordinal, task_id, answers_held, for_organization_id, state)
ON CONFLICT (item_id) DO UPDATE
SET answers_held = excluded.answers_held, state = excluded.state, since = excluded.since

-- name: close_tasks
UPDATE task SET to_judge = false, answers_held = 0, answers_stopped = answers_stopped + given.stopped
FROM unnest(CAST(:task_ids AS uuid[]), CAST(:stopped AS bigint[])) AS given (id, stopped)
WHERE task.id = given.id

-- name: ready_to_extend
-- Batches with enough items that want one more answer, or one that waited long enough, or no more to come.
SELECT batch.id, batch.job_id
FROM (
    SELECT root_batch_id, count(*) AS items, min(since) AS since
    FROM overlap_item
    WHERE state = 'waiting' AND (CAST(:batch_id AS uuid) IS NULL OR root_batch_id = :batch_id)
    GROUP BY root_batch_id
) AS waiting
JOIN batch ON batch.id = waiting.root_batch_id AND batch.state = 'open'
JOIN job ON job.id = batch.job_id AND job.state IN ('open', 'paused')
WHERE waiting.items >= batch.items_per_task * CAST(:tasks_at_once AS bigint)
   OR waiting.since <= market_now() - CAST(job.overlap ->> 'wait_seconds' AS bigint) * interval '1 second'
   OR NOT EXISTS (
      SELECT 1 FROM batch family JOIN task ON task.batch_id = family.id
      WHERE (family.id = batch.id OR family.extends_batch_id = batch.id)
        AND (task.state = 'open' OR (task.state = 'done' AND task.to_judge)))
ORDER BY batch.job_id, batch.opened_sequence
LIMIT 1

-- name: waiting_ordinals
SELECT range_agg(int8range(ordinal, ordinal, '[]')) AS ordinals, count(*) AS items
FROM overlap_item WHERE root_batch_id = :batch_id AND state = 'waiting'

-- name: move_into_tasks
-- Tasks hold items in the order of their ordinals, so many each, as `split_into_tasks` laid them out.
UPDATE overlap_item
SET state = 'extended', task_id = placed.task_id, answers_held = answers_held - 1, since = market_now()
FROM (
    SELECT waiting.item_id, task.id AS task_id
    FROM (SELECT item_id, (row_number() OVER (ORDER BY ordinal) - 1) / :size AS position
          FROM overlap_item WHERE root_batch_id = :root_batch_id AND state = 'waiting') AS waiting
    JOIN task ON task.batch_id = :batch_id AND task.position = waiting.position
) AS placed
WHERE overlap_item.item_id = placed.item_id

-- name: exclude_workers
-- Whoever answered one of a task's items before may not claim it, whatever became of the answer.
INSERT INTO task_exclusion (task_id, worker_id)
SELECT DISTINCT overlap_item.task_id, claim.worker_id
FROM task
JOIN overlap_item ON overlap_item.task_id = task.id
JOIN answer ON answer.item_id = overlap_item.item_id
JOIN claim ON claim.id = answer.claim_id
WHERE task.batch_id = :batch_id

-- name: drop_held
-- No further answers to items of these batches, which were withdrawn: what was put aside for them is free again.
WITH of_tasks AS (
    SELECT id, batch_id, answers_held FROM task
    WHERE batch_id = ANY(CAST(:batch_ids AS uuid[])) AND answers_held > 0
), of_items AS (
    SELECT item_id, root_batch_id AS batch_id, answers_held FROM overlap_item
    WHERE root_batch_id = ANY(CAST(:batch_ids AS uuid[])) AND answers_held > 0
), tasks AS (
    UPDATE task SET answers_held = 0, answers_stopped = CASE task.state WHEN 'done' THEN of_tasks.answers_held ELSE 0 END
    FROM of_tasks WHERE task.id = of_tasks.id
), items AS (
    UPDATE overlap_item
    SET answers_held = 0, state = CASE state WHEN 'waiting' THEN 'open' ELSE state END, since = market_now()
    FROM of_items WHERE overlap_item.item_id = of_items.item_id
)
SELECT coalesce(sum(freed.answers_held * batch.price_amount), 0)
FROM (SELECT batch_id, answers_held FROM of_tasks UNION ALL SELECT batch_id, answers_held FROM of_items) AS freed
JOIN batch ON batch.id = freed.batch_id

-- name: end_items
-- Items whose task for one more answer was withdrawn: they want none any more, and a third person decides.
WITH ended AS (
    SELECT overlap_item.item_id, overlap_item.answers_held, batch.price_amount
    FROM overlap_item
    JOIN task ON task.id = overlap_item.task_id AND task.state = 'withdrawn'
    JOIN batch ON batch.id = task.batch_id
    WHERE task.batch_id = ANY(CAST(:batch_ids AS uuid[])) AND overlap_item.state = 'extended'
), moved AS (
    UPDATE overlap_item SET state = 'open', answers_held = 0, since = market_now()
    FROM ended WHERE overlap_item.item_id = ended.item_id
)
SELECT coalesce(sum(answers_held * price_amount), 0) FROM ended
