-- One statement takes an open seat and freezes everything into the claim. `claiming` puts a candidate and `claim`
-- together; the candidates differ in where they look.
--
-- The queue is the partial index (batch_id, id) of open seats. A worker goes on from the seat of their newest claim in
-- the batch: the seats behind it are those they had (further seats of the same tasks, where several answers are
-- wanted) and the entries of claimed seats that vacuum has not cleared yet, and neither is walked over again with
-- every claim. When nothing is left ahead, :from_start looks once from the beginning, where freed seats may wait.
--
-- {takeable} is the condition of `eligibility`: it is decided once for the batch, before a seat is looked at.
-- {not_mine} and {not_excluded} are those below.
--
-- OFFSET 0 keeps a subquery as it is written: one index probe for a row. Without it the planner, which knows nothing
-- yet of tables just filled, may walk over all claims of the worker or all items of the job instead.

-- name: not_mine
-- Rule 5: the worker has no live or done claim on the task; and did not skip it.
NOT EXISTS (
    SELECT 1 FROM claim mine
    WHERE mine.task_id = seat.task_id AND mine.worker_id = :worker_id
      AND (mine.state IN ('claimed', 'submitted', 'decided') OR mine.skipped)
    OFFSET 0)

-- name: not_excluded
-- Whoever answered these items before, in other tasks: looked up for extensions alone.
NOT EXISTS (
    SELECT 1 FROM task_exclusion excluded
    WHERE excluded.task_id = seat.task_id AND excluded.worker_id = :worker_id
    OFFSET 0)

-- name: candidate_in_batch
candidate AS (
    SELECT seat.id AS seat_id, seat.task_id, seat.batch_id
    FROM seat
    WHERE seat.state = 'open'
      AND seat.batch_id = :batch_id
      AND (SELECT {takeable} FROM batch WHERE batch.id = :batch_id)
      AND seat.id > CASE WHEN :from_start THEN 0 ELSE coalesce(
          (SELECT last.seat_id FROM claim last
           WHERE last.worker_id = :worker_id AND last.batch_id = :batch_id
           ORDER BY last.id DESC LIMIT 1), 0) END
      AND {not_mine}
      AND ((SELECT batch.extends_batch_id IS NULL FROM batch WHERE batch.id = :batch_id) OR {not_excluded})
    ORDER BY seat.id
    LIMIT 1
    FOR UPDATE OF seat SKIP LOCKED
)

-- name: candidate_of_task
candidate AS (
    SELECT seat.id AS seat_id, seat.task_id, seat.batch_id
    FROM seat
    WHERE seat.state = 'open'
      AND seat.task_id = :task_id
      AND (SELECT {takeable} FROM batch WHERE batch.id = (SELECT batch_id FROM task WHERE id = :task_id))
      AND {not_mine}
      AND ((SELECT batch.extends_batch_id IS NULL FROM batch WHERE batch.id = seat.batch_id) OR {not_excluded})
    ORDER BY seat.id
    LIMIT 1
    FOR UPDATE OF seat SKIP LOCKED
)

-- name: candidate_anywhere
candidate AS (
    -- The batches come in their order from the index of those that may have open seats (see queueing.sql), and the
    -- inner query runs for one after the other until a seat is found: behind it nothing is read. A batch that is not
    -- open to the worker costs the lookup of its job and contract, since what conditions ask of the worker is read
    -- once for the whole statement (see eligibility.sql); one whose seats are all taken is not in the index for long.
    -- :window says how many batches are looked at; without a bound all of them would be sorted first.
    SELECT found.seat_id, found.task_id, batch.id AS batch_id
    FROM (
        SELECT * FROM batch WHERE claimable AND state = 'open' AND seats_left
        ORDER BY queued_from, opened_sequence
        LIMIT :window
    ) batch CROSS JOIN LATERAL (
        SELECT seat.id AS seat_id, seat.task_id
        FROM seat
        WHERE seat.state = 'open'
          AND seat.batch_id = batch.id
          AND {takeable}
          AND seat.id > CASE WHEN :from_start THEN 0 ELSE coalesce(
              (SELECT last.seat_id FROM claim last
               WHERE last.worker_id = :worker_id AND last.batch_id = batch.id
               ORDER BY last.id DESC LIMIT 1), 0) END
          AND {not_mine}
          AND (batch.extends_batch_id IS NULL OR {not_excluded})
        ORDER BY seat.id
        LIMIT 1
        FOR UPDATE OF seat SKIP LOCKED
    ) found
    LIMIT 1
)

