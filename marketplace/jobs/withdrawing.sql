-- name: known_names
SELECT external_id FROM item WHERE job_id = :job_id AND external_id = ANY(cast(:names AS text[]))

-- name: ordinals_by_name
SELECT rate_code, range_agg(int8range(ordinal, ordinal, '[]')) AS ordinals
FROM item
WHERE job_id = :job_id AND external_id = ANY(cast(:names AS text[]))
GROUP BY rate_code

-- name: sort_out
-- Sets against sets: a million items are compared in one statement, by their pieces.
SELECT
    cast(:wanted AS int8multirange) * cast(:free AS int8multirange) AS taken,
    cast(:wanted AS int8multirange) - cast(:free AS int8multirange)
        - coalesce(range_agg(item_withdrawal.ordinals), '{}'::int8multirange) AS in_work,
    cast(:wanted AS int8multirange) * coalesce(range_agg(item_withdrawal.ordinals), '{}'::int8multirange) AS already
FROM (SELECT) AS once
LEFT JOIN item_withdrawal ON item_withdrawal.job_id = :job_id AND item_withdrawal.rate_code = :rate_code

-- name: names_of
SELECT item.external_id
FROM unnest(cast(:ordinals AS int8multirange)) AS run
CROSS JOIN LATERAL (
    SELECT external_id, ordinal FROM item
    WHERE job_id = :job_id AND rate_code = :rate_code AND ordinal >= lower(run) AND ordinal < upper(run)
    ORDER BY ordinal
    LIMIT :limit
) AS item
ORDER BY item.ordinal
LIMIT :limit
