-- Rests of payouts.

-- name: rests_alone
-- Workers with a minor unit or more on 2130 that no installment accounts for, whom nothing keeps from being paid it.
SELECT account.owner_id AS payee_id, account.currency, left_over.last_at
FROM account
JOIN account_balance ON account_balance.account_id = account.id
JOIN payout_destination AS destination
    ON destination.payee_id = account.owner_id AND destination.rail = :rail AND destination.payee_kind = 'worker'
    AND destination.stopped_at IS NULL
CROSS JOIN LATERAL (
    SELECT max(payout.settled_at) FILTER (WHERE payout.state = ANY (CAST(:paid AS text[]))) AS last_at,
        coalesce(bool_or(payout.state = ANY (CAST(:live AS text[]))), false) AS is_paying
    FROM payout
    WHERE payout.payee_kind = 'worker' AND payout.payee_id = account.owner_id AND payout.currency = account.currency
) AS left_over
WHERE account.code = :pay_due
    AND account_balance.balance >= :minor_unit
    AND left_over.last_at IS NOT NULL
    AND NOT left_over.is_paying
    AND NOT EXISTS (
        SELECT
        FROM installment
        WHERE installment.payee_kind = 'worker'
            AND installment.payee_id = account.owner_id
            AND installment.currency = account.currency
            AND (
                installment.state IN ('due', 'advanced')
                OR (installment.state = 'scheduled' AND CAST(left_over.last_at AT TIME ZONE 'UTC' AS date) > :waited_since)
            )
    )
    AND NOT EXISTS (
        SELECT
        FROM pay_hold
        WHERE pay_hold.payee_id = account.owner_id
            AND pay_hold.released_at IS NULL
            AND pay_hold.installment_ids IS NULL
            AND (pay_hold.ends_on IS NULL OR pay_hold.ends_on > :today)
    )
    AND NOT EXISTS (
        SELECT
        FROM payout
        JOIN payout_event ON payout_event.payout_id = payout.id AND payout_event.at >= destination.changed_at
        WHERE payout.payee_kind = 'worker'
            AND payout.payee_id = account.owner_id
            AND payout.rail = :rail
            AND (
                payout_event.kind = 'returned'
                OR (payout_event.kind = 'refused' AND payout_event.body ->> 'code' = ANY (CAST(:codes AS text[])))
            )
    )
ORDER BY account.owner_id, account.currency
LIMIT :most
