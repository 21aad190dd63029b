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

-- name: grow
UPDATE contract_rate
SET allotment = allotment + cast(:added AS int8multirange), free = free + cast(:added AS int8multirange)
WHERE contract_id = :contract_id AND rate_code = :rate_code

-- name: free_of_job
-- What of each rate is free in some contract of the job, whichever.
SELECT contract_rate.rate_code, range_agg(contract_rate.free) AS free
FROM contract_rate
WHERE contract_rate.job_id = :job_id
GROUP BY contract_rate.rate_code

-- name: take_out
-- Out of the contract in which the items are free, and of every one above it.
UPDATE contract_rate
SET allotment = contract_rate.allotment - holding.lost, free = contract_rate.free - holding.lost
FROM (
    SELECT contract_id, allotment * cast(:taken AS int8multirange) AS lost
    FROM contract_rate
    WHERE job_id = :job_id AND rate_code = :rate_code AND contract_id = ANY(cast(:contract_ids AS uuid[]))
) AS holding
WHERE contract_rate.contract_id = holding.contract_id
    AND contract_rate.rate_code = :rate_code
    AND NOT isempty(holding.lost)
RETURNING contract_rate.contract_id, holding.lost
