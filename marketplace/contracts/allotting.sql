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

-- name: overlapping
-- Rule 2 for every contract that holds items: inside its parent's, apart from what is free there and
-- from its siblings'.
SELECT child.contract_id, child.rate_code, 'outside_parent' AS problem
FROM contract_rate AS child
JOIN contract ON contract.id = child.contract_id
JOIN contract_rate AS parent ON parent.contract_id = contract.parent_id AND parent.rate_code = child.rate_code
WHERE contract.state = ANY(:holding)
    AND (NOT child.allotment <@ parent.allotment OR child.allotment && parent.free)
UNION ALL
SELECT one.contract_id, one.rate_code, 'overlaps_sibling'
FROM contract_rate AS one
JOIN contract AS one_contract ON one_contract.id = one.contract_id
JOIN contract AS other_contract
    ON other_contract.parent_id = one_contract.parent_id AND other_contract.id > one_contract.id
JOIN contract_rate AS other
    ON other.contract_id = other_contract.id AND other.rate_code = one.rate_code AND other.allotment && one.allotment
WHERE one_contract.state = ANY(:holding) AND other_contract.state = ANY(:holding)
