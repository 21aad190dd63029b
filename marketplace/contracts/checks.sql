-- name: broken_allotments
SELECT child.contract_id, child.rate_code, 'outside_parent' AS problem
FROM contract_rate AS child
JOIN contract ON contract.id = child.contract_id AND contract.parent_id IS NOT NULL
LEFT JOIN contract_rate AS parent ON parent.contract_id = contract.parent_id AND parent.rate_code = child.rate_code
WHERE contract.state = ANY(:holding)
    AND (parent.contract_id IS NULL OR NOT child.allotment <@ parent.allotment OR child.allotment && parent.free)
UNION ALL
SELECT child.contract_id, child.rate_code, 'price_above_parent'
FROM contract_rate AS child
JOIN contract ON contract.id = child.contract_id
JOIN contract_rate AS parent ON parent.contract_id = contract.parent_id AND parent.rate_code = child.rate_code
WHERE child.price_amount > parent.price_amount AND contract.state = ANY(:priced)
UNION ALL
SELECT one.contract_id, one.rate_code, 'overlaps_sibling'
FROM contract_rate AS one
JOIN contract AS one_contract ON one_contract.id = one.contract_id
JOIN contract AS other_contract
    ON other_contract.parent_id = one_contract.parent_id AND other_contract.id > one_contract.id
JOIN contract_rate AS other
    ON other.contract_id = other_contract.id AND other.rate_code = one.rate_code AND other.allotment && one.allotment
WHERE one_contract.state = ANY(:holding) AND other_contract.state = ANY(:holding)

UNION ALL
SELECT held.contract_id, held.rate_code, 'holds_withdrawn'
FROM contract_rate AS held
JOIN contract ON contract.id = held.contract_id
JOIN item_withdrawal
    ON item_withdrawal.job_id = held.job_id
        AND item_withdrawal.rate_code = held.rate_code
        AND item_withdrawal.ordinals && held.allotment
WHERE contract.state = ANY(:holding)

-- name: broken_chains
SELECT chain.contract_id, chain.id, 'does_not_sum' AS problem
FROM price_chain AS chain
LEFT JOIN price_chain_line AS line ON line.chain_id = chain.id
GROUP BY chain.id
HAVING chain.client_price_amount
    <> chain.fee_amount + chain.pay_amount + coalesce(sum(line.buys_amount - line.sells_amount), 0)
UNION ALL
SELECT chain.contract_id, chain.id, 'does_not_telescope'
FROM (
    SELECT
        chain_id,
        position,
        buys_amount,
        lag(sells_amount) OVER path AS sold_above,
        lead(position) OVER path IS NULL AS last,
        sells_amount
    FROM price_chain_line
    WINDOW path AS (PARTITION BY chain_id ORDER BY position)
) AS line
JOIN price_chain AS chain ON chain.id = line.chain_id
WHERE line.buys_amount <> coalesce(line.sold_above, chain.client_price_amount - chain.fee_amount)
    OR (line.last AND line.sells_amount <> chain.pay_amount)
