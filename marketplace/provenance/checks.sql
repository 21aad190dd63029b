-- name: named_parties
-- Events that name prices between two organizations, and say themselves who these are.
SELECT id, kind, body, organization_ids || person_ids AS readers
FROM audit_event
WHERE kind = ANY(CAST(:kinds AS text[]))

-- name: pay_told
-- Events that name what a worker is paid, told to others than who sells under the contract or did before.
SELECT audit_event.id, audit_event.kind
FROM audit_event
JOIN batch ON batch.id = audit_event.subject_id
JOIN contract ON contract.id = batch.contract_id
WHERE audit_event.kind = ANY(CAST(:kinds AS text[]))
    AND NOT audit_event.organization_ids || audit_event.person_ids <@ (
        contract.seller_organization_id || ARRAY(
            SELECT change.former_organization_id FROM contract_seller_change AS change
            WHERE change.contract_id = contract.id
        )
    )
ORDER BY audit_event.id
LIMIT :most

-- name: payee_told
-- Events about money of one payee, told to another.
SELECT audit_event.id, audit_event.kind
FROM audit_event
JOIN (
    SELECT id, payee_id FROM installment UNION ALL SELECT id, payee_id FROM payout
) AS owed ON owed.id = audit_event.subject_id
WHERE audit_event.subject_noun IN ('installment', 'payout')
    AND NOT audit_event.organization_ids || audit_event.person_ids <@ ARRAY[owed.payee_id]
ORDER BY audit_event.id
LIMIT :most

-- name: anybody_told
-- Events that name everybody's amounts, told to anybody: who reads the whole log sees them all the same.
SELECT id, kind FROM audit_event
WHERE kind = ANY(CAST(:kinds AS text[])) AND organization_ids || person_ids <> '{}'
ORDER BY id
LIMIT :most

-- name: read_beyond
-- Sealed events that somebody may read whom the event does not name.
SELECT audit_event.id, audit_event.kind
FROM audit_reader
JOIN audit_leaf ON audit_leaf.number = audit_reader.leaf_number
JOIN audit_event ON audit_event.id = audit_leaf.event_id
WHERE NOT audit_reader.reader_id = ANY(audit_event.organization_ids || audit_event.person_ids)
ORDER BY audit_event.id
LIMIT :most

-- name: summed_otherwise
-- M1: in the smallest units of the books.
WITH earned AS (
    SELECT earning.accepted_on, earning.contract_id, earning.payee_id AS organization_id, price_chain.rate_code,
           count(*) AS answers, sum(earning.amount) AS amount
    FROM earning
    JOIN answer ON answer.id = earning.answer_id
    JOIN price_chain ON price_chain.id = answer.price_chain_id
    WHERE earning.payee_kind = 'layer'
      AND earning.accepted_on <= (SELECT max(accepted_on) FROM day_margin_horizon WHERE summed_at IS NOT NULL)
    GROUP BY 1, 2, 3, 4
)
SELECT accepted_on, contract_id, rate_code,
       coalesce(day_margin.amount, 0) AS summed, coalesce(day_margin.answers, 0) AS summed_answers,
       coalesce(earned.amount, 0) AS earned, coalesce(earned.answers, 0) AS earned_answers
FROM day_margin
FULL JOIN earned USING (accepted_on, contract_id, organization_id, rate_code)
WHERE (day_margin.amount, day_margin.answers) IS DISTINCT FROM (earned.amount, earned.answers)
ORDER BY 1, 2, 3
LIMIT :most
