-- The invariants of settlement; each statement returns what breaks one, at most 100 rows.

-- name: price_not_met
-- I2: fee, margins and pay of a paid answer are its price; an answer that is not paid earns nothing.
WITH earned AS (
    SELECT earning.answer_id, sum(earning.amount) AS amount
    FROM earning
    GROUP BY earning.answer_id
)
SELECT answer.id AS answer_id, answer.state, price_chain.client_price_amount AS price, price_chain.fee_amount AS fee,
    coalesce(earned.amount, 0) AS earned
FROM answer
JOIN price_chain ON price_chain.id = answer.price_chain_id
LEFT JOIN earned ON earned.answer_id = answer.id
WHERE coalesce(earned.amount, 0) <> CASE
    WHEN answer.state = ANY (CAST(:paid_states AS text[]))
    THEN price_chain.client_price_amount - price_chain.fee_amount
    ELSE 0
END
ORDER BY answer.id
LIMIT 100;

-- name: earning_not_shared
-- I4: the shares of an earning sum to it.
SELECT earning.id AS earning_id, earning.amount, coalesce(sum(earning_share.amount), 0) AS shared
FROM earning
LEFT JOIN earning_share ON earning_share.earning_id = earning.id
GROUP BY earning.id
HAVING coalesce(sum(earning_share.amount), 0) <> earning.amount
ORDER BY earning.id
LIMIT 100;

-- name: installment_not_earned
-- I4: an installment is the sum of its shares, all of earnings of its own payee and contract.
SELECT installment.id AS installment_id, installment.amount, coalesce(sum(earning.share), 0) AS earned
FROM installment
LEFT JOIN LATERAL (
    SELECT earning_share.amount AS share
    FROM earning_share
    JOIN earning ON earning.id = earning_share.earning_id
    WHERE earning_share.installment_id = installment.id
        AND earning.payee_kind = installment.payee_kind
        AND earning.payee_id = installment.payee_id
        AND earning.contract_id = installment.contract_id
        AND earning.currency = installment.currency
) AS earning ON true
GROUP BY installment.id
HAVING coalesce(sum(earning.share), 0) <> installment.amount
ORDER BY installment.id
LIMIT 100;

-- name: deferred_not_scheduled
-- 2110 and 2120 hold exactly what is scheduled of each payee, contract and day.
WITH scheduled AS (
    SELECT installment.payee_kind, installment.payee_id, installment.contract_id, installment.due_on,
        installment.currency, sum(installment.amount) AS amount
    FROM installment
    WHERE installment.state = 'scheduled'
    GROUP BY 1, 2, 3, 4, 5
), deferred AS (
    SELECT CASE account.code WHEN :pay_deferred THEN 'worker' ELSE 'layer' END AS payee_kind,
        account.owner_id AS payee_id, account.contract_id, account.due_on, account.currency,
        account_balance.balance AS amount
    FROM account
    JOIN account_balance ON account_balance.account_id = account.id
    WHERE account.code IN (:pay_deferred, :margin_deferred) AND account_balance.balance <> 0
)
SELECT payee_kind, payee_id, contract_id, due_on, currency, coalesce(scheduled.amount, 0) AS scheduled,
    coalesce(deferred.amount, 0) AS deferred
FROM scheduled
FULL JOIN deferred USING (payee_kind, payee_id, contract_id, due_on, currency)
WHERE scheduled.amount IS DISTINCT FROM deferred.amount
ORDER BY payee_kind, payee_id, contract_id, due_on
LIMIT 100;

-- name: reserve_not_committed
-- I19: committed is the price of every answer of released seats that is neither paid nor finally refused, and the
-- reserve holds at least that much.
WITH released AS (
    SELECT seat.id AS seat_id, batch.job_id, task.item_count, price_chain.client_price_amount AS price
    FROM seat
    JOIN task ON task.id = seat.task_id
    JOIN batch ON batch.id = seat.batch_id
    JOIN price_chain ON price_chain.id = batch.price_chain_id
    WHERE seat.state <> 'withdrawn'
), ended AS (
    SELECT claim.seat_id, count(*) AS answers
    FROM claim
    JOIN answer ON answer.claim_id = claim.id
    WHERE claim.state = ANY (CAST(:holding_states AS text[]))
        AND answer.state = ANY (CAST(:final_states AS text[]))
    GROUP BY claim.seat_id
), wanted AS (
    SELECT released.job_id, sum(released.price * (released.item_count - coalesce(ended.answers, 0))) AS amount
    FROM released
    LEFT JOIN ended ON ended.seat_id = released.seat_id
    GROUP BY released.job_id
), held AS (
    SELECT account.owner_id AS job_id, account_balance.balance AS amount
    FROM account
    JOIN account_balance ON account_balance.account_id = account.id
    WHERE account.code = :job_reserve
)
SELECT job_reserve.job_id, job_reserve.committed_amount AS committed, coalesce(wanted.amount, 0) AS wanted,
    coalesce(held.amount, 0) AS held
FROM job_reserve
LEFT JOIN wanted ON wanted.job_id = job_reserve.job_id
LEFT JOIN held ON held.job_id = job_reserve.job_id
WHERE job_reserve.committed_amount <> coalesce(wanted.amount, 0)
    OR job_reserve.committed_amount > coalesce(held.amount, 0)
ORDER BY job_reserve.job_id
LIMIT 100;
