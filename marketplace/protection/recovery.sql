-- name: due
-- Days on which a worker saw so much of a job's hard content that recovery is owed for it and was not paid yet. A day
-- is looked at for a week; what came in later belongs to another day.
SELECT day.person_id, day.day, day.job_id, day.recoveries, owed.recoveries AS owed
FROM exposure_day AS day
JOIN job ON job.id = day.job_id AND job.protection IS NOT NULL
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN job.protection ->> 'recovery_after_items' IS NOT NULL
        THEN day.answered / CAST(job.protection ->> 'recovery_after_items' AS bigint)
        ELSE day.seconds / (60 * CAST(job.protection ->> 'recovery_after_minutes' AS bigint))
    END AS recoveries
) AS owed
WHERE day.day >= CAST(market_now() AS date) - 7 AND owed.recoveries > day.recoveries
ORDER BY day.job_id, day.person_id, day.day
LIMIT :limit

-- name: lock_day
SELECT recoveries FROM exposure_day
WHERE person_id = :person_id AND day = :day AND job_id = :job_id
FOR NO KEY UPDATE

-- name: note_paid
UPDATE exposure_day SET recoveries = recoveries + 1
WHERE person_id = :person_id AND day = :day AND job_id = :job_id
