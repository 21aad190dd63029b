-- The way of an upload; the two temporary tables live to the end of the transaction.

-- name: create_upload
CREATE TEMPORARY TABLE item_upload (
    id uuid NOT NULL,
    line bigint NOT NULL,
    external_id text NOT NULL,
    rate_code text NOT NULL,
    content jsonb NOT NULL,
    digest bytea NOT NULL,
    media_id uuid,
    url text,
    prelabel jsonb
) ON COMMIT DROP

-- name: create_verdict
CREATE TEMPORARY TABLE item_verdict (
    line bigint NOT NULL,
    external_id text NOT NULL,
    verdict text NOT NULL
) ON COMMIT DROP

-- name: copy_upload
COPY item_upload (id, line, external_id, rate_code, content, digest, media_id, url, prelabel) FROM STDIN

-- name: hold_media
-- Until these items are there, nobody purges the media that they name (retention.sql).
SELECT count(*) FROM (
    SELECT media.id FROM media
    WHERE media.organization_id = :organization_id AND media.id IN (SELECT media_id FROM item_upload)
    FOR KEY SHARE
) AS held

-- name: judge
-- A row is compared with the item that is there, else with the first row of the same external_id.
INSERT INTO item_verdict (line, external_id, verdict)
SELECT
    line,
    external_id,
    CASE
        WHEN known IS NOT NULL AND known = digest THEN 'same'
        WHEN known IS NOT NULL THEN 'item_conflict'
        WHEN nth > 1 AND first_digest = digest THEN 'same'
        WHEN nth > 1 THEN 'item_conflict'
        WHEN media_missing THEN 'media_unknown'
        WHEN media_unfit THEN 'media_unfit'
        ELSE 'prelabel_outside_image'
    END
FROM (
    SELECT
        upload.line,
        upload.external_id,
        upload.digest,
        item.digest AS known,
        upload.media_id IS NOT NULL AND media.id IS NULL AS media_missing,
        coalesce(split_part(media.content_type, '/', 1) <> :media, false) AS media_unfit,
        upload.prelabel IS NOT NULL AND EXISTS (
            -- The far corner of each box, each point, and each corner of each polygon.
            SELECT FROM (
                SELECT coalesce(mark -> 'x', mark -> 0) AS x, coalesce(mark -> 'y', mark -> 1) AS y,
                    coalesce(mark -> 'width', '0') AS across, coalesce(mark -> 'height', '0') AS down
                FROM (
                    SELECT jsonb_path_query(upload.prelabel, '$.answer.boxes[*]')
                    UNION ALL SELECT jsonb_path_query(upload.prelabel, '$.answer.points[*]')
                    UNION ALL SELECT jsonb_path_query(upload.prelabel, '$.answer.polygons[*].points[*]')
                ) AS found (mark)
            ) AS corner
            WHERE corner.x::bigint + corner.across::bigint > media.width
                OR corner.y::bigint + corner.down::bigint > media.height
            UNION ALL
            SELECT FROM jsonb_path_query(upload.prelabel, '$.answer.segments[*].end_ms') AS ends
            WHERE ends::bigint > media.duration_ms
        ) AS outside_image,
        row_number() OVER same_name AS nth,
        first_value(upload.digest) OVER same_name AS first_digest
    FROM item_upload AS upload
    LEFT JOIN item ON item.job_id = :job_id AND item.external_id = upload.external_id
    LEFT JOIN media ON media.id = upload.media_id
        AND media.organization_id = :organization_id AND media.purged_at IS NULL
    WINDOW same_name AS (PARTITION BY upload.external_id COLLATE "C" ORDER BY upload.line)
) AS compared
WHERE known IS NOT NULL OR nth > 1 OR media_missing OR media_unfit OR outside_image

-- name: has_prelabels
SELECT EXISTS (SELECT FROM item_upload WHERE prelabel IS NOT NULL)

-- name: count_verdicts
SELECT verdict, count(*) FROM item_verdict GROUP BY verdict

-- name: list_errors
SELECT line, external_id, verdict FROM item_verdict WHERE verdict <> 'same' ORDER BY line LIMIT :limit

-- name: insert_remote
-- What was purged is fetched again. A row that is there is locked all the same, so that it is not purged meanwhile.
INSERT INTO remote_media (organization_id, url_sha256, url)
SELECT DISTINCT cast(:organization_id AS uuid), sha256(convert_to(url, 'UTF8')), url
FROM item_upload
WHERE url IS NOT NULL AND NOT EXISTS (SELECT FROM item_verdict WHERE item_verdict.line = item_upload.line)
ORDER BY url
ON CONFLICT (organization_id, url_sha256) DO UPDATE
SET state = 'pending', media_id = NULL, reason = NULL, attempts = 0, next_try_at = now()
WHERE remote_media.state = 'purged'

-- name: insert_items
INSERT INTO item (id, job_id, rate_code, ordinal, external_id, content, media_id, digest, prelabel)
SELECT
    upload.id,
    rate.job_id,
    rate.code,
    rate.item_count + row_number() OVER (PARTITION BY rate.code ORDER BY upload.line),
    upload.external_id,
    upload.content,
    upload.media_id,
    upload.digest,
    upload.prelabel
FROM item_upload AS upload
JOIN job_rate AS rate ON rate.job_id = :job_id AND rate.code = upload.rate_code
WHERE NOT EXISTS (SELECT FROM item_verdict WHERE item_verdict.line = upload.line)

-- name: count_on
UPDATE job_rate
SET item_count = job_rate.item_count + new.added,
    prelabeled_item_count = job_rate.prelabeled_item_count + new.prelabeled
FROM (
    SELECT upload.rate_code, count(*) AS added, count(upload.prelabel) AS prelabeled
    FROM item_upload AS upload
    WHERE NOT EXISTS (SELECT FROM item_verdict WHERE item_verdict.line = upload.line)
    GROUP BY upload.rate_code
) AS new
WHERE job_rate.job_id = :job_id AND job_rate.code = new.rate_code
RETURNING job_rate.code, new.added

-- name: items_digest
SELECT sha256(string_agg(digest, ''::bytea ORDER BY chunk))
FROM (
    SELECT ordinal / 4096 AS chunk, sha256(string_agg(digest, ''::bytea ORDER BY ordinal)) AS digest
    FROM item
    WHERE job_id = :job_id AND rate_code = :rate_code AND ordinal BETWEEN :first AND :last
    GROUP BY ordinal / 4096
) AS chunks
