-- Purging the media of settled jobs. The temporary table lives to the end of the transaction.

-- name: next_due
SELECT id, organization_id FROM job
WHERE media_retention_days IS NOT NULL AND media_purged_at IS NULL
    AND settled_at + make_interval(days => media_retention_days::integer) <= market_now()
ORDER BY settled_at
LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED

-- name: create_purge
CREATE TEMPORARY TABLE media_purge (id uuid PRIMARY KEY) ON COMMIT DROP

-- name: lock_media
-- Locked before anybody looks who else needs them: an item that comes in holds the media that it names, and media
-- that is held is left for the next time.
INSERT INTO media_purge (id)
SELECT media.id FROM media
WHERE media.purged_at IS NULL AND media.id IN (
    SELECT item.media_id FROM item WHERE item.job_id = :job_id
    UNION ALL
    SELECT practice_item.media_id FROM practice_item WHERE practice_item.job_id = :job_id
    UNION ALL
    SELECT remote_media.media_id FROM item
    JOIN remote_media ON remote_media.organization_id = :organization_id AND remote_media.state = 'stored'
        AND remote_media.url_sha256 = sha256(convert_to(item.content ->> 'url', 'UTF8'))
    WHERE item.job_id = :job_id
)
FOR UPDATE SKIP LOCKED

-- name: lock_remote
-- The addresses whose media is about to go, as the media itself.
SELECT count(*) FROM (
    SELECT FROM remote_media
    WHERE organization_id = :organization_id AND media_id IN (SELECT id FROM media_purge)
    FOR UPDATE
) AS locked

-- name: spare_needed
-- Whatever another job of the client still needs: one that is not settled, or whose retention is not over.
DELETE FROM media_purge
WHERE id IN (
    SELECT coalesce(item.media_id, remote_media.media_id)
    FROM job
    JOIN item ON item.job_id = job.id
    LEFT JOIN remote_media ON remote_media.organization_id = :organization_id
        AND remote_media.url_sha256 = sha256(convert_to(item.content ->> 'url', 'UTF8'))
    WHERE job.organization_id = :organization_id AND job.id <> :job_id
        AND (settled_at + make_interval(days => media_retention_days::integer) <= market_now()) IS NOT TRUE
    UNION ALL
    SELECT practice_item.media_id
    FROM job
    JOIN practice_item ON practice_item.job_id = job.id
    WHERE job.organization_id = :organization_id AND job.id <> :job_id AND practice_item.removed_at IS NULL
        AND (settled_at + make_interval(days => media_retention_days::integer) <= market_now()) IS NOT TRUE
)

-- name: purge
UPDATE media SET purged_at = market_now() WHERE id IN (SELECT id FROM media_purge)

-- name: purge_remote
UPDATE remote_media SET state = 'purged'
WHERE organization_id = :organization_id AND state = 'stored' AND media_id IN (SELECT id FROM media_purge)

-- name: summary
SELECT count(*) AS images, coalesce(sum(media.byte_count), 0)::bigint AS bytes,
    sha256(coalesce(string_agg(media.sha256, ''::bytea ORDER BY media.id), ''::bytea)) AS digest
FROM media_purge JOIN media USING (id)

-- name: ranges
SELECT item.rate_code, range_agg(int8range(item.ordinal, item.ordinal, '[]'))::text AS ordinals
FROM item
LEFT JOIN remote_media ON remote_media.organization_id = :organization_id
    AND remote_media.url_sha256 = sha256(convert_to(item.content ->> 'url', 'UTF8'))
WHERE item.job_id = :job_id AND coalesce(item.media_id, remote_media.media_id) IN (SELECT id FROM media_purge)
GROUP BY item.rate_code

-- name: was_held
-- Whether some of the job's media could not be locked, though nobody else needs it for good.
SELECT EXISTS (
    SELECT FROM media
    WHERE media.purged_at IS NULL AND media.id NOT IN (SELECT id FROM media_purge) AND media.id IN (
        SELECT item.media_id FROM item WHERE item.job_id = :job_id
        UNION ALL
        SELECT practice_item.media_id FROM practice_item WHERE practice_item.job_id = :job_id
        UNION ALL
        SELECT remote_media.media_id FROM item
        JOIN remote_media ON remote_media.organization_id = :organization_id AND remote_media.state = 'stored'
            AND remote_media.url_sha256 = sha256(convert_to(item.content ->> 'url', 'UTF8'))
        WHERE item.job_id = :job_id
    )
)
