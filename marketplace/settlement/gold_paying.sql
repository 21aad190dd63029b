-- name: draw_to_settle
SELECT gold_draw.claim_id, gold_draw.job_id
FROM gold_draw JOIN claim ON claim.id = gold_draw.claim_id
WHERE gold_draw.state = 'open' AND claim.state IN ('decided', 'returned', 'expired', 'released')
ORDER BY gold_draw.job_id, gold_draw.claim_id
LIMIT 1
