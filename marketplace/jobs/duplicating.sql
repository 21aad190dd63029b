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
