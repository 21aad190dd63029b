-- name: transfers
-- Each unexplained line of the bank beside each line of another rail, and each day's lines of one rail, that show the
-- same money of ours on its way between the two. Where a payment, a file's or a day's payments, a refund or a deposit of
-- that amount waits, it is not this.
WITH waiting AS MATERIALIZED (
    SELECT coalesce(payout.paid_currency, payout.currency) AS currency,
        coalesce(payout.paid_amount, payout.amount - payout.withheld) AS amount, file.id AS file_id,
        CAST(file.created_at AT TIME ZONE 'UTC' AS date) AS made_on
    FROM payout
    LEFT JOIN bank_instruction AS instruction ON instruction.reference = payout.rail_reference
    -- A payment of which a statement has a line of its own is in no other.
    LEFT JOIN bank_file AS file ON file.id = instruction.file_id AND NOT EXISTS (
        SELECT FROM bank_line AS own WHERE own.reference = instruction.reference AND own.minor_units < 0
    )
    WHERE payout.rail = 'bank' AND payout.state = 'sent'
), ordered AS MATERIALIZED (
    SELECT currency, amount FROM waiting
    UNION
    SELECT currency, CAST(sum(amount) AS bigint) FROM waiting WHERE file_id IS NOT NULL GROUP BY currency, file_id
    UNION
    SELECT currency, CAST(sum(amount) AS bigint) FROM waiting WHERE file_id IS NOT NULL GROUP BY currency, made_on
    UNION
    SELECT currency, amount FROM refund WHERE rail = 'bank' AND state = 'pending'
), unknown AS MATERIALIZED (
    SELECT id, currency, amount, CAST(occurred_at AT TIME ZONE 'UTC' AS date) AS day
    FROM external_line
    WHERE rail = 'bank' AND state <> 'matched' AND kind = 'other'
        AND NOT EXISTS (
            SELECT FROM ordered
            WHERE ordered.currency = external_line.currency AND ordered.amount = -external_line.amount
        )
        AND NOT EXISTS (
            SELECT FROM deposit
            WHERE deposit.rail = 'bank' AND deposit.state = 'pending' AND deposit.currency = external_line.currency
                AND deposit.amount = external_line.amount
        )
), way AS MATERIALIZED (
    SELECT line.id, line.rail, line.currency, -line.amount AS amount,
        CAST(line.occurred_at AT TIME ZONE 'UTC' AS date) AS day
    FROM external_line AS line
    WHERE line.rail <> 'bank' AND line.kind IN ('to_bank', 'from_bank') AND line.state = 'matched'
        AND line.occurred_at >= (SELECT min(day) FROM unknown) - make_interval(days => :days)
        AND NOT EXISTS (
            SELECT FROM line_match_transfer AS shown
            JOIN line_match ON line_match.id = shown.match_id
            WHERE shown.line_id = line.id AND line_match.state IN ('proposed', 'done', 'undo_asked')
        )
), whole AS (
    SELECT ARRAY[id] AS ids, currency, amount, day FROM way
    UNION ALL
    SELECT array_agg(id ORDER BY id), currency, CAST(sum(amount) AS bigint), day
    FROM way
    GROUP BY rail, currency, sign(amount), day
    HAVING count(*) > 1
), pair AS (
    SELECT unknown.id AS line_id, whole.ids, whole.day, whole.currency, whole.amount
    FROM unknown
    -- What left a rail comes to the bank later, what left the bank came from it before.
    JOIN whole ON whole.currency = unknown.currency AND whole.amount = unknown.amount AND CASE
        WHEN unknown.amount > 0 THEN unknown.day BETWEEN whole.day AND whole.day + CAST(:days AS integer)
        ELSE unknown.day BETWEEN whole.day - CAST(:days AS integer) AND whole.day
    END
), counted AS (
    SELECT part.transfer_id, count(*) AS shown FROM pair, unnest(pair.ids) AS part (transfer_id) GROUP BY 1
)
SELECT min(CAST(pair.line_id AS text)) AS line_id, pair.ids, pair.day, pair.currency, pair.amount
FROM pair
WHERE NOT EXISTS (SELECT FROM counted WHERE counted.transfer_id = ANY (pair.ids) AND counted.shown > 1)
    AND (SELECT count(*) FROM pair AS other WHERE other.line_id = pair.line_id) = 1
    -- What people called our own money on those days may have been this.
    AND NOT EXISTS (
        SELECT FROM line_match
        JOIN external_line AS said ON said.id = line_match.line_id
        WHERE line_match.kind = 'transit' AND line_match.way = 'by_hand'
            AND line_match.state IN ('proposed', 'done', 'undo_asked')
            AND line_match.currency = pair.currency AND sign(line_match.amount) = sign(pair.amount)
            AND CAST(said.occurred_at AT TIME ZONE 'UTC' AS date) BETWEEN pair.day - CAST(:days AS integer)
                AND pair.day + CAST(:days AS integer)
    )
GROUP BY pair.ids, pair.day, pair.currency, pair.amount
ORDER BY 1
