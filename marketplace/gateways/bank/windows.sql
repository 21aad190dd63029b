-- Lines of the bank without a reference of ours, beside the payments in files that no line has shown yet.

-- name: reach
-- By currency, the statements of our account that follow each other up to the newest: from which day's, to which day's.
-- None while a line of a statement is not among the external lines yet: these come in portions, in the order of their
-- ids, and one that is not there could be what another seems to be.
WITH ordered AS (
    SELECT account, currency, closed_on, number, opening, closing,
        lag(closing) OVER (PARTITION BY account ORDER BY closed_on, number) AS before
    FROM bank_statement
), counted AS (
    SELECT *, count(*) FILTER (WHERE before IS DISTINCT FROM opening)
        OVER (PARTITION BY account ORDER BY closed_on DESC, number DESC) AS breaks_after
    FROM ordered
)
SELECT DISTINCT ON (currency) currency, min(closed_on) AS since, max(closed_on) AS until
FROM counted
-- The first of the unbroken ones is itself a break to what is before it.
WHERE (breaks_after = 0 OR breaks_after = 1 AND before IS DISTINCT FROM opening)
    AND NOT EXISTS (
        SELECT FROM (SELECT max(id) AS id FROM bank_line) AS newest
        WHERE newest.id IS NOT NULL AND NOT EXISTS (
            SELECT FROM external_line WHERE rail = 'bank' AND external_id = 'bank_' || newest.id
        )
    )
GROUP BY account, currency
ORDER BY currency, until DESC

-- name: anything
-- Whether there is a debit to explain at all.
SELECT EXISTS (
    SELECT FROM external_line
    WHERE rail = 'bank' AND state <> 'matched' AND amount < 0 AND kind IN ('other', 'batch')
)

-- name: pairs
-- Each unexplained debit beside each payment, each file and each day's files that it could be by amount and day. A payment
-- of which a statement has a line of its own is none of them, also where that line differs or is not booked yet. What a
-- line names itself (the file of a batch) is the only thing that it can be. Amounts of which there are more pairs than
-- `most` are told as crowded, without a pair: nothing of such an amount is anything for certain.
WITH open_payment AS MATERIALIZED (
    SELECT instruction.reference, instruction.minor_units, instruction.currency, instruction.file_id,
        file.message_id, CAST(file.created_at AT TIME ZONE 'UTC' AS date) AS made_on
    FROM payout
    JOIN bank_instruction AS instruction ON instruction.reference = payout.rail_reference
    JOIN bank_file AS file ON file.id = instruction.file_id
    WHERE payout.rail = 'bank' AND payout.state = 'sent' AND instruction.kind = 'transfer'
        AND instruction.ended_code IS NULL
        AND NOT EXISTS (
            SELECT FROM bank_line AS own WHERE own.reference = instruction.reference AND own.minor_units < 0
        )
), unknown AS MATERIALIZED (
    SELECT line.id AS line_id, line.currency, -line.minor_units AS minor_units, line.booked_on, line.other_id,
        CASE WHEN external.kind = 'batch' THEN line.reference END AS message_id
    FROM external_line AS external
    JOIN bank_line AS line
        ON line.id = CASE WHEN external.rail = 'bank' THEN CAST(substr(external.external_id, 6) AS bigint) END
    WHERE external.rail = 'bank' AND external.state <> 'matched' AND external.amount < 0
        AND external.kind IN ('other', 'batch')
        -- It may be our own money on its way to another rail.
        AND NOT EXISTS (
            SELECT FROM external_line AS way
            WHERE external.kind = 'other' AND way.rail <> 'bank' AND way.kind = 'from_bank'
                AND way.currency = external.currency AND way.amount = -external.amount
                AND way.occurred_at BETWEEN external.occurred_at - interval '6 days'
                    AND external.occurred_at + interval '6 days'
        )
        -- It may be what goes back to a client.
        AND NOT EXISTS (
            SELECT FROM refund
            WHERE refund.rail = 'bank' AND refund.state = 'pending' AND refund.currency = external.currency
                AND refund.amount = -external.amount
        )
), whole AS (
    SELECT 'one' AS kind, reference AS name, currency, minor_units, made_on, message_id
    FROM open_payment
    WHERE minor_units IN (SELECT minor_units FROM unknown)
    UNION ALL
    SELECT 'file', message_id, currency, CAST(sum(minor_units) AS bigint), made_on, message_id
    FROM open_payment
    GROUP BY message_id, file_id, currency, made_on
    -- What goes back to clients is in the same file: then this sum is not what the bank books.
    HAVING count(*) > 1 AND NOT EXISTS (
        SELECT FROM bank_instruction AS back
        JOIN refund ON refund.reference = back.reference AND refund.rail = 'bank' AND refund.state = 'pending'
        WHERE back.file_id = open_payment.file_id
    )
    UNION ALL
    SELECT 'day', currency || ' ' || made_on, currency, CAST(sum(minor_units) AS bigint), made_on, NULL
    FROM open_payment
    GROUP BY currency, made_on
    HAVING count(DISTINCT file_id) > 1 AND NOT EXISTS (
        SELECT FROM bank_instruction AS back
        JOIN refund ON refund.reference = back.reference AND refund.rail = 'bank' AND refund.state = 'pending'
        JOIN bank_file AS file ON file.id = back.file_id
        WHERE file.currency = open_payment.currency
            AND CAST(file.created_at AT TIME ZONE 'UTC' AS date) = open_payment.made_on
    )
), pair AS MATERIALIZED (
    SELECT unknown.line_id, unknown.other_id, unknown.minor_units, unknown.currency, whole.kind, whole.name,
        whole.made_on, unknown.message_id IS NOT NULL AS is_named,
        count(*) OVER (PARTITION BY unknown.currency, unknown.minor_units) AS crowd
    FROM unknown
    JOIN whole ON whole.currency = unknown.currency AND whole.minor_units = unknown.minor_units
        AND unknown.booked_on BETWEEN whole.made_on AND whole.made_on + CAST(:days AS integer)
        AND (unknown.message_id IS NULL OR whole.message_id = unknown.message_id)
)
SELECT line_id, other_id, minor_units, currency, kind, name, made_on, is_named
FROM pair
WHERE crowd <= :most
UNION ALL
SELECT DISTINCT NULL::bigint, NULL::uuid, minor_units, currency, 'crowded', '', NULL::date, false
FROM pair
WHERE crowd > :most
ORDER BY line_id, kind, name

-- name: members
-- The payments of files and of days, by their names as in `pairs`.
SELECT instruction.reference, instruction.minor_units, file.message_id AS file,
    file.currency || ' ' || CAST(file.created_at AT TIME ZONE 'UTC' AS date) AS day
FROM bank_file AS file
JOIN bank_instruction AS instruction ON instruction.file_id = file.id
JOIN payout ON payout.rail_reference = instruction.reference AND payout.rail = 'bank'
WHERE (
        file.message_id = ANY(CAST(:files AS text[]))
        OR file.currency || ' ' || CAST(file.created_at AT TIME ZONE 'UTC' AS date) = ANY(CAST(:days AS text[]))
    )
    AND payout.state = 'sent' AND instruction.kind = 'transfer' AND instruction.ended_code IS NULL
    AND NOT EXISTS (SELECT FROM bank_line AS own WHERE own.reference = instruction.reference AND own.minor_units < 0)
ORDER BY instruction.reference

-- name: destinations
-- Where each of these payments went.
SELECT reference, destination_id FROM bank_instruction WHERE reference = ANY(CAST(:names AS text[]))
