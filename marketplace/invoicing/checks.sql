-- The invariants of documents; each statement returns what breaks one, at most 100 rows.

-- name: number_missing
-- N1: the numbers of a series and year are 1, 2, 3 and so on, as many as were given out.
SELECT coalesce(counter.series, given.series) AS series, coalesce(counter.year, given.year) AS year,
    coalesce(counter.last, 0) AS last, coalesce(given.many, 0) AS many, coalesce(given.highest, 0) AS highest
FROM invoice_counter AS counter
FULL JOIN (
    SELECT series, year, count(*) AS many, max(number) AS highest FROM invoice GROUP BY series, year
) AS given ON given.series = counter.series AND given.year = counter.year
WHERE coalesce(counter.last, 0) <> coalesce(given.many, 0) OR coalesce(counter.last, 0) <> coalesce(given.highest, 0)
ORDER BY 1, 2
LIMIT 100;

-- name: document_wrong
-- N2: lines sum to the gross and taxes to the tax, and the journal moved just that: what a client paid in, what went
-- back to it, or the tax of fees.
WITH moved AS (
    SELECT invoice.id,
        sum(posting.amount) FILTER (WHERE credited.code = 2010 AND credited.owner_id = invoice.organization_id) AS paid_in,
        sum(posting.amount) FILTER (
            WHERE debited.code IN (2010, 2030) AND debited.owner_id = invoice.organization_id
        ) AS gone_back,
        sum(posting.amount) FILTER (WHERE 2210 IN (debited.code, credited.code)) AS tax
    FROM invoice
    JOIN posting ON posting.journal_id = invoice.journal_id
    JOIN account AS debited ON debited.id = posting.debit_account_id
    JOIN account AS credited ON credited.id = posting.credit_account_id
    GROUP BY invoice.id
)
SELECT invoice.id AS invoice_id, invoice.kind, invoice.gross, invoice.tax
FROM invoice
LEFT JOIN moved ON moved.id = invoice.id
LEFT JOIN LATERAL (
    SELECT sum(amount) AS amount FROM invoice_line WHERE invoice_id = invoice.id
) AS lines ON true
LEFT JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS amount FROM invoice_tax WHERE invoice_id = invoice.id
) AS taxes ON true
WHERE lines.amount IS DISTINCT FROM invoice.gross
    OR taxes.amount <> invoice.tax
    OR CASE
        WHEN invoice.month IS NOT NULL THEN coalesce(moved.tax, 0) <> invoice.tax
        WHEN invoice.kind = 'receipt' THEN moved.paid_in IS DISTINCT FROM invoice.gross
        ELSE moved.gone_back IS DISTINCT FROM invoice.gross
    END
ORDER BY invoice.id
LIMIT 100;

-- name: receipt_not_cancelled
-- N4: a receipt whose journal its mirror took back has one credit note, of all of it, that documents the mirror.
SELECT receipt.id AS invoice_id, count(note.id) AS notes
FROM invoice AS receipt
JOIN journal AS mirror ON mirror.reverses_id = receipt.journal_id
LEFT JOIN invoice AS note ON note.credits_id = receipt.id AND note.kind = 'credit_note'
WHERE receipt.kind = 'receipt'
GROUP BY receipt.id, receipt.gross, mirror.id
HAVING count(note.id) <> 1 OR min(note.gross) <> receipt.gross OR NOT bool_and(note.journal_id = mirror.id)
ORDER BY receipt.id
LIMIT 100;
