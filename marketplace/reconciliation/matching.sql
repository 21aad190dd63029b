-- Where our money at a rail stands: on 1100 of that rail, and for the rail `bank` on 1020. What moves between our own
-- accounts 1010 and 1020 is booked when it is decided, and is no line's.

-- name: candidates
-- Journals that may say the same as these lines: the deposit's J1 or the payout's J6 with the line's reference.
WITH line AS MATERIALIZED (
    SELECT id, rail, reference, amount FROM external_line WHERE id = ANY(CAST(:line_ids AS uuid[]))
), candidate AS MATERIALIZED (
    SELECT line.id AS line_id, line.rail, journal.id AS journal_id, CAST(NULL AS uuid) AS payout_id
    FROM line
    JOIN deposit ON deposit.rail = line.rail AND deposit.reference = line.reference
    JOIN journal ON journal.subject_id = deposit.id AND journal.subject_noun = 'deposit' AND journal.kind = 'J1'
    WHERE line.amount > 0
    UNION ALL
    SELECT line.id, line.rail, journal.id, payout.id
    FROM line
    JOIN payout ON payout.rail = line.rail AND payout.rail_reference = line.reference
    JOIN journal ON journal.subject_id = payout.id AND journal.subject_noun = 'payout' AND journal.kind = 'J6'
    WHERE line.amount < 0
)
SELECT candidate.line_id, candidate.journal_id, candidate.payout_id, posting.currency AS moved_currency,
       sum(CASE WHEN debit.code = 1100 AND debit.label = candidate.rail
                    OR debit.code = 1020 AND credit.code <> 1010 AND candidate.rail = 'bank'
                THEN posting.amount ELSE 0 END
           - CASE WHEN credit.code = 1100 AND credit.label = candidate.rail
                    OR credit.code = 1020 AND debit.code <> 1010 AND candidate.rail = 'bank'
                THEN posting.amount ELSE 0 END) AS moved
FROM candidate
JOIN posting ON posting.journal_id = candidate.journal_id
JOIN account AS debit ON debit.id = posting.debit_account_id
JOIN account AS credit ON credit.id = posting.credit_account_id
WHERE NOT EXISTS (SELECT FROM external_line AS taken WHERE taken.journal_id = candidate.journal_id)
GROUP BY candidate.line_id, candidate.journal_id, candidate.payout_id, posting.currency
ORDER BY candidate.line_id, candidate.journal_id

-- name: mark
-- These lines are matched with these journals.
UPDATE external_line SET state = 'matched', journal_id = found.journal_id, matched_at = :now
FROM unnest(CAST(:line_ids AS uuid[]), CAST(:journal_ids AS uuid[])) AS found (line_id, journal_id)
WHERE external_line.id = found.line_id

-- name: moved
-- What the postings of a `stretch` moved of our money at a rail.
SELECT posting.id, posting.journal_id, coalesce(account.label, 'bank') AS rail, posting.currency, posting.amount
FROM account
JOIN stretch AS posting ON posting.debit_account_id = account.id
JOIN account AS other ON other.id = posting.credit_account_id
WHERE account.owner_id IS NULL AND account.code IN (1100, 1020) AND (account.code = 1100 OR other.code <> 1010)
UNION ALL
SELECT posting.id, posting.journal_id, coalesce(account.label, 'bank'), posting.currency, -posting.amount
FROM account
JOIN stretch AS posting ON posting.credit_account_id = account.id
JOIN account AS other ON other.id = posting.debit_account_id
WHERE account.owner_id IS NULL AND account.code IN (1100, 1020) AND (account.code = 1100 OR other.code <> 1010)

-- name: matched_wrongly
-- Lines whose journal does not move what the line says.
SELECT line.id AS line_id, line.journal_id, line.amount, line.currency, coalesce(sum(moved.amount), 0) AS moved
FROM external_line AS line
LEFT JOIN LATERAL (
    SELECT CASE WHEN account.id = posting.debit_account_id THEN posting.amount ELSE -posting.amount END AS amount
    FROM posting
    JOIN account ON account.id IN (posting.debit_account_id, posting.credit_account_id)
    JOIN account AS other
        ON other.id = posting.debit_account_id + posting.credit_account_id - account.id
    WHERE posting.journal_id = line.journal_id AND posting.currency = line.currency
        AND (account.code = 1100 AND account.label = line.rail
            OR account.code = 1020 AND other.code <> 1010 AND line.rail = 'bank')
) AS moved ON true
WHERE line.state = 'matched'
GROUP BY line.id
HAVING coalesce(sum(moved.amount), 0) <> line.amount
ORDER BY line.id
LIMIT :most
