-- name: count_results
SELECT count(*) FROM answer WHERE job_id = :job_id AND state = ANY (:states);

-- name: results
-- The answers of a job in the order of its items, each with where it came from.
SELECT answer.id, answer.item_id, answer.state, answer.attempt, answer.content, answer.submitted_at, answer.decided_at,
    item.external_id, item.rate_code, item.ordinal, item.content AS input,
    claim.worker_id, claim.guideline_version,
    price_chain.client_price_amount, price_chain.currency,
    media.width, media.height, correction.content AS correction,
    CASE
        WHEN answer.state = 'accepted_on_appeal' THEN 'appeal'
        WHEN verdict.by_sampling THEN 'sampling'
        WHEN verdict.reviewer_organization_id IS NULL THEN 'timer'
        ELSE 'review'
    END AS decided_by
FROM answer
JOIN item ON item.id = answer.item_id
JOIN claim ON claim.id = answer.claim_id
JOIN price_chain ON price_chain.id = answer.price_chain_id
LEFT JOIN correction ON correction.answer_id = answer.id
LEFT JOIN remote_media
    ON remote_media.organization_id = :client_id AND remote_media.state IN ('stored', 'purged')
    AND remote_media.url_sha256 = sha256(convert_to(item.content ->> 'url', 'UTF8'))
LEFT JOIN media ON media.id = coalesce(item.media_id, remote_media.media_id)
LEFT JOIN LATERAL (
    SELECT review.reviewer_organization_id, review.by_sampling FROM review
    WHERE review.answer_id = answer.id AND review.attempt = answer.attempt
    ORDER BY review.created_at DESC LIMIT 1
) AS verdict ON true
WHERE answer.job_id = :job_id AND answer.state = ANY (:states)
ORDER BY item.rate_code, item.ordinal, answer.id;

-- name: images
-- The images that the results are about, in the same order.
SELECT item.id AS item_id, item.external_id, item.content AS input, media.width, media.height, media.filename
FROM item
LEFT JOIN remote_media
    ON remote_media.organization_id = :client_id AND remote_media.state IN ('stored', 'purged')
    AND remote_media.url_sha256 = sha256(convert_to(item.content ->> 'url', 'UTF8'))
LEFT JOIN media ON media.id = coalesce(item.media_id, remote_media.media_id)
WHERE item.job_id = :job_id
    AND EXISTS (
        SELECT FROM answer WHERE answer.item_id = item.id AND answer.job_id = :job_id AND answer.state = ANY (:states)
    )
ORDER BY item.rate_code, item.ordinal;

-- name: count_chains
SELECT count(*) FROM answer
WHERE job_id = :job_id
    AND (CAST(:layer_id AS uuid) IS NULL OR price_chain_id IN (
        SELECT chain_id FROM price_chain_line WHERE organization_id = :layer_id
    ));

-- name: chains
-- The answers whose price chain the reader is part of; all for the job's client, whose `layer_id` is null.
SELECT id FROM answer
WHERE job_id = :job_id
    AND (CAST(:layer_id AS uuid) IS NULL OR price_chain_id IN (
        SELECT chain_id FROM price_chain_line WHERE organization_id = :layer_id
    ))
ORDER BY id;

-- name: count_consensus
SELECT count(*) FROM item_consensus WHERE job_id = :job_id;

-- name: consensus
-- What the accepted answers to each item say together, in the order of the items, each with whose answers they are.
SELECT item.id AS item_id, item.external_id, item.rate_code, item.ordinal, item.content AS input,
    item_consensus.value, item_consensus.confidence, item_consensus.agreement, item_consensus.method,
    item_consensus.answers, item_consensus.weights, item_consensus.agreements, item_consensus.guideline_version,
    item_consensus.model_version, item_consensus.version, item_consensus.computed_at,
    ARRAY(
        SELECT claim.worker_id FROM unnest(item_consensus.answers) WITH ORDINALITY AS part (answer_id, place)
        JOIN answer ON answer.id = part.answer_id
        JOIN claim ON claim.id = answer.claim_id
        ORDER BY part.place
    ) AS workers
FROM item_consensus
JOIN item ON item.id = item_consensus.item_id
WHERE item_consensus.job_id = :job_id
ORDER BY item.rate_code, item.ordinal;
