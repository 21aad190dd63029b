-- The invariants of payouts; each statement returns what breaks one, at most 100 rows.

-- name: paid_twice
-- I7: an installment is in at most one live or successful payout, and knows which.
SELECT installment.id AS installment_id, count(payout.id) AS payouts, installment.state
FROM installment
LEFT JOIN payout_line ON payout_line.installment_id = installment.id
LEFT JOIN payout ON payout.id = payout_line.payout_id AND payout.state <> ALL (ARRAY['cancelled', 'returned'])
GROUP BY installment.id
HAVING count(payout.id) > 1
    OR (installment.state IN ('in_payout', 'paid')) <> (count(payout.id) = 1)
    OR coalesce(bool_or(installment.payout_id IS DISTINCT FROM payout.id) FILTER (WHERE payout.id IS NOT NULL), false)
    OR coalesce(
        bool_or((installment.state = 'paid') <> (payout.state IN ('settled', 'reconciled')))
            FILTER (WHERE payout.id IS NOT NULL),
        false
    )
ORDER BY installment.id
LIMIT 100;

-- name: lines_not_met
-- A payout pays its lines and what it carries in, less the fee for paying early and what it carries out, in whole steps
-- of the rail.
SELECT payout.id AS payout_id, payout.amount, coalesce(sum(payout_line.amount), 0) AS lines
FROM payout
LEFT JOIN payout_line ON payout_line.payout_id = payout.id
GROUP BY payout.id
HAVING coalesce(sum(payout_line.amount), 0) + payout.carried_in <> payout.amount + payout.advance_fee + payout.carried_out
    OR payout.carried_out < 0
    OR (payout.paid_currency IS NULL AND payout.amount % (payout.step * :minor_unit) <> 0)
    OR (payout.paid_currency IS NULL AND payout.carried_out >= payout.step * :minor_unit)
ORDER BY payout.id
LIMIT 100;

-- name: flight_not_met
-- I8: 2300 of a payout holds what it sends exactly while it is submitting, sent or unknown, and nothing otherwise.
WITH flying AS (
    SELECT account.owner_id AS payout_id, account.currency, sum(account_balance.balance) AS amount
    FROM account
    JOIN account_balance ON account_balance.account_id = account.id
    WHERE account.code = :in_flight
    GROUP BY account.owner_id, account.currency
), sending AS (
    SELECT payout.id AS payout_id, payout.state, coalesce(payout.paid_currency, payout.currency) AS currency,
        CASE
            WHEN payout.state = ANY (CAST(:flying_states AS text[])) THEN coalesce(payout.paid_amount, payout.amount - payout.withheld)
            ELSE 0
        END AS amount
    FROM payout
)
SELECT payout_id, sending.state, sending.amount, flying.amount AS flying
FROM sending
FULL JOIN flying USING (payout_id, currency)
WHERE coalesce(flying.amount, 0) <> coalesce(sending.amount, 0)
ORDER BY payout_id
LIMIT 100;

