-- The sums of one payout's trail, each statement over all of its rows and answering in a few.

-- name: earned
-- The earnings of which an installment of the payout pays a part, the answers they are for, and what else these pay;
-- and the first of those that do not add up: [id, what it should be, what it is].
WITH mine AS MATERIALIZED (
    SELECT DISTINCT share.earning_id AS id
    FROM payout_line AS line
    JOIN earning_share AS share ON share.installment_id = line.installment_id
    WHERE line.payout_id = :payout_id
)
SELECT count(*) AS earnings, count(DISTINCT earning.answer_id) AS answers,
    coalesce(sum(earning.amount), 0) AS earned,
    coalesce(sum(chain.client_price_amount), 0) AS price,
    coalesce(sum(chain.fee_amount), 0) AS fee,
    coalesce(sum(other.margins), 0) AS margins,
    coalesce(sum(other.pay), 0) AS pay,
    (array_agg(
        jsonb_build_array(earning.answer_id, chain.client_price_amount, split.amount) ORDER BY earning.answer_id
    ) FILTER (WHERE split.amount <> chain.client_price_amount))[1:CAST(:most AS integer)] AS answers_off,
    (array_agg(jsonb_build_array(earning.id, earning.amount, shared.amount) ORDER BY earning.id)
        FILTER (WHERE shared.amount <> earning.amount))[1:CAST(:most AS integer)] AS earnings_off
FROM mine
JOIN earning ON earning.id = mine.id
JOIN answer ON answer.id = earning.answer_id
JOIN price_chain AS chain ON chain.id = answer.price_chain_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount) FILTER (WHERE payee_kind = 'layer'), 0) AS margins,
        coalesce(sum(amount) FILTER (WHERE payee_kind = 'worker'), 0) AS pay
    FROM earning AS one
    WHERE one.answer_id = earning.answer_id AND one.id <> earning.id
) AS other
CROSS JOIN LATERAL (SELECT chain.fee_amount + other.margins + other.pay + earning.amount AS amount) AS split
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS amount FROM earning_share WHERE earning_id = earning.id
) AS shared

-- name: shared
-- Where the shares of these earnings are: in the payout's installments, or in others, by what became of those.
WITH mine AS MATERIALIZED (
    SELECT DISTINCT share.earning_id AS id
    FROM payout_line AS line
    JOIN earning_share AS share ON share.installment_id = line.installment_id
    WHERE line.payout_id = :payout_id
), placed AS (
    SELECT share.amount, line.installment_id IS NOT NULL AS here, installment.state,
        installment.state = 'held' AND installment.held_reason = :returned AS returned,
        earning.payee_kind = 'layer' AND EXISTS (
            SELECT FROM acceptance_mirror AS mirror
            WHERE mirror.journal_id = earning.journal_id AND mirror.state = 'confirmed'
        ) AS taken_back
    FROM mine
    JOIN earning ON earning.id = mine.id
    JOIN earning_share AS share ON share.earning_id = mine.id
    JOIN installment ON installment.id = share.installment_id
    LEFT JOIN payout_line AS line ON line.payout_id = :payout_id AND line.installment_id = share.installment_id
)
SELECT here, state, returned, taken_back, sum(amount) AS amount
FROM placed
GROUP BY here, state, returned, taken_back
ORDER BY here, state, returned, taken_back

-- name: installed
-- The installments of the payout: what they are, what its lines say of them, and what else they are made of.
SELECT count(*) AS installments,
    coalesce(sum(installment.amount), 0) AS amount,
    coalesce(sum(line.amount), 0) AS lines,
    coalesce(sum(part.extras), 0) AS extras,
    coalesce(sum(part.charges), 0) AS charges,
    (array_agg(jsonb_build_array(installment.id, made.amount, installment.amount) ORDER BY installment.id)
        FILTER (WHERE made.amount <> installment.amount))[1:CAST(:most AS integer)] AS installments_off,
    (array_agg(jsonb_build_array(installment.id, installment.amount, line.amount) ORDER BY installment.id)
        FILTER (WHERE line.amount <> installment.amount))[1:CAST(:most AS integer)] AS lines_off
FROM payout_line AS line
JOIN installment ON installment.id = line.installment_id
CROSS JOIN LATERAL (
    SELECT coalesce((
            SELECT sum(share.amount)
            FROM earning_share AS share
            JOIN earning ON earning.id = share.earning_id
            WHERE share.installment_id = installment.id
                AND NOT (
                    earning.payee_kind = 'layer'
                    AND EXISTS (
                        SELECT FROM acceptance_mirror AS mirror
                        WHERE mirror.journal_id = earning.journal_id AND mirror.state = 'confirmed'
                    )
                )
        ), 0) AS shares,
        coalesce((SELECT sum(amount) FROM extra_share WHERE installment_id = installment.id), 0) AS extras,
        coalesce((SELECT sum(amount) FROM extra_charge WHERE installment_id = installment.id), 0) AS charges
) AS part
CROSS JOIN LATERAL (SELECT part.shares + part.extras - part.charges AS amount) AS made
WHERE line.payout_id = :payout_id

