-- What workers really earn an hour. The time of a claim is what its beats say, else the time from claim to submission,
-- at most the lease; a claim that ended without answers counts with its beats alone, and so does nobody wrong who
-- never looked at it. Pay is that of the answers that earned it, and what was paid beside it for the same claim.

-- name: due_figures
-- Rates of jobs of which a claim ended since they were measured, or that have no figure yet.
SELECT DISTINCT batch.job_id, batch.rate_code
FROM batch
LEFT JOIN pay_figure figure ON figure.job_id = batch.job_id AND figure.rate_code = batch.rate_code
WHERE (batch.state = 'open' OR batch.created_at > market_now() - interval '60 days')
  AND EXISTS (
      SELECT 1 FROM claim
      WHERE claim.batch_id = batch.id AND claim.state IN ('decided', 'expired', 'returned')
        AND claim.decided_at > coalesce(figure.measured_at, '-infinity')
      OFFSET 0)
LIMIT :limit

-- name: measure
-- The last :claims claims at a rate of a job; a figure of fewer than :workers_min workers would be one of theirs.
WITH ended AS (
    SELECT newest.* FROM batch CROSS JOIN LATERAL (
        SELECT claim.id, claim.worker_id, claim.state, claim.claimed_at, claim.submitted_at, claim.decided_at,
               claim.item_count, batch.pay_amount, batch.lease_seconds
        FROM claim
        WHERE claim.batch_id = batch.id AND claim.state IN ('decided', 'expired', 'returned')
        ORDER BY claim.decided_at DESC
        LIMIT :claims) newest
    WHERE batch.job_id = :job_id AND batch.rate_code = :rate_code
    ORDER BY newest.decided_at DESC
    LIMIT :claims
), timed AS (
    SELECT ended.id, ended.worker_id, ended.item_count,
           coalesce(nullif(claim_time.seconds, 0),
               CASE WHEN ended.state = 'decided' THEN least(ended.lease_seconds,
                   greatest(1, round(extract(epoch FROM ended.submitted_at - ended.claimed_at)))) ELSE 0 END) AS seconds,
           coalesce(claim_time.seconds, 0) > 0 AS beaten,
           ended.pay_amount * (
               SELECT count(*) FROM answer
               WHERE answer.claim_id = ended.id AND answer.state = ANY (CAST(:earned_states AS text[])))
           + coalesce((SELECT sum(extra.amount) FROM extra WHERE extra.claim_id = ended.id), 0) AS paid
    FROM ended LEFT JOIN claim_time ON claim_time.claim_id = ended.id
    -- what came faster than a second an item was not worked on by hand, and says nothing to who will
    WHERE claim_time.seconds > 0 OR ended.state <> 'decided'
       OR ended.submitted_at - ended.claimed_at >= ended.item_count * interval '1 second'
), by_worker AS (
    SELECT CAST(sum(paid) * 3600 / sum(seconds) AS bigint) AS hourly, count(*) AS claims,
           CAST(sum(seconds) * 1000 / sum(item_count) AS bigint) AS item_ms,
           count(*) FILTER (WHERE beaten) AS beaten
    FROM timed
    GROUP BY worker_id
    HAVING sum(seconds) > 0
), figure AS (
    SELECT percentile_disc(0.25) WITHIN GROUP (ORDER BY hourly) AS lower,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY hourly) AS median,
           percentile_disc(0.75) WITHIN GROUP (ORDER BY hourly) AS upper,
           -- Halfway between the quartiles: half of all, of three workers, would be exactly what one of them took.
           CAST((percentile_cont(0.25) WITHIN GROUP (ORDER BY item_ms)
               + percentile_cont(0.75) WITHIN GROUP (ORDER BY item_ms)) / 2 AS bigint) AS item_ms,
           coalesce(sum(claims), 0) AS claims, coalesce(sum(beaten), 0) AS beaten, count(*) AS workers
    FROM by_worker
)
INSERT INTO pay_figure (job_id, rate_code, kind, currency, lower_amount, median_amount, upper_amount,
                        item_ms_middle, claims, beaten, workers, measured_at)
SELECT :job_id, :rate_code, job.kind, job.currency,
       CASE WHEN figure.workers >= :workers_min THEN figure.lower END,
       CASE WHEN figure.workers >= :workers_min THEN figure.median END,
       CASE WHEN figure.workers >= :workers_min THEN figure.upper END,
       CASE WHEN figure.workers >= :workers_min THEN figure.item_ms END,
       figure.claims, figure.beaten, figure.workers, :now
FROM figure CROSS JOIN job WHERE job.id = :job_id
ON CONFLICT (job_id, rate_code) DO UPDATE SET
    lower_amount = excluded.lower_amount, median_amount = excluded.median_amount, upper_amount = excluded.upper_amount,
    item_ms_middle = excluded.item_ms_middle,
    claims = excluded.claims, beaten = excluded.beaten, workers = excluded.workers, measured_at = excluded.measured_at

-- name: to_guard
-- Rates measured since they were last held against the floors, or since a floor was set.
SELECT figure.job_id, figure.rate_code, figure.measured_at
FROM pay_figure figure
WHERE figure.guarded_at IS NULL OR figure.measured_at > figure.guarded_at
   OR EXISTS (SELECT 1 FROM wage_floor WHERE wage_floor.set_at > figure.guarded_at)