-- name: changed_wrongly
-- X1: what is changed, which is what is left after tax, buys exactly what is paid, to a ledger unit, at the rate that
-- was quoted last, and the rest would not buy another step of the rail, not even with the tax that it would give.
WITH newest AS (
    SELECT DISTINCT ON (payout_quote.payout_id) payout_quote.*
    FROM payout_quote
    ORDER BY payout_quote.payout_id, payout_quote.id DESC
), changed AS (
    SELECT payout.*, newest.amount AS quoted, newest.paid_amount AS quoted_paid, newest.rate_id AS quoted_rate,
        exchange_rate.sold, exchange_rate.bought,
        payout.amount - payout.withheld AS given, coalesce(line.rest, 0) AS rest_of_tax,
        exchange_rate.value * power(CAST(10 AS numeric), paid.exponent - owed.exponent) AS each
    FROM payout
    LEFT JOIN newest ON newest.payout_id = payout.id
    LEFT JOIN exchange_rate ON exchange_rate.id = payout.rate_id
    LEFT JOIN unnest(CAST(:currencies AS text[]), CAST(:exponents AS integer[])) AS paid (currency, exponent)
        ON paid.currency = payout.paid_currency
    LEFT JOIN unnest(CAST(:currencies AS text[]), CAST(:exponents AS integer[])) AS owed (currency, exponent)
        ON owed.currency = payout.currency
    LEFT JOIN LATERAL (
        SELECT sum(
            div(CAST(payout.amount + payout.carried_out AS numeric) * rate_ppm, CAST(1000000 AS numeric) * :minor_unit)
                * :minor_unit - amount
        ) AS rest
        FROM payout_withholding
        WHERE payout_id = payout.id
    ) AS line ON true
    WHERE payout.paid_currency IS NOT NULL OR newest.payout_id IS NOT NULL
)
SELECT id AS payout_id, amount, currency, paid_amount, paid_currency
FROM changed
WHERE coalesce(
    (sold, bought, quoted, quoted_paid, quoted_rate) <> (currency, paid_currency, amount, paid_amount, rate_id)
    OR given * each < paid_amount
    OR (given - 1) * each >= paid_amount
    OR paid_amount % (step * :minor_unit) <> 0
    OR (given + carried_out - rest_of_tax) * each >= paid_amount + step * :minor_unit,
    true
)
ORDER BY id
LIMIT 100;

-- name: position_not_met
-- X1: 3900 holds, in each currency, exactly what payouts changed that are on their way, or that a rail paid from our
-- balance in the currency paid, less what was bought back.
WITH open AS (
    SELECT * FROM payout
    WHERE paid_currency IS NOT NULL
        AND (state = ANY (CAST(:flying_states AS text[])) OR (state IN ('settled', 'reconciled') AND cost IS NULL))
), expected AS (
    SELECT currency, sum(amount) AS amount
    FROM (
        SELECT currency, amount - withheld AS amount FROM open
        UNION ALL
        SELECT paid_currency, -paid_amount FROM open
        UNION ALL
        SELECT owed_currency, -closed_owed FROM currency_conversion
        UNION ALL
        SELECT paid_currency, closed_paid FROM currency_conversion
    ) AS side
    GROUP BY currency
), books AS (
    SELECT side.currency, sum(side.amount) AS amount
    FROM (
        SELECT account.currency, posting.amount
        FROM account JOIN posting ON posting.credit_account_id = account.id
        WHERE account.code = :position
        UNION ALL
        SELECT account.currency, -posting.amount
        FROM account JOIN posting ON posting.debit_account_id = account.id
        WHERE account.code = :position
    ) AS side
    GROUP BY side.currency
)
SELECT currency, coalesce(expected.amount, 0) AS expected, coalesce(books.amount, 0) AS books
FROM expected
FULL JOIN books USING (currency)
WHERE coalesce(expected.amount, 0) <> coalesce(books.amount, 0)
ORDER BY currency;

-- name: converted_wrongly
-- X1: a conversion closes no more than what it sold or bought of the currency paid, and what it closes beside what it
-- really cost or brought stands in 4030 or 5050.
WITH result AS (
    SELECT journal.subject_id AS conversion_id,
        sum(CASE WHEN credited.code = :gain THEN posting.amount WHEN debited.code = :loss THEN -posting.amount ELSE 0 END)
            AS amount
    FROM journal
    JOIN posting ON posting.journal_id = journal.id
    JOIN account AS debited ON debited.id = posting.debit_account_id
    JOIN account AS credited ON credited.id = posting.credit_account_id
    WHERE journal.kind = 'J22'
    GROUP BY journal.subject_id
)
SELECT coalesce(conversion.id, result.conversion_id) AS conversion_id, result.amount AS booked
FROM currency_conversion AS conversion
FULL JOIN result ON result.conversion_id = conversion.id
WHERE result.amount IS DISTINCT FROM CASE
    WHEN conversion.sold_currency = conversion.owed_currency THEN conversion.closed_owed - conversion.sold_amount
    ELSE conversion.bought_amount + conversion.closed_owed
