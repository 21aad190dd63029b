-- The platform's fees that clients are invoiced.

-- name: first_month
-- The month of the first fee, by its first day.
SELECT CAST(date_trunc('month', min(effective_on)) AS date) AS first FROM journal WHERE kind = 'J3';

-- name: fees
-- What jobs paid for the platform in a month, less what was mirrored in it, by client, currency and job.
SELECT job.organization_id, posting.currency, job.id AS job_id, job.title,
    sum(CASE WHEN credited.code = :fee THEN posting.amount ELSE -posting.amount END) AS amount
FROM journal
JOIN posting ON posting.journal_id = journal.id
JOIN account AS debited ON debited.id = posting.debit_account_id
JOIN account AS credited ON credited.id = posting.credit_account_id
JOIN job ON job.id = CASE WHEN credited.code = :fee THEN debited.owner_id ELSE credited.owner_id END
WHERE journal.effective_on >= :first AND journal.effective_on < :beyond
    AND (debited.code, credited.code) IN ((:reserve, :fee), (:fee, :reserve))
GROUP BY job.organization_id, posting.currency, job.id, job.title
HAVING sum(CASE WHEN credited.code = :fee THEN posting.amount ELSE -posting.amount END) <> 0
ORDER BY job.organization_id, posting.currency, job.id;

-- name: fees_not_invoiced
-- N3: the documents of a month that is invoiced say exactly what the ledger says of its fees.
WITH said AS (
    SELECT organization_id, currency, month, CASE kind WHEN 'invoice' THEN gross ELSE -gross END AS amount
    FROM invoice
    WHERE month IS NOT NULL
), booked AS (
    SELECT job.organization_id, posting.currency, CAST(date_trunc('month', journal.effective_on) AS date) AS month,
        sum(CASE WHEN credited.code = :fee THEN posting.amount ELSE -posting.amount END) AS amount
    FROM invoiced_month
    JOIN journal ON journal.effective_on >= invoiced_month.month
        AND journal.effective_on < invoiced_month.month + interval '1 month'
    JOIN posting ON posting.journal_id = journal.id
    JOIN account AS debited ON debited.id = posting.debit_account_id
    JOIN account AS credited ON credited.id = posting.credit_account_id
    JOIN job ON job.id = CASE WHEN credited.code = :fee THEN debited.owner_id ELSE credited.owner_id END
    WHERE (debited.code, credited.code) IN ((:reserve, :fee), (:fee, :reserve))
    GROUP BY 1, 2, 3
)
SELECT organization_id, currency, month, coalesce(said.amount, 0) AS said, coalesce(booked.amount, 0) AS booked
FROM said
FULL JOIN booked USING (organization_id, currency, month)
WHERE coalesce(said.amount, 0) <> coalesce(booked.amount, 0)
    AND month IN (SELECT month FROM invoiced_month)
ORDER BY month, organization_id, currency
LIMIT 100;