-- name: claim
-- A worker has :held_max numbered places for claims, and claims_held_max in a job that limits them. A claim takes a
-- free one of each; that two at one moment never take the same is held by unique indexes, so that no count can be
-- outrun. :first is any number: where to begin to look, so that claims at one moment seldom choose the same.
, frozen AS (
    SELECT candidate.seat_id, candidate.task_id, batch.id AS batch_id, batch.job_id, batch.rate_code,
           batch.price_chain_id, batch.pay_amount, batch.currency, batch.terms_hash, batch.settlement_terms,
           batch.lease_seconds, job.guideline_version, job.organization_id, job.severity, job.gold,
           task.item_count, task.ordinals, moment.now AS claimed_at, room.place,
           moment.now + least(batch.lease_seconds * :share, greatest(batch.lease_seconds, :lease_max))
               * (SELECT time_factor_percent FROM worker WHERE person_id = :worker_id)
               * interval '0.01 second' AS lease_until,
           CASE WHEN job.claims_held_max IS NOT NULL THEN (
               SELECT place FROM (
                   SELECT (number + :first) % job.claims_held_max + 1 AS place
                   FROM generate_series(1, CAST(job.claims_held_max AS integer)) AS number OFFSET 0) AS places
               WHERE NOT EXISTS (
                   SELECT 1 FROM claim held
                   WHERE held.worker_id = :worker_id AND held.job_id = job.id AND held.place_in_job = places.place
                     AND held.state = 'claimed' AND held.attempt = 1
                   OFFSET 0)
               LIMIT 1) END AS place_in_job
    FROM candidate
    JOIN batch ON batch.id = candidate.batch_id AND batch.claimable AND batch.state = 'open'
    JOIN job ON job.id = batch.job_id
    JOIN task ON task.id = candidate.task_id
    CROSS JOIN (SELECT market_now() AS now) moment
    CROSS JOIN (
        SELECT place FROM (
            SELECT (number + :first) % CAST(:held_max AS integer) + 1 AS place
            FROM generate_series(1, CAST(:held_max AS integer)) AS number OFFSET 0) AS places
        WHERE NOT EXISTS (
            SELECT 1 FROM claim held
            WHERE held.worker_id = :worker_id AND held.place = places.place
              AND held.state = 'claimed' AND held.attempt = 1
            OFFSET 0)
        LIMIT 1
    ) AS room
), inserted AS (
    INSERT INTO claim (id, seat_id, task_id, batch_id, job_id, worker_id, price_chain_id, guideline_version,
                       terms_hash, item_count, claimed_at, lease_until, place, place_in_job)
    SELECT :claim_id, seat_id, task_id, batch_id, job_id, :worker_id, price_chain_id, guideline_version,
           terms_hash, item_count, claimed_at, lease_until, place, place_in_job
    FROM frozen
    -- Two claims of one worker at one moment can choose two seats of one task, or one place: the later one gives way.
    ON CONFLICT DO NOTHING
    RETURNING seat_id
), exposed AS (
    -- Hard content counts for the worker's day from the moment it is shown (rule 11).
    INSERT INTO exposure_day (person_id, day, job_id, items)
    SELECT :worker_id, CAST(frozen.claimed_at AT TIME ZONE coalesce(
               (SELECT time_zone FROM exposure_setting WHERE person_id = :worker_id), 'UTC') AS date),
           frozen.job_id, frozen.item_count
    FROM frozen JOIN inserted ON inserted.seat_id = frozen.seat_id
    WHERE frozen.severity >= 3
    ON CONFLICT (person_id, day, job_id) DO UPDATE SET items = exposure_day.items + excluded.items
), taken AS (
    UPDATE seat SET state = 'claimed' FROM inserted WHERE seat.id = inserted.seat_id
)
SELECT inserted.seat_id IS NOT NULL AS claimed, frozen.task_id, frozen.batch_id, frozen.job_id, frozen.price_chain_id,
       frozen.pay_amount, frozen.currency, frozen.terms_hash, frozen.settlement_terms, frozen.guideline_version,
       frozen.claimed_at, frozen.lease_until, frozen.lease_seconds, frozen.gold,
       (SELECT jsonb_agg(jsonb_build_object(
                   'id', item.id, 'ordinal', item.ordinal, 'external_id', item.external_id, 'content', item.content,
                   'prelabel', item.prelabel, 'width', media.width, 'height', media.height,
                   'duration_ms', media.duration_ms, 'point_count', media.point_count) ORDER BY item.ordinal)
        FROM unnest(frozen.ordinals) AS run
        CROSS JOIN LATERAL (
            SELECT * FROM item
            WHERE item.job_id = frozen.job_id AND item.rate_code = frozen.rate_code
              AND item.ordinal >= lower(run) AND item.ordinal < upper(run)
            OFFSET 0) AS item
        LEFT JOIN media ON media.id = coalesce(item.media_id, CASE WHEN item.content ? 'url' THEN
            (SELECT remote.media_id FROM remote_media remote
             WHERE remote.organization_id = frozen.organization_id
               AND remote.url_sha256 = sha256(convert_to(item.content ->> 'url', 'UTF8'))) END)) AS items
FROM frozen LEFT JOIN inserted ON inserted.seat_id = frozen.seat_id

-- name: held
-- How many places are taken: of the worker's, and of those in the job of a batch that limits them.
SELECT count(*) AS held, count(*) FILTER (WHERE claim.job_id = job.id) AS held_in_job,
       max(job.claims_held_max) AS held_max
FROM claim
LEFT JOIN (
    SELECT job.id, job.claims_held_max FROM batch JOIN job ON job.id = batch.job_id
    WHERE batch.id = CAST(:batch_id AS uuid)
) AS job ON job.claims_held_max IS NOT NULL
WHERE claim.worker_id = :worker_id AND claim.state = 'claimed' AND claim.attempt = 1 AND claim.place IS NOT NULL