END
ORDER BY 1
LIMIT 100;

-- name: due_not_payable
-- 2130, 2140 and 2150 together hold what is due, held or being paid of each payee, and what payouts carried on.
WITH owed AS (
    SELECT installment.payee_id, installment.currency, sum(installment.amount) AS amount
    FROM installment
    WHERE installment.state IN ('due', 'advanced', 'held', 'in_payout')
    GROUP BY 1, 2
), carried AS (
    SELECT payout.payee_id, payout.currency,
        sum(payout.carried_out - payout.carried_in) FILTER (WHERE payout.state IN ('settled', 'reconciled')) AS rest,
        sum(payout.amount) FILTER (WHERE payout.state = ANY (CAST(:flying_states AS text[]))) AS flying
    FROM payout
    GROUP BY 1, 2
), books AS (
    SELECT account.owner_id AS payee_id, account.currency, sum(account_balance.balance) AS amount
    FROM account
    JOIN account_balance ON account_balance.account_id = account.id
    WHERE account.code = ANY (CAST(:payable_codes AS smallint[]))
    GROUP BY 1, 2
)
SELECT payee_id, currency, coalesce(owed.amount, 0) AS owed, coalesce(carried.rest, 0) AS rest,
    coalesce(carried.flying, 0) AS flying, coalesce(books.amount, 0) AS books
FROM owed
FULL JOIN carried USING (payee_id, currency)
FULL JOIN books USING (payee_id, currency)
WHERE coalesce(owed.amount, 0) + coalesce(carried.rest, 0) - coalesce(carried.flying, 0) <> coalesce(books.amount, 0)
ORDER BY payee_id, currency
LIMIT 100;

-- name: fee_not_accepted
-- A live or paid payout takes the fees that its installments have, and one that was given up or came back has none.
SELECT payout.id AS payout_id, payout.advance_fee AS fee, coalesce(sum(installment.advance_fee), 0) AS accepted
FROM payout
LEFT JOIN installment ON installment.payout_id = payout.id
WHERE payout.state <> ALL (ARRAY['cancelled', 'returned'])
GROUP BY payout.id
HAVING payout.advance_fee <> coalesce(sum(installment.advance_fee), 0)
ORDER BY payout.id
LIMIT 100;

-- name: fee_not_booked
-- 4020 has of each payout its fee exactly while it is settled or reconciled, and nothing else.
WITH booked AS (
    SELECT journal.subject_id AS payout_id, sum(side.amount) AS amount
    FROM (
        SELECT journal_id, credit_account_id AS account_id, amount FROM posting
        UNION ALL
        SELECT journal_id, debit_account_id, -amount FROM posting
    ) AS side
    JOIN account ON account.id = side.account_id
    JOIN journal ON journal.id = side.journal_id
    WHERE account.code = :advance_fee
    GROUP BY journal.subject_id
)
SELECT coalesce(payout.id, booked.payout_id) AS payout_id, payout.advance_fee AS fee, booked.amount AS booked
FROM payout
FULL JOIN booked ON booked.payout_id = payout.id
WHERE coalesce(booked.amount, 0) <> CASE
    WHEN payout.state IN ('settled', 'reconciled') THEN payout.advance_fee
    ELSE 0
END
ORDER BY 1
LIMIT 100;

