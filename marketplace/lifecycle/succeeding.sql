-- name: silent
-- Contracts whose seller lets an answer wait since before a moment, and has given no verdict in the job since then.
-- Who owes the verdict says the job: the layer that opened the task, or the one that bought from it.
-- The platform as caretaker is never in default, and so not told of one: it hands the contract over.
-- With a `number`: only sellers who were not given that notice since the oldest of those answers came, or since their
-- last verdict, whichever was later.
SELECT contract.id, contract.job_id, min(waiting.submitted_at) AS waits_since,
    greatest(
        min(waiting.submitted_at),
        (
            SELECT max(review.created_at) FROM review
            JOIN answer ON answer.id = review.answer_id
            WHERE answer.job_id = contract.job_id
                AND review.reviewer_organization_id = contract.seller_organization_id
        ),
        (SELECT max(taken.changed_at) FROM contract_seller_change AS taken WHERE taken.contract_id = contract.id)
    ) AS silent_since
FROM contract
JOIN job ON job.id = contract.job_id AND job.acceptance_by IN ('layer', 'parent')
JOIN LATERAL (
    SELECT answer.submitted_at
    FROM batch
    JOIN contract AS opener ON opener.id = batch.contract_id
    JOIN claim ON claim.batch_id = batch.id AND claim.state = 'submitted'
    JOIN answer ON answer.claim_id = claim.id AND answer.state = 'submitted'
    WHERE CASE job.acceptance_by WHEN 'layer' THEN opener.id ELSE opener.parent_id END = contract.id
        AND batch.job_id = job.id
        AND answer.submitted_at < :before
) AS waiting ON true
WHERE contract.layer > 0
    AND contract.state IN ('active', 'succeeded', 'frozen', 'recalled')
    AND contract.seller_organization_id NOT IN (SELECT id FROM organization WHERE kind = 'platform')
    AND (CAST(:ids AS uuid[]) IS NULL OR contract.id = ANY (CAST(:ids AS uuid[])))
    AND NOT EXISTS (
        SELECT FROM review
        JOIN answer ON answer.id = review.answer_id
        WHERE answer.job_id = contract.job_id
            AND review.reviewer_organization_id = contract.seller_organization_id
            AND review.created_at >= :before
    )
    -- A successor has as long as anybody, from the day it took over.
    AND NOT EXISTS (
        SELECT FROM contract_seller_change AS taken
        WHERE taken.contract_id = contract.id AND taken.changed_at >= :before
    )
GROUP BY contract.id
HAVING CAST(:number AS smallint) IS NULL OR NOT EXISTS (
    SELECT FROM silence_notice AS notice
    WHERE notice.contract_id = contract.id
        AND notice.organization_id = contract.seller_organization_id
        AND notice.number = :number
        AND notice.given_at >= min(waiting.submitted_at)
        AND NOT EXISTS (
            SELECT FROM review
            JOIN answer ON answer.id = review.answer_id
            WHERE answer.job_id = contract.job_id
                AND review.reviewer_organization_id = contract.seller_organization_id
                AND review.created_at >= notice.given_at
        )
)
ORDER BY contract.job_id, contract.id
LIMIT :limit;

-- name: warned
-- The last notice of each seller that was told, has given no verdict in the job since, and still lets an answer wait.
SELECT DISTINCT ON (notice.contract_id)
    notice.contract_id, notice.organization_id, notice.waits_since, notice.default_at, notice.given_at
FROM silence_notice AS notice
JOIN contract ON contract.id = notice.contract_id AND contract.seller_organization_id = notice.organization_id
JOIN job ON job.id = contract.job_id AND job.acceptance_by IN ('layer', 'parent')
WHERE contract.state IN ('active', 'succeeded', 'frozen', 'recalled')
    AND (CAST(:seller AS uuid) IS NULL OR notice.organization_id = :seller)
    AND NOT EXISTS (
        SELECT FROM review
        JOIN answer ON answer.id = review.answer_id
        WHERE answer.job_id = contract.job_id
            AND review.reviewer_organization_id = notice.organization_id
            AND review.created_at >= notice.given_at
    )
    AND EXISTS (
        SELECT
        FROM batch
        JOIN contract AS opener ON opener.id = batch.contract_id
        JOIN claim ON claim.batch_id = batch.id AND claim.state = 'submitted'
        JOIN answer ON answer.claim_id = claim.id AND answer.state = 'submitted'
        WHERE CASE job.acceptance_by WHEN 'layer' THEN opener.id ELSE opener.parent_id END = contract.id
            AND batch.job_id = job.id
            AND answer.submitted_at < notice.given_at
    )
ORDER BY notice.contract_id, notice.given_at DESC, notice.number DESC
LIMIT :limit;

-- name: pass_holds
-- What was held for the former seller to decide is the successor's to decide.
UPDATE answer_hold
SET for_organization_id = :successor
WHERE contract_id = ANY (:contract_ids) AND for_organization_id = :former AND ended_at IS NULL;

-- name: pass_items
-- So are the items without agreement that wait for a decision, or for one more answer before it.
UPDATE overlap_item
SET for_organization_id = :successor
FROM batch
WHERE batch.contract_id = ANY (:contract_ids) AND overlap_item.job_id = batch.job_id
    AND overlap_item.root_batch_id = batch.id AND overlap_item.for_organization_id = :former
    AND overlap_item.state IN ('waiting', 'extended', 'open')
