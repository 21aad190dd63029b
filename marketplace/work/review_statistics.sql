-- name: by_reviewer
-- Verdicts of people since a moment; :organization_id and :person_id narrow them, null does not. The index is by the
-- order in which reviews came (BRIN), so that writing them costs next to nothing.
SELECT person.id AS person_id, person.name, review.reviewer_organization_id AS organization_id,
    count(*) AS decided,
    count(*) FILTER (WHERE review.verdict = 'accept') AS accepted,
    count(correction.answer_id) AS corrected,
    count(*) FILTER (WHERE review.verdict = 'redo') AS redo,
    count(*) FILTER (WHERE review.verdict = 'reject') AS rejected,
    count(*) FILTER (WHERE review.verdict = 'pay_not_use') AS paid_not_used,
    count(dispute.id) FILTER (WHERE dispute.decided_at IS NOT NULL) AS contested,
    count(dispute.id) FILTER (
        WHERE (dispute.state = 'overturned' AND appeal.state IS DISTINCT FROM 'granted')
           OR (dispute.state = 'upheld' AND appeal.state = 'granted')) AS overturned,
    CAST(percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM review.created_at - coalesce(attempt.submitted_at, answer.submitted_at))
    ) AS bigint) AS median_seconds
FROM review
JOIN person ON person.id = review.reviewer_person_id
JOIN answer ON answer.id = review.answer_id
LEFT JOIN answer_attempt attempt ON attempt.answer_id = review.answer_id AND attempt.attempt = review.attempt
LEFT JOIN correction ON correction.review_id = review.id
LEFT JOIN dispute ON dispute.answer_id = review.answer_id
    AND review.verdict IN ('reject', 'redo') AND review.attempt = answer.attempt
LEFT JOIN appeal ON appeal.dispute_id = dispute.id
WHERE review.created_at >= :since AND review.reviewer_organization_id IS NOT NULL
    AND (CAST(:organization_id AS uuid) IS NULL OR review.reviewer_organization_id = :organization_id)
    AND (CAST(:person_id AS uuid) IS NULL OR review.reviewer_person_id = :person_id)
GROUP BY person.id, person.name, review.reviewer_organization_id
ORDER BY count(*) DESC, person.id
LIMIT 500
