-- Which tax waits to be paid to its authority.

-- name: to_remit
-- Of payouts that settled in the period what no live remittance has; of those that came back since, what one has, below
-- nothing. In the order of the payouts.
WITH remitted AS (
    SELECT line.payout_id, sum(line.amount) AS amount
    FROM tax_remittance_line AS line
    JOIN tax_remittance AS remittance ON remittance.id = line.remittance_id
    WHERE remittance.authority = :authority AND remittance.currency = :currency
        AND remittance.state = ANY (CAST(:live_states AS text[]))
    GROUP BY line.payout_id
), withheld AS (
    SELECT payout.id AS payout_id, payout.state, payout.settled_at, line.amount, coalesce(remitted.amount, 0) AS remitted
    FROM payout_withholding AS line
    JOIN payout ON payout.id = line.payout_id
    LEFT JOIN remitted ON remitted.payout_id = payout.id
    WHERE line.authority = :authority AND payout.currency = :currency AND line.amount > 0
)
SELECT payout_id, CASE WHEN state = 'returned' THEN -remitted ELSE amount END AS amount
FROM withheld
WHERE (state = ANY (CAST(:paid_states AS text[])) AND settled_at >= :begin AND settled_at < :end AND remitted = 0)
    OR (state = 'returned' AND remitted <> 0)
ORDER BY payout_id;

-- name: came_back
-- Payouts of a remittance that are not paid any more.
SELECT line.payout_id
FROM tax_remittance_line AS line
JOIN payout ON payout.id = line.payout_id
WHERE line.remittance_id = :remittance_id AND line.amount > 0 AND payout.state <> ALL (CAST(:paid_states AS text[]))
ORDER BY line.payout_id
LIMIT 1;

-- name: documents_to_remit
-- Sales tax of an authority in invoices of fees of months that ended in the period, and in credit notes until then, below
-- nothing, that no live remittance has. In the order of the documents.
SELECT invoice.id AS invoice_id,
    CASE WHEN invoice.kind = 'credit_note' THEN -tax.amount ELSE tax.amount END AS amount
FROM invoice_tax AS tax
JOIN invoice ON invoice.id = tax.invoice_id
WHERE tax.authority = :authority AND invoice.currency = :currency AND tax.amount > 0
    AND invoice.month <= :last_month
    AND (invoice.kind = 'credit_note' OR invoice.month + interval '1 month' > :first_on)
    AND NOT EXISTS (
        SELECT
        FROM tax_remittance_document AS line
        JOIN tax_remittance AS remittance ON remittance.id = line.remittance_id
        WHERE line.invoice_id = invoice.id AND remittance.authority = :authority
            AND remittance.state = ANY (CAST(:live_states AS text[]))
    )
ORDER BY invoice.id;
