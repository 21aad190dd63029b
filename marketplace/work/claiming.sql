-- One statement takes the next open seat and freezes everything into the claim. `claiming` puts a candidate and
-- `claim` together; the candidates differ in where they look.
--
-- The queue is the partial index (batch_id, id) of open seats. A worker goes on from the seat of their newest claim in
-- the batch: the seats behind it are those they had (further seats of the same tasks, where several answers are
-- wanted) and the entries of claimed seats that vacuum has not cleared yet, and neither is walked over again with
-- every claim. When nothing is left ahead, :from_start looks once from the beginning, where freed seats may wait.
--
-- {open_to_worker} is the condition of `eligibility`: it is decided once for the batch, before a seat is looked at.
--
-- OFFSET 0 keeps a subquery as it is written: one index probe for a row. Without it the planner, which knows nothing
-- yet of tables just filled, may walk over all claims of the worker or all items of the job instead.

-- name: candidate_in_batch
candidate AS (
    SELECT seat.id AS seat_id, seat.task_id, seat.batch_id
    FROM seat
    WHERE seat.state = 'open'
      AND seat.batch_id = :batch_id
      AND (SELECT {open_to_worker} FROM batch WHERE batch.id = :batch_id)
      AND seat.id > CASE WHEN :from_start THEN 0 ELSE coalesce(
          (SELECT last.seat_id FROM claim last
           WHERE last.worker_id = :worker_id AND last.batch_id = :batch_id
           ORDER BY last.id DESC LIMIT 1), 0) END
      AND NOT EXISTS (
          SELECT 1 FROM claim mine
          WHERE mine.task_id = seat.task_id AND mine.worker_id = :worker_id
            AND mine.state IN ('claimed', 'submitted', 'decided')
          OFFSET 0)
      -- Whoever answered these items before, in other tasks: looked up for extensions alone.
      AND ((SELECT batch.extends_batch_id IS NULL FROM batch WHERE batch.id = :batch_id) OR NOT EXISTS (
          SELECT 1 FROM task_exclusion excluded
          WHERE excluded.task_id = seat.task_id AND excluded.worker_id = :worker_id
          OFFSET 0))
    ORDER BY seat.id
    LIMIT 1
    FOR UPDATE OF seat SKIP LOCKED
)

-- name: candidate_anywhere
batch_in_order AS MATERIALIZED (
    SELECT id, job_id, contract_id, team_ids, extends_batch_id, items_per_task
    FROM batch WHERE claimable AND state = 'open' ORDER BY opened_sequence
), candidate AS (
    -- The batches come in order and the inner query runs for one after the other until a seat is found.
    SELECT found.seat_id, found.task_id, batch.id AS batch_id
    FROM batch_in_order batch CROSS JOIN LATERAL (
        SELECT seat.id AS seat_id, seat.task_id
        FROM seat
        WHERE seat.state = 'open'
          AND seat.batch_id = batch.id
          AND {open_to_worker}
          AND seat.id > CASE WHEN :from_start THEN 0 ELSE coalesce(
              (SELECT last.seat_id FROM claim last
               WHERE last.worker_id = :worker_id AND last.batch_id = batch.id
               ORDER BY last.id DESC LIMIT 1), 0) END
          AND NOT EXISTS (
              SELECT 1 FROM claim mine
              WHERE mine.task_id = seat.task_id AND mine.worker_id = :worker_id
                AND mine.state IN ('claimed', 'submitted', 'decided')
              OFFSET 0)
          AND (batch.extends_batch_id IS NULL OR NOT EXISTS (
              SELECT 1 FROM task_exclusion excluded
              WHERE excluded.task_id = seat.task_id AND excluded.worker_id = :worker_id
              OFFSET 0))
        ORDER BY seat.id
        LIMIT 1
        FOR UPDATE OF seat SKIP LOCKED
    ) found
    LIMIT 1
)

-- name: claim
, frozen AS (
    SELECT candidate.seat_id, candidate.task_id, batch.id AS batch_id, batch.job_id, batch.rate_code,
           batch.price_chain_id, batch.pay_amount, batch.currency, batch.terms_hash, batch.settlement_terms,
           job.guideline_version, job.organization_id, job.severity, task.item_count, task.ordinals,
           moment.now AS claimed_at, moment.now + batch.lease_seconds * interval '1 second' AS lease_until
    FROM candidate
    JOIN batch ON batch.id = candidate.batch_id AND batch.claimable AND batch.state = 'open'
    JOIN job ON job.id = batch.job_id
    JOIN task ON task.id = candidate.task_id
    CROSS JOIN (SELECT market_now() AS now) moment
), inserted AS (
    INSERT INTO claim (id, seat_id, task_id, batch_id, job_id, worker_id, price_chain_id, guideline_version,
                       terms_hash, item_count, claimed_at, lease_until)
    SELECT :claim_id, seat_id, task_id, batch_id, job_id, :worker_id, price_chain_id, guideline_version,
           terms_hash, item_count, claimed_at, lease_until
    FROM frozen
    -- Two claims of one worker at one moment can choose two seats of one task: the later one gives way.
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
       frozen.claimed_at, frozen.lease_until,
       (SELECT jsonb_agg(jsonb_build_object(
                   'id', item.id, 'ordinal', item.ordinal, 'external_id', item.external_id, 'content', item.content,
                   'prelabel', item.prelabel, 'width', media.width, 'height', media.height) ORDER BY item.ordinal)
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