-- name: withheld_wrongly
-- T1: a payout withholds what its lines say, each rounded down by its rate to whole steps of the rail, or to minor units
-- where another currency is paid: of what it pays before tax, as it was quoted first.
WITH taxed AS (
    SELECT payout.id, payout.withheld, coalesce(first.amount, payout.amount) AS gross,
        :minor_unit * CASE WHEN payout.paid_currency IS NULL THEN payout.step ELSE 1 END AS unit
    FROM payout
    LEFT JOIN LATERAL (
        SELECT amount FROM payout_quote WHERE payout_id = payout.id ORDER BY id LIMIT 1
    ) AS first ON true
)
SELECT taxed.id AS payout_id, taxed.withheld, coalesce(sum(line.amount), 0) AS lines
FROM taxed
LEFT JOIN payout_withholding AS line ON line.payout_id = taxed.id
GROUP BY taxed.id, taxed.withheld
HAVING taxed.withheld <> coalesce(sum(line.amount), 0)
    OR coalesce(
        bool_or(
            line.amount
                <> div(CAST(taxed.gross AS numeric) * line.rate_ppm, CAST(1000000 AS numeric) * taxed.unit) * taxed.unit
        ),
        false
    )
ORDER BY taxed.id
LIMIT 100;

-- name: tax_not_met
-- T1: 2200 of an authority holds what payouts withhold that are on their way or were paid, less what was remitted to it,
-- and nothing of any other.
WITH expected AS (
    SELECT authority, currency, sum(amount) AS amount
    FROM (
        SELECT line.authority, payout.currency, line.amount
        FROM payout_withholding AS line
        JOIN payout ON payout.id = line.payout_id
        WHERE payout.state = ANY (CAST(:withheld_states AS text[]))
        UNION ALL
        SELECT authority, currency, -amount FROM tax_remittance WHERE state = 'paid' AND tax = 'withheld'
    ) AS side
    GROUP BY authority, currency
), books AS (
    SELECT side.authority, side.currency, sum(side.amount) AS amount
    FROM (
        SELECT account.label AS authority, account.currency, posting.amount
        FROM account JOIN posting ON posting.credit_account_id = account.id
        WHERE account.code = :tax
        UNION ALL
        SELECT account.label, account.currency, -posting.amount
        FROM account JOIN posting ON posting.debit_account_id = account.id
        WHERE account.code = :tax
    ) AS side
    GROUP BY side.authority, side.currency
)
SELECT authority, currency, coalesce(expected.amount, 0) AS expected, coalesce(books.amount, 0) AS books
FROM expected
FULL JOIN books USING (authority, currency)
WHERE coalesce(expected.amount, 0) <> coalesce(books.amount, 0)
ORDER BY authority, currency
LIMIT 100;

-- name: sales_tax_not_met
-- T3: 2210 holds the taxes of all documents, those of credit notes below nothing, less what was remitted of them.
WITH expected AS (
    SELECT currency, sum(amount) AS amount
    FROM (
        SELECT invoice.currency, CASE WHEN invoice.kind = 'credit_note' THEN -tax.amount ELSE tax.amount END AS amount
        FROM invoice_tax AS tax
        JOIN invoice ON invoice.id = tax.invoice_id
        UNION ALL
        SELECT currency, -amount FROM tax_remittance WHERE state = 'paid' AND tax = 'sales'
    ) AS side
    GROUP BY currency
), books AS (
    SELECT side.currency, sum(side.amount) AS amount
    FROM (
        SELECT account.currency, posting.amount
        FROM account JOIN posting ON posting.credit_account_id = account.id
        WHERE account.code = :tax
        UNION ALL
        SELECT account.currency, -posting.amount
        FROM account JOIN posting ON posting.debit_account_id = account.id
        WHERE account.code = :tax
    ) AS side
    GROUP BY side.currency
)
SELECT currency, coalesce(expected.amount, 0) AS expected, coalesce(books.amount, 0) AS books
FROM expected
FULL JOIN books USING (currency)
WHERE coalesce(expected.amount, 0) <> coalesce(books.amount, 0)
ORDER BY currency
LIMIT 100;

