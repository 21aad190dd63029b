-- The sweep that sums the margins of days that are over; one process at a time.

-- name: waiting
-- Up to which day was announced and is not summed yet, and whether every transaction is over that may have booked for it.
SELECT accepted_on,
       after_transaction < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS over
FROM day_margin_horizon
WHERE summed_at IS NULL

-- name: announce
INSERT INTO day_margin_horizon (accepted_on, after_transaction)
SELECT until, CAST(CAST(pg_current_xact_id() AS text) AS bigint)
FROM (
    SELECT last, least(last + CAST(:days AS integer), CAST(market_now() AT TIME ZONE 'UTC' AS date) - CAST(:later AS integer)) AS until
    FROM (
        SELECT coalesce(
            (SELECT max(accepted_on) FROM day_margin_horizon), (SELECT min(accepted_on) - 1 FROM earning)
        ) AS last
    ) AS before
) AS next
WHERE until > last
RETURNING accepted_on

-- name: sum_days
INSERT INTO day_margin (accepted_on, contract_id, organization_id, rate_code, currency, answers, amount)
SELECT earning.accepted_on, earning.contract_id, earning.payee_id, price_chain.rate_code, earning.currency,
       count(*), sum(earning.amount)
FROM earning
JOIN answer ON answer.id = earning.answer_id
JOIN price_chain ON price_chain.id = answer.price_chain_id
WHERE earning.payee_kind = 'layer'
  AND earning.accepted_on <= CAST(:until AS date)
  AND earning.accepted_on > coalesce(
      (SELECT max(accepted_on) FROM day_margin_horizon WHERE summed_at IS NOT NULL), '-infinity'
  )
GROUP BY 1, 2, 3, 4, 5

-- name: done
UPDATE day_margin_horizon SET summed_at = statement_timestamp() WHERE accepted_on = :until