ORDER BY figure.measured_at
LIMIT :limit

-- name: note_guarded
UPDATE pay_figure SET guarded_at = :now WHERE job_id = :job_id AND rate_code = :rate_code

-- name: by_country
-- Batch by batch, what the workers of each country with a floor in that currency earned of late, and for how long.
SELECT batch.id AS batch_id, floor.country, floor.amount AS floor, floor.currency, floor.minutes_min,
       CAST(sum(timed.seconds) AS bigint) AS seconds, CAST(sum(timed.paid) AS bigint) AS paid
FROM batch
JOIN wage_floor AS floor ON floor.currency = batch.currency
CROSS JOIN LATERAL (
    SELECT claim.id, claim.worker_id, claim.item_count, claim.claimed_at, claim.submitted_at
    FROM claim
    WHERE claim.batch_id = batch.id AND claim.state = 'decided'
    ORDER BY claim.decided_at DESC
    LIMIT :claims) AS ended
JOIN worker ON worker.person_id = ended.worker_id AND worker.country = floor.country
CROSS JOIN LATERAL (
    SELECT least(batch.lease_seconds * 2, coalesce(nullif((
                   SELECT claim_time.seconds FROM claim_time WHERE claim_time.claim_id = ended.id), 0),
               least(batch.lease_seconds,
                     greatest(1, round(extract(epoch FROM ended.submitted_at - ended.claimed_at)))))) AS seconds,
           batch.pay_amount * (
               SELECT count(*) FROM answer
               WHERE answer.claim_id = ended.id AND answer.state = ANY (CAST(:earned_states AS text[])))
           + coalesce((SELECT sum(extra.amount) FROM extra WHERE extra.claim_id = ended.id), 0) AS paid
) AS timed
WHERE batch.job_id = :job_id AND batch.rate_code = :rate_code
GROUP BY batch.id, floor.country, floor.amount, floor.currency, floor.minutes_min
ORDER BY batch.id, floor.country

-- name: shortfalls
-- Of a batch and a country: what each worker earned at all their decided claims there less than the floor, after what
-- was topped up before, for each layer that sold when their claims were decided: what was missing before a default is
-- the debt of the layer in default, not its successor's. A claim counts at most three times as long as half of all
-- claims of the batch took by answer: a clock that was left running is not the layer's debt.
WITH ended AS (
    SELECT claim.id, claim.worker_id, claim.item_count,
           coalesce((
               SELECT change.former_organization_id
               FROM contract_seller_change AS change
               WHERE change.contract_id = batch.contract_id AND change.changed_at > claim.decided_at
               ORDER BY change.changed_at
               LIMIT 1), contract.seller_organization_id) AS seller_id,
           coalesce(nullif(claim_time.seconds, 0),
               least(batch.lease_seconds,
                     greatest(1, round(extract(epoch FROM claim.submitted_at - claim.claimed_at))))) AS seconds,
           batch.pay_amount * (
               SELECT count(*) FROM answer
               WHERE answer.claim_id = claim.id AND answer.state = ANY (CAST(:earned_states AS text[])))
           + coalesce((SELECT sum(extra.amount) FROM extra WHERE extra.claim_id = claim.id), 0) AS paid
    FROM claim
    JOIN batch ON batch.id = claim.batch_id
    JOIN contract ON contract.id = batch.contract_id
    LEFT JOIN claim_time ON claim_time.claim_id = claim.id
    WHERE claim.batch_id = :batch_id AND claim.state = 'decided'
), usual AS (
    SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ended.seconds / ended.item_count) AS per_item FROM ended
), by_worker AS (
    SELECT ended.worker_id, ended.seller_id, sum(ended.paid) AS paid,
           sum(least(ended.seconds, greatest(3 * usual.per_item * ended.item_count, 60))) AS seconds
    FROM ended CROSS JOIN usual
    JOIN worker ON worker.person_id = ended.worker_id AND worker.country = :country
    GROUP BY ended.worker_id, ended.seller_id
), topped AS (
    -- What an allowance paid names no debtor: then there is one seller, the client, whose contract nobody takes over.
    SELECT extra.worker_id, coalesce(extra.debtor_organization_id, contract.seller_organization_id) AS seller_id,
           sum(extra.amount) AS amount, count(*) AS times
    FROM extra
    JOIN contract ON contract.id = extra.contract_id
    WHERE extra.job_id = :job_id AND extra.key LIKE :key_prefix
    GROUP BY 1, 2
)
SELECT by_worker.worker_id, by_worker.seller_id, CAST(by_worker.seconds AS bigint) AS seconds, CAST(by_worker.paid AS bigint) AS paid,
       CAST(ceil(:floor * by_worker.seconds / 3600) - by_worker.paid - coalesce(topped.amount, 0) AS bigint) AS missing,
       coalesce(topped.times, 0) AS times
FROM by_worker LEFT JOIN topped USING (worker_id, seller_id)
WHERE ceil(:floor * by_worker.seconds / 3600) - by_worker.paid - coalesce(topped.amount, 0) > 0
ORDER BY by_worker.worker_id, by_worker.seller_id
