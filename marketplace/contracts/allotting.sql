-- name: take
-- The first ones of what is free; no row when there are fewer.
UPDATE contract_rate
SET free = free - ordinals_first(free, :wanted)
FROM (
    SELECT contract_id, rate_code, ordinals_first(free, :wanted) AS taken
    FROM contract_rate
    WHERE contract_id = :contract_id AND rate_code = :rate_code
) AS source
WHERE contract_rate.contract_id = source.contract_id
    AND contract_rate.rate_code = source.rate_code
    AND ordinals_count(source.taken) = :wanted
RETURNING source.taken

-- name: free_count
SELECT ordinals_count(free) FROM contract_rate WHERE contract_id = :contract_id AND rate_code = :rate_code

-- name: give_back
UPDATE contract_rate
SET free = free + cast(:ordinals AS int8multirange)
WHERE contract_id = :contract_id
    AND rate_code = :rate_code
    AND cast(:ordinals AS int8multirange) <@ allotment
    AND NOT cast(:ordinals AS int8multirange) && free

-- name: give_up
UPDATE contract_rate
SET allotment = allotment - cast(:ordinals AS int8multirange), free = free - cast(:ordinals AS int8multirange)
WHERE contract_id = :contract_id AND rate_code = :rate_code AND cast(:ordinals AS int8multirange) <@ allotment