-- name: booked_answers
-- What the journals of these acceptances (J3) took from reserves, and gave to the payee, less what they did for answers
-- and earnings that are not this payout's: the same sums again, from postings.
WITH mine AS MATERIALIZED (
    SELECT DISTINCT share.earning_id AS id
    FROM payout_line AS line
    JOIN earning_share AS share ON share.installment_id = line.installment_id
    WHERE line.payout_id = :payout_id
), journals AS MATERIALIZED (
    SELECT DISTINCT earning.journal_id AS id FROM mine JOIN earning ON earning.id = mine.id
), others AS MATERIALIZED (
    SELECT earning.id, earning.answer_id, earning.amount, earning.payee_kind, earning.payee_id, earning.contract_id
    FROM journals
    JOIN earning ON earning.journal_id = journals.id
    WHERE NOT EXISTS (SELECT FROM mine WHERE mine.id = earning.id)
), posted AS (
    SELECT coalesce(sum(posting.amount) FILTER (WHERE debit.code = :reserve), 0) AS priced,
        coalesce(sum(posting.amount) FILTER (
            WHERE credit.code = :deferred
                AND credit.owner_id = :payee_id
                AND (CAST(:contract_id AS uuid) IS NULL OR credit.contract_id = CAST(:contract_id AS uuid))
        ), 0) AS earned
    FROM journals
    JOIN posting ON posting.journal_id = journals.id
    JOIN account AS debit ON debit.id = posting.debit_account_id
    JOIN account AS credit ON credit.id = posting.credit_account_id
)
SELECT posted.priced - coalesce((
        SELECT sum(chain.client_price_amount)
        FROM (SELECT DISTINCT answer_id FROM others) AS one
        JOIN answer ON answer.id = one.answer_id
        JOIN price_chain AS chain ON chain.id = answer.price_chain_id
        WHERE NOT EXISTS (
            SELECT FROM mine JOIN earning ON earning.id = mine.id WHERE earning.answer_id = one.answer_id
        )
    ), 0) AS priced,
    posted.earned - coalesce((
        SELECT sum(amount) FROM others
        WHERE payee_kind = :payee_kind
            AND payee_id = :payee_id
            AND (CAST(:contract_id AS uuid) IS NULL OR contract_id = CAST(:contract_id AS uuid))
    ), 0) AS earned
FROM posted

-- name: booked_payout
-- The payout's own journals, by kind, currency and the two accounts' codes.
SELECT journal.kind, posting.currency, debit.code AS debit, credit.code AS credit, sum(posting.amount) AS amount
FROM journal
JOIN posting ON posting.journal_id = journal.id
JOIN account AS debit ON debit.id = posting.debit_account_id
JOIN account AS credit ON credit.id = posting.credit_account_id
WHERE journal.subject_id = :payout_id AND journal.subject_noun = 'payout'
GROUP BY journal.kind, posting.currency, debit.code, credit.code
ORDER BY journal.kind, posting.currency, debit.code, credit.code

-- name: lines
-- The lines of the rail or bank that name one of the payout's references there, or whose journal is the payout's; and
-- that which was taken for it without a reference, maybe with others: of that one the payout's own part.
WITH reference AS (
    SELECT rail_reference AS text FROM payout WHERE id = :payout_id AND rail_reference IS NOT NULL
    UNION
    SELECT body ->> 'reference' FROM payout_event WHERE payout_id = :payout_id AND body ->> 'reference' IS NOT NULL
), matched AS (
    SELECT match.line_id AS id, -coalesce(payout.paid_amount, payout.amount - payout.withheld) AS amount
    FROM line_match_payout AS part
    JOIN line_match AS match ON match.id = part.match_id AND match.state IN ('done', 'undo_asked')
    JOIN payout ON payout.id = part.payout_id
    WHERE part.payout_id = :payout_id
), found AS (
    SELECT external_line.id
    FROM reference
    JOIN external_line ON external_line.reference = reference.text AND external_line.rail = :rail
    UNION
    SELECT external_line.id
    FROM journal
    JOIN external_line ON external_line.journal_id = journal.id
    WHERE journal.subject_id = :payout_id AND journal.subject_noun = 'payout'
    UNION
    SELECT id FROM matched
)
SELECT line.id, line.external_id, line.kind, coalesce(matched.amount, line.amount) AS amount,
    CASE WHEN matched.id IS NULL THEN line.fee ELSE 0 END AS fee, line.currency, line.state, line.reference,
    line.occurred_at,
    matched.id IS NOT NULL
        OR coalesce(journal.subject_id = :payout_id AND journal.subject_noun = 'payout', false) AS ours
FROM found
JOIN external_line AS line ON line.id = found.id
LEFT JOIN matched ON matched.id = found.id
LEFT JOIN journal ON journal.id = line.journal_id
ORDER BY line.occurred_at, line.id
LIMIT :most

-- name: attempts
-- What was shown to the rail, by attempt.
SELECT attempt, count(*) FILTER (WHERE kind = 'submitted') AS tries, min(at) AS first_at,
    (array_agg(state_after ORDER BY id DESC))[1] AS state,
    max(body ->> 'reference') AS reference, max(body ->> 'code') AS code
FROM payout_event
WHERE payout_id = :payout_id AND state_after <> ALL (ARRAY['draft', 'cancelled'])
GROUP BY attempt
HAVING count(*) FILTER (WHERE kind = 'submitted') > 0 OR max(body ->> 'reference') IS NOT NULL
ORDER BY attempt
LIMIT :most

-- name: whereabouts
-- What became of the installments of the payout.
SELECT installment.state, installment.payout_id, count(*) AS installments, sum(installment.amount) AS amount
FROM payout_line AS line
JOIN installment ON installment.id = line.installment_id
WHERE line.payout_id = :payout_id
GROUP BY installment.state, installment.payout_id
ORDER BY installment.state, installment.payout_id
LIMIT :most
