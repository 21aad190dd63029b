-- name: copy_items
INSERT INTO item (id, job_id, rate_code, ordinal, external_id, content, media_id, digest, prelabel)
SELECT
    uuid7(),
    :job_id,
    item.rate_code,
    row_number() OVER (PARTITION BY item.rate_code ORDER BY item.ordinal),
    item.external_id,
    item.content,
    item.media_id,
    item.digest,
    item.prelabel
FROM item
WHERE item.job_id = :source_id
    AND NOT EXISTS (
        SELECT FROM item_withdrawal
        WHERE item_withdrawal.job_id = item.job_id
            AND item_withdrawal.rate_code = item.rate_code
            AND item_withdrawal.ordinals @> item.ordinal
    )

-- name: count_copied
UPDATE job_rate
SET item_count = copied.items, prelabeled_item_count = copied.prelabeled
FROM (
    SELECT rate_code, count(*) AS items, count(prelabel) AS prelabeled
    FROM item
    WHERE job_id = :job_id
    GROUP BY rate_code
) AS copied
WHERE job_rate.job_id = :job_id AND job_rate.code = copied.rate_code
RETURNING job_rate.code, job_rate.item_count

-- name: fetch_again
-- Addresses whose media was purged, as for an item that comes in (items.sql): what is there is locked all the same.
INSERT INTO remote_media (organization_id, url_sha256, url)
SELECT DISTINCT cast(:organization_id AS uuid), sha256(convert_to(content ->> 'url', 'UTF8')), content ->> 'url' AS url
FROM item
WHERE job_id = :job_id AND content ? 'url'
ORDER BY url
ON CONFLICT (organization_id, url_sha256) DO UPDATE
SET state = 'pending', media_id = NULL, reason = NULL, attempts = 0, next_try_at = now()
WHERE remote_media.state = 'purged'

-- name: count_purged
-- The items hold their media since they are there (a foreign key does): what is not purged now stays.
SELECT count(*)
FROM item
JOIN media ON media.id = item.media_id
WHERE item.job_id = :job_id AND media.purged_at IS NOT NULL
