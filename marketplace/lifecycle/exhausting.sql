-- name: ready_to_move
-- Contracts that an answer to every item has exhausted, and exhausted ones of which nothing can be contested any more.
-- A task is done when its every claim is decided, and a batch when its every task is.
WITH RECURSIVE candidate AS (
    SELECT contract.id, contract.job_id, contract.state
    FROM contract
    WHERE contract.layer > 0 AND contract.state IN ('active', 'succeeded', 'exhausted')
      AND (CAST(:ids AS uuid[]) IS NULL OR contract.id = ANY(CAST(:ids AS uuid[])))
      AND NOT EXISTS (
          SELECT 1 FROM contract_rate
          WHERE contract_rate.contract_id = contract.id AND NOT isempty(contract_rate.free))
      AND NOT EXISTS (SELECT 1 FROM batch WHERE batch.contract_id = contract.id AND batch.state <> 'done')
), tree AS (
    SELECT id AS candidate_id, id FROM candidate
    UNION ALL
    SELECT tree.candidate_id, contract.id FROM contract JOIN tree ON contract.parent_id = tree.id
)
SELECT candidate.id, candidate.job_id
FROM candidate
WHERE CASE
    WHEN candidate.state <> 'exhausted' THEN
        NOT EXISTS (
            SELECT 1 FROM tree JOIN contract ON contract.id = tree.id
            WHERE tree.candidate_id = candidate.id AND tree.id <> candidate.id
              AND contract.state IN ('offered', 'accepted', 'active', 'succeeded', 'frozen'))
        AND NOT EXISTS (
            SELECT 1 FROM tree JOIN batch ON batch.contract_id = tree.id
            WHERE tree.candidate_id = candidate.id AND batch.state <> 'done')
    ELSE
        NOT EXISTS (
            SELECT 1 FROM answer
            JOIN claim ON claim.id = answer.claim_id
            JOIN batch ON batch.id = claim.batch_id
            JOIN tree ON tree.id = batch.contract_id
            WHERE answer.state IN ('rejected', 'lapsed') AND tree.candidate_id = candidate.id)
    END
ORDER BY candidate.job_id, candidate.id
LIMIT :limit
