-- name: lock_claim
-- The claim under its row's lock, with all that judging the answers needs. Waits for a submission of the same claim
-- or for the sweep of leases, and then sees what they did. Not found for any other worker.
SELECT claim.id, claim.state, claim.attempt, claim.job_id, claim.lease_until, claim.price_chain_id, moment.now,
       job.kind, job.label_schema, job.severity, claim.shown_count,
       (SELECT jsonb_agg(jsonb_build_object(
                   'id', item.id, 'ordinal', item.ordinal, 'external_id', item.external_id, 'content', item.content,
                   'prelabel', item.prelabel, 'width', media.width, 'height', media.height,
                   'duration_ms', media.duration_ms, 'point_count', media.point_count) ORDER BY item.ordinal)
        FROM unnest(task.ordinals) AS run
        -- OFFSET 0: run by run through the index, also while the planner knows nothing yet of tables just filled
        CROSS JOIN LATERAL (
            SELECT * FROM item
            WHERE item.job_id = claim.job_id AND item.rate_code = batch.rate_code
              AND item.ordinal >= lower(run) AND item.ordinal < upper(run)
            OFFSET 0) AS item
        LEFT JOIN media ON media.id = coalesce(item.media_id, CASE WHEN item.content ? 'url' THEN
            (SELECT remote.media_id FROM remote_media remote
             WHERE remote.organization_id = job.organization_id
               AND remote.url_sha256 = sha256(convert_to(item.content ->> 'url', 'UTF8'))) END)) AS items
FROM claim
JOIN task ON task.id = claim.task_id
JOIN batch ON batch.id = claim.batch_id
JOIN job ON job.id = claim.job_id
CROSS JOIN (SELECT market_now() AS now) moment
WHERE claim.id = :claim_id AND claim.worker_id = :worker_id
FOR NO KEY UPDATE OF claim

-- name: first_attempt
WITH given AS (
    SELECT *
    FROM unnest(CAST(:answer_ids AS uuid[]), CAST(:item_ids AS uuid[]), CAST(:ordinals AS bigint[]),
                CAST(:contents AS text[]), CAST(:changed AS boolean[])) AS given (id, item_id, ordinal, content, changed)
), moved AS (
    UPDATE claim SET state = 'submitted', submitted_at = :now, lease_until = NULL, draft = NULL,
        kept_at = NULL
    WHERE id = :claim_id
)
INSERT INTO answer (id, claim_id, item_id, job_id, ordinal, price_chain_id, content, prelabel_changed, submitted_at)
SELECT given.id, :claim_id, given.item_id, :job_id, given.ordinal, :price_chain_id,
       CAST(given.content AS jsonb), given.changed, :now
FROM given

-- name: next_attempt
-- Keeps what the earlier attempt said, then replaces it.
WITH given AS (
    SELECT *
    FROM unnest(CAST(:item_ids AS uuid[]), CAST(:contents AS text[]), CAST(:changed AS boolean[]))
        AS given (item_id, content, changed)
), moved AS (
    UPDATE claim SET state = 'submitted', submitted_at = :now, lease_until = NULL, draft = NULL,
        kept_at = NULL
    WHERE id = :claim_id
), kept AS (
    INSERT INTO answer_attempt (answer_id, attempt, content, submitted_at, replaced_at)
    SELECT answer.id, answer.attempt, answer.content, answer.submitted_at, :now
    FROM answer JOIN given ON given.item_id = answer.item_id
    WHERE answer.claim_id = :claim_id AND answer.state = 'redo_requested'
)
UPDATE answer
SET state = 'submitted', attempt = :attempt, content = CAST(given.content AS jsonb),
    prelabel_changed = given.changed, submitted_at = :now, decided_at = NULL
FROM given
WHERE answer.claim_id = :claim_id AND answer.item_id = given.item_id AND answer.state = 'redo_requested'

-- name: attempt_contents
-- What an attempt said when it came, whether it still stands or was replaced.
SELECT item_id, content FROM answer WHERE claim_id = :claim_id AND attempt = :attempt
UNION ALL
SELECT answer.item_id, answer_attempt.content
FROM answer JOIN answer_attempt ON answer_attempt.answer_id = answer.id
WHERE answer.claim_id = :claim_id AND answer_attempt.attempt = :attempt

-- name: redo_items
SELECT item_id FROM answer WHERE claim_id = :claim_id AND state = 'redo_requested'
