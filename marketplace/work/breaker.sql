-- The counts behind the mass-rejection breaker, by contract and minute of market time.

-- name: count
INSERT INTO review_count (contract_id, minute, decided, rejected)
VALUES (:contract_id, date_trunc('minute', CAST(:now AS timestamptz)), :decided, :rejected)
ON CONFLICT (contract_id, minute) DO UPDATE
SET decided = review_count.decided + excluded.decided, rejected = review_count.rejected + excluded.rejected

-- name: counted
SELECT coalesce(sum(decided), 0) AS decided, coalesce(sum(rejected), 0) AS rejected
FROM review_count
WHERE contract_id = :contract_id AND minute > CAST(:since AS timestamptz) - interval '1 minute'

-- name: forget
DELETE FROM review_count
WHERE (contract_id, minute) IN (
    SELECT contract_id, minute FROM review_count WHERE minute < CAST(:before AS timestamptz) LIMIT :limit
    FOR UPDATE SKIP LOCKED)

-- name: begin_anew
DELETE FROM review_count WHERE contract_id = :contract_id
