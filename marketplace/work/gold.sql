-- name: lock_purse
-- Whoever changes what is committed holds this row to the end; a claim that would wait for that gets no gold instead.
SELECT job_id FROM job_reserve WHERE job_id = :job_id FOR NO KEY UPDATE SKIP LOCKED

-- name: draw
-- A new statement, so that it sees all that was committed before the row was locked.
WITH chosen AS (
    SELECT gold_item.id
    FROM gold_item
    JOIN batch ON batch.id = :batch_id AND batch.rate_code = gold_item.rate_code
    WHERE gold_item.job_id = :job_id AND gold_item.state = 'active'
      AND (gold_item.contract_id IS NULL OR gold_item.contract_id = batch.contract_id)
      AND NOT EXISTS (
          SELECT 1 FROM gold_draw before
          WHERE before.worker_id = :worker_id AND before.gold_item_id = gold_item.id)
      -- Everybody may know its answer, also of a practice item that was taken away: it would measure nobody.
      AND NOT EXISTS (
          SELECT 1 FROM practice_item
          WHERE practice_item.job_id = gold_item.job_id
            AND (practice_item.content = gold_item.content
                 OR practice_item.media_id = coalesce(gold_item.media_id, (
                     SELECT remote.media_id
                     FROM job JOIN remote_media remote ON remote.organization_id = job.organization_id
                     WHERE job.id = gold_item.job_id
                       AND remote.url_sha256 = sha256(convert_to(gold_item.content ->> 'url', 'UTF8'))))))
    ORDER BY random()
    LIMIT 1
), purse AS (
    UPDATE job_reserve
    SET committed_amount = committed_amount + :amount, allowance_spent_amount = allowance_spent_amount + :amount
    FROM chosen, job
    WHERE job_reserve.job_id = :job_id AND job.id = :job_id
      AND job_reserve.allowance_spent_amount + :amount <= job.allowance_amount
      AND job_reserve.committed_amount + :amount <= (
          SELECT account_balance.balance FROM account JOIN account_balance ON account_balance.account_id = account.id
          WHERE account.owner_id = :job_id AND account.code = :job_reserve)
    RETURNING chosen.id
)
INSERT INTO gold_draw (claim_id, gold_item_id, worker_id, job_id, amount)
SELECT :claim_id, purse.id, :worker_id, :job_id, :amount FROM purse
RETURNING gold_item_id

-- name: mask
WITH shown AS (
    UPDATE claim SET shown_count = cardinality(CAST(:ids AS uuid[])) WHERE id = :claim_id
)
INSERT INTO masked_item (id, claim_id, place, item_id, gold_item_id)
SELECT id, :claim_id, place, item_id, gold_item_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:item_ids AS uuid[]), CAST(:gold_item_ids AS uuid[]))
    WITH ORDINALITY AS given (id, item_id, gold_item_id, place)

-- name: masked_items
SELECT masked_item.id, masked_item.place, masked_item.item_id, masked_item.gold_item_id,
       gold_item.content, media.width, media.height, media.duration_ms, media.point_count
FROM masked_item
LEFT JOIN gold_item ON gold_item.id = masked_item.gold_item_id
LEFT JOIN job ON job.id = gold_item.job_id
LEFT JOIN media ON media.id = coalesce(gold_item.media_id, CASE WHEN gold_item.content ? 'url' THEN
    (SELECT remote.media_id FROM remote_media remote
     WHERE remote.organization_id = job.organization_id
       AND remote.url_sha256 = sha256(convert_to(gold_item.content ->> 'url', 'UTF8'))) END)
WHERE masked_item.claim_id = :claim_id
ORDER BY masked_item.place

-- name: recent_failures
-- Of the last answers to a gold item, each by another worker, how many failed.
SELECT count(*) FILTER (WHERE NOT passed)
FROM (SELECT passed FROM gold_answer WHERE gold_item_id = :gold_item_id
      ORDER BY submitted_at DESC, id DESC LIMIT :answers) AS newest

-- name: retire
UPDATE gold_item SET state = 'retired', retired_at = market_now(), retired_reason = :reason
WHERE id = :gold_item_id AND state = 'active'
RETURNING id

-- name: statistics
SELECT gold_item_id, count(*) AS answers, count(*) FILTER (WHERE passed) AS passed,
       CAST(avg(score_ppm) AS bigint) AS score_ppm
FROM gold_answer WHERE gold_item_id = ANY(CAST(:gold_item_ids AS uuid[]))
GROUP BY gold_item_id

-- name: fetch_remote
INSERT INTO remote_media (organization_id, url_sha256, url)
SELECT :organization_id, sha256(convert_to(url, 'UTF8')), url FROM unnest(CAST(:urls AS text[])) AS url
ORDER BY url
ON CONFLICT (organization_id, url_sha256) DO UPDATE
SET state = 'pending', media_id = NULL, reason = NULL, attempts = 0, next_try_at = now()
WHERE remote_media.state = 'purged'
