-- name: items_of_task
SELECT jsonb_agg(jsonb_build_object(
           'id', item.id, 'ordinal', item.ordinal, 'external_id', item.external_id, 'content', item.content,
           'prelabel', item.prelabel, 'width', media.width, 'height', media.height,
                   'duration_ms', media.duration_ms, 'point_count', media.point_count) ORDER BY item.ordinal)
FROM task
JOIN batch ON batch.id = task.batch_id
JOIN job ON job.id = task.job_id
CROSS JOIN LATERAL unnest(task.ordinals) AS run
CROSS JOIN LATERAL (
    SELECT * FROM item
    WHERE item.job_id = task.job_id AND item.rate_code = batch.rate_code
      AND item.ordinal >= lower(run) AND item.ordinal < upper(run)
    OFFSET 0) AS item
LEFT JOIN media ON media.id = coalesce(item.media_id, CASE WHEN item.content ? 'url' THEN
    (SELECT remote.media_id FROM remote_media remote
     WHERE remote.organization_id = job.organization_id
       AND remote.url_sha256 = sha256(convert_to(item.content ->> 'url', 'UTF8'))) END)
WHERE task.id = :task_id
