-- From any id or reference to the money it is part of.

-- name: by_reference
-- Payouts and lines that a rail or bank calls so: by the payout's reference, one that an attempt had before, the
-- reference of a line, or the line's own id at its rail.
SELECT payout.id AS payout_id, CAST(NULL AS uuid) AS line_id
FROM payout
WHERE payout.rail_reference = :text
UNION
SELECT payout_event.payout_id, NULL
FROM payout_event
WHERE payout_event.body ->> 'reference' = :text AND payout_event.kind = 'not_executed'
UNION
SELECT coalesce(booked.id, named.id), line.id
FROM (
    SELECT id, journal_id, rail, reference FROM external_line WHERE reference = :text
    UNION
    SELECT line.id, line.journal_id, line.rail, line.reference
    FROM (SELECT DISTINCT rail FROM payout_run) AS known
    JOIN external_line AS line ON line.rail = known.rail AND line.external_id = :text
) AS line
LEFT JOIN journal ON journal.id = line.journal_id AND journal.subject_noun = 'payout'
LEFT JOIN payout AS booked ON booked.id = journal.subject_id
LEFT JOIN payout AS named
    ON journal.id IS NULL AND named.rail_reference = line.reference AND named.rail = line.rail
LIMIT :most

-- name: by_line
-- The payout of a line: by its journal, or while that is no payout's by the rail's reference.
SELECT coalesce(booked.id, named.id) AS payout_id
FROM external_line AS line
LEFT JOIN journal ON journal.id = line.journal_id AND journal.subject_noun = 'payout'
LEFT JOIN payout AS booked ON booked.id = journal.subject_id
LEFT JOIN payout AS named
    ON journal.id IS NULL AND named.rail_reference = line.reference AND named.rail = line.rail
WHERE line.id = :id
LIMIT :most

-- name: split
-- The price of those of these answers that earned something, what everybody earned for them, and the shares of that.
-- All of one job, and so in one currency.
SELECT chain.currency, count(*) AS answers,
    sum(chain.client_price_amount) AS price, sum(chain.fee_amount) AS fee,
    sum(earned.earnings) AS earnings, sum(earned.amount) AS earned,
    sum(shared.shares) AS shares, sum(shared.amount) AS shared
FROM answer
JOIN price_chain AS chain ON chain.id = answer.price_chain_id
CROSS JOIN LATERAL (
    SELECT count(*) AS earnings, coalesce(sum(amount), 0) AS amount FROM earning WHERE earning.answer_id = answer.id
) AS earned
CROSS JOIN LATERAL (
    SELECT count(*) AS shares, coalesce(sum(share.amount), 0) AS amount
    FROM earning
    JOIN earning_share AS share ON share.earning_id = earning.id
    WHERE earning.answer_id = answer.id
) AS shared
WHERE answer.id = ANY (CAST(:answer_ids AS uuid[])) AND earned.earnings > 0
GROUP BY chain.currency