-- name: documents_remitted_wrongly
-- T2: a remittance of sales tax has of each document what it is taxed for that authority, and no other that is live has.
SELECT DISTINCT line.remittance_id
FROM tax_remittance_document AS line
JOIN tax_remittance AS remittance ON remittance.id = line.remittance_id
JOIN invoice ON invoice.id = line.invoice_id
LEFT JOIN invoice_tax AS tax ON tax.invoice_id = invoice.id AND tax.authority = remittance.authority
WHERE remittance.tax <> 'sales'
    OR invoice.currency <> remittance.currency
    OR line.amount IS DISTINCT FROM CASE WHEN invoice.kind = 'credit_note' THEN -tax.amount ELSE tax.amount END
    OR (remittance.state = ANY (CAST(:live_states AS text[]))
        AND EXISTS (
            SELECT
            FROM tax_remittance_document AS again
            JOIN tax_remittance AS other ON other.id = again.remittance_id
            WHERE again.invoice_id = line.invoice_id AND other.id <> remittance.id
                AND other.authority = remittance.authority AND other.state = ANY (CAST(:live_states AS text[]))
        ))
ORDER BY line.remittance_id
LIMIT 100;

-- name: remitted_wrongly
-- T2: a remittance pays its lines, decided by two people, and nothing of a payout but what it withheld, once.
WITH live AS (
    SELECT line.payout_id, remittance.authority, sum(line.amount) AS amount
    FROM tax_remittance_line AS line
    JOIN tax_remittance AS remittance ON remittance.id = line.remittance_id
    WHERE remittance.state = ANY (CAST(:live_states AS text[]))
    GROUP BY line.payout_id, remittance.authority
), lines AS (
    SELECT remittance_id, sum(amount) AS amount
    FROM (
        SELECT remittance_id, amount FROM tax_remittance_line
        UNION ALL
        SELECT remittance_id, amount FROM tax_remittance_document
    ) AS line
    GROUP BY remittance_id
)
SELECT remittance.id AS remittance_id, remittance.amount, lines.amount AS lines
FROM tax_remittance AS remittance
LEFT JOIN lines ON lines.remittance_id = remittance.id
WHERE remittance.amount IS DISTINCT FROM lines.amount
    OR (remittance.state IN ('approved', 'paid') AND remittance.decided_by IS NOT DISTINCT FROM remittance.proposed_by)
    OR EXISTS (
        SELECT
        FROM tax_remittance_line AS line
        JOIN payout ON payout.id = line.payout_id
        JOIN live ON live.payout_id = line.payout_id AND live.authority = remittance.authority
        LEFT JOIN payout_withholding AS withheld
            ON withheld.payout_id = line.payout_id AND withheld.authority = remittance.authority
        WHERE line.remittance_id = remittance.id
            AND (remittance.tax <> 'withheld'
                OR payout.currency <> remittance.currency
                OR live.amount NOT IN (0, coalesce(withheld.amount, 0))
                OR abs(line.amount) IS DISTINCT FROM withheld.amount)
    )
ORDER BY remittance.id
LIMIT 100;

-- name: taxed_by_one_person
-- I16: nobody proposes and approves the same withholding, nor one from themselves or, by what we know now, their own.
SELECT withholding.id AS withholding_id, withholding.decided_by
FROM withholding
WHERE withholding.state = 'approved'
    AND (withholding.decided_by = withholding.proposed_by
        OR withholding.payee_id IN (withholding.decided_by, withholding.proposed_by))
ORDER BY withholding.id
LIMIT 100;

-- name: one_person
-- I16: nobody prepares and approves the same run, nor approves one that pays them or their organization.
SELECT DISTINCT payout_run.id AS run_id, payout_run.approved_by
FROM payout_run
LEFT JOIN payout ON payout.run_id = payout_run.id
WHERE payout_run.approved_by IS NOT NULL
    AND (payout_run.approved_by = payout_run.prepared_by OR payout.payee_id = payout_run.approved_by)
ORDER BY payout_run.id
LIMIT 100;
