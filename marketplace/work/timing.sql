-- Time on claims, and exposure by day. Time is real time: a leap of the market's clock is nobody's work.

-- name: beat
-- One beat of a worker who is at a claim: the time since the last beat counts if it was no longer than :gap_max
-- seconds. For content of severity 3 and more the same seconds count for the worker's day.
WITH held AS (
    SELECT claim.id, claim.job_id, job.severity
    FROM claim JOIN job ON job.id = claim.job_id
    WHERE claim.id = :claim_id AND claim.worker_id = :worker_id AND claim.state = 'claimed'
      AND claim.lease_until > market_now()
), beat AS (
    INSERT INTO claim_time (claim_id, seconds, beats, last_added, last_beat_at)
    SELECT held.id, 0, 1, 0, statement_timestamp() FROM held
    ON CONFLICT (claim_id) DO UPDATE SET
        last_added = CASE WHEN statement_timestamp() - claim_time.last_beat_at <= :gap_max * interval '1 second'
            THEN greatest(0, round(extract(epoch FROM statement_timestamp() - claim_time.last_beat_at)))::bigint
            ELSE 0 END,
        seconds = claim_time.seconds
            + CASE WHEN statement_timestamp() - claim_time.last_beat_at <= :gap_max * interval '1 second'
            THEN greatest(0, round(extract(epoch FROM statement_timestamp() - claim_time.last_beat_at)))::bigint
            ELSE 0 END,
        beats = claim_time.beats + 1,
        last_beat_at = statement_timestamp()
    RETURNING claim_id, seconds, last_added
), exposed AS (
    INSERT INTO exposure_day (person_id, day, job_id, seconds)
    SELECT :worker_id, CAST(market_now() AT TIME ZONE coalesce(
               (SELECT time_zone FROM exposure_setting WHERE person_id = :worker_id), 'UTC') AS date),
           held.job_id, beat.last_added
    FROM held JOIN beat ON beat.claim_id = held.id
    WHERE held.severity >= 3 AND beat.last_added > 0
    ON CONFLICT (person_id, day, job_id) DO UPDATE SET seconds = exposure_day.seconds + excluded.seconds
)
SELECT seconds FROM beat

-- name: answered
-- Answers to hard content came in. Without any beat the time since the claim counts, at most the lease.
WITH came AS (
    SELECT claim.job_id,
           CASE WHEN EXISTS (SELECT 1 FROM claim_time WHERE claim_time.claim_id = claim.id) THEN 0
                ELSE least(batch.lease_seconds, round(extract(epoch FROM claim.submitted_at - claim.claimed_at)))
           END AS seconds
    FROM claim JOIN batch ON batch.id = claim.batch_id
    WHERE claim.id = :claim_id
)
INSERT INTO exposure_day (person_id, day, job_id, answered, seconds)
SELECT :worker_id, CAST(market_now() AT TIME ZONE coalesce(
           (SELECT time_zone FROM exposure_setting WHERE person_id = :worker_id), 'UTC') AS date),
       came.job_id, :answers, CAST(came.seconds AS bigint)
FROM came
ON CONFLICT (person_id, day, job_id) DO UPDATE
SET answered = exposure_day.answered + excluded.answered, seconds = exposure_day.seconds + excluded.seconds

-- name: today
-- A worker's limits, and what of them is used up on their day.
SELECT CAST(market_now() AT TIME ZONE coalesce(own.time_zone, 'UTC') AS date) AS day, own.time_zone,
       policy.items_max AS policy_items, policy.minutes_max AS policy_minutes,
       own.items_max AS own_items, own.minutes_max AS own_minutes,
       coalesce(sum(today.items), 0) AS items, coalesce(sum(today.seconds), 0) AS seconds
FROM exposure_policy policy
LEFT JOIN exposure_setting own ON own.person_id = :worker_id
LEFT JOIN exposure_day today ON today.person_id = :worker_id
    AND today.day = CAST(market_now() AT TIME ZONE coalesce(own.time_zone, 'UTC') AS date)
GROUP BY policy.items_max, policy.minutes_max, own.items_max, own.minutes_max, own.time_zone
