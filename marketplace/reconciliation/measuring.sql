-- name: days
-- For each day and each rail's account in a currency: its lines, how many are explained, and how many were so within the
-- days; of the bank also the statements that closed that day, and how many of them follow the one before and add up.
WITH line AS (
    SELECT rail, currency, CAST(occurred_at AT TIME ZONE 'UTC' AS date) AS day, count(*) AS lines,
        count(*) FILTER (WHERE state = 'matched') AS cleared,
        count(*) FILTER (
            WHERE state = 'matched'
                AND CAST(matched_at AT TIME ZONE 'UTC' AS date)
                    <= CAST(occurred_at AT TIME ZONE 'UTC' AS date) + CAST(:timely AS integer)
        ) AS timely
    FROM external_line
    WHERE occurred_at >= CAST(:first AS date) AND occurred_at < CAST(:last AS date) + 1
    GROUP BY 1, 2, 3
), chain AS (
    SELECT id, account, currency, closed_on, opening, closing,
        lag(closing) OVER (PARTITION BY account ORDER BY closed_on, number) AS before
    FROM bank_statement
), statement AS (
    SELECT 'bank' AS rail, chain.currency, chain.closed_on AS day, count(*) AS statements,
        count(*) FILTER (
            WHERE coalesce(chain.before, chain.opening) = chain.opening AND chain.opening + moved.units = chain.closing
        ) AS sound
    FROM chain
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(bank_line.minor_units), 0) AS units FROM bank_line WHERE bank_line.statement_id = chain.id
    ) AS moved
    WHERE chain.closed_on BETWEEN :first AND :last
    GROUP BY chain.currency, chain.closed_on
)
SELECT rail, currency, day, coalesce(lines, 0) AS lines, coalesce(cleared, 0) AS cleared, coalesce(timely, 0) AS timely,
    coalesce(statements, 0) AS statements, coalesce(sound, 0) AS sound
FROM line
FULL JOIN statement USING (rail, currency, day)
ORDER BY day DESC, rail, currency
LIMIT :most
