-- The invariants of settlement; each statement returns what breaks one, at most 100 rows.

-- name: price_not_met
-- I2: fee, margins and pay of a paid answer are its price; an answer that is not paid earns nothing. One that was
-- accepted in error earned it all, and its whole acceptance was mirrored; no other's was.
WITH earned AS (
    SELECT earning.answer_id, sum(earning.amount) AS amount, bool_or(mirror.id IS NOT NULL) AS mirrored
    FROM earning
    LEFT JOIN acceptance_mirror AS mirror ON mirror.journal_id = earning.journal_id AND mirror.state = 'confirmed'
    GROUP BY earning.answer_id
)
SELECT answer.id AS answer_id, answer.state, price_chain.client_price_amount AS price, price_chain.fee_amount AS fee,
    coalesce(earned.amount, 0) AS earned
FROM answer
JOIN price_chain ON price_chain.id = answer.price_chain_id
LEFT JOIN earned ON earned.answer_id = answer.id
WHERE coalesce(earned.amount, 0) <> CASE
    WHEN answer.state = ANY (CAST(:paid_states AS text[])) OR answer.state = 'accepted_in_error'
    THEN price_chain.client_price_amount - price_chain.fee_amount
    ELSE 0
END
OR coalesce(earned.mirrored, false) <> (answer.state = 'accepted_in_error')
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
-- I4: an installment is the sum of its shares, all of earnings and extras of its own payee and contract, less what
-- extras and quality claims took from it, and less a layer's shares of what was accepted in error.
SELECT installment.id AS installment_id, installment.amount, earned.amount + added.amount - taken.amount AS earned
FROM installment
CROSS JOIN LATERAL (
    SELECT coalesce(sum(earning_share.amount), 0) AS amount
    FROM earning_share
    JOIN earning ON earning.id = earning_share.earning_id
    WHERE earning_share.installment_id = installment.id
        AND NOT (
            earning.payee_kind = 'layer'
            AND EXISTS (
                SELECT FROM acceptance_mirror AS mirror
                WHERE mirror.journal_id = earning.journal_id AND mirror.state = 'confirmed'
            )
        )
        AND earning.payee_kind = installment.payee_kind
        AND earning.payee_id = installment.payee_id
        AND earning.contract_id = installment.contract_id
        AND earning.currency = installment.currency
) AS earned
CROSS JOIN LATERAL (
    SELECT coalesce(sum(extra_share.amount), 0) AS amount
    FROM extra_share
    JOIN extra ON extra.id = extra_share.extra_id
    WHERE extra_share.installment_id = installment.id
        AND installment.payee_kind = 'worker'
        AND extra.worker_id = installment.payee_id
        AND extra.contract_id = installment.contract_id
        AND extra.currency = installment.currency
) AS added
CROSS JOIN LATERAL (
    SELECT coalesce(sum(extra_charge.amount), 0) AS amount
    FROM extra_charge
    WHERE extra_charge.installment_id = installment.id AND installment.payee_kind = 'layer'
) AS taken
WHERE earned.amount + added.amount - taken.amount <> installment.amount
ORDER BY installment.id
LIMIT 100;

-- name: extra_not_met
-- E3: what an extra owes is paid or still open; what a layer's paid came from its margins, or from the fund, to which
-- the layer then owes it or has paid it back, or which the platform made whole.
SELECT extra.id AS extra_id, extra.amount, extra.unpaid_amount AS unpaid, paid.amount AS paid,
    charged.to_worker, extra.recourse_amount AS recourse, charged.to_fund
FROM extra
CROSS JOIN LATERAL (
    SELECT coalesce(sum(extra_share.amount), 0) AS amount FROM extra_share WHERE extra_share.extra_id = extra.id
) AS paid
CROSS JOIN LATERAL (
    SELECT coalesce(sum(extra_charge.amount) FILTER (WHERE extra_charge.paid_to = 'worker'), 0) AS to_worker,
        coalesce(sum(extra_charge.amount) FILTER (WHERE extra_charge.paid_to = 'fund'), 0) AS to_fund
    FROM extra_charge
    WHERE extra_charge.extra_id = extra.id
) AS charged
WHERE paid.amount + extra.unpaid_amount <> extra.amount
    OR (
        extra.kind = ANY (CAST(:layer_kinds AS text[]))
        AND charged.to_worker + charged.to_fund + extra.recourse_amount + extra.written_off_amount <> paid.amount
    )
ORDER BY extra.id
LIMIT 100;

-- name: allowance_not_met
-- E3: what was spent of a job's allowance is what was paid from it, and what is committed for gold answers.
WITH paid AS (
    SELECT job_id, sum(amount) AS amount
    FROM (
        SELECT job_id, amount FROM extra WHERE kind <> ALL (CAST(:layer_kinds AS text[]))
        UNION ALL
        SELECT job_id, amount FROM gold_draw WHERE state = 'open'
    ) AS parts
    GROUP BY job_id
)
SELECT job_reserve.job_id, job_reserve.allowance_spent_amount AS spent, coalesce(paid.amount, 0) AS paid
FROM job_reserve
LEFT JOIN paid ON paid.job_id = job_reserve.job_id
WHERE job_reserve.allowance_spent_amount <> coalesce(paid.amount, 0)
ORDER BY job_reserve.job_id
LIMIT 100;

-- name: recourse_not_met
-- E3: account 1210 of a layer is what its extras say it owes to the guarantee fund.
WITH owed AS (
    SELECT extra.debtor_organization_id AS organization_id, extra.currency, sum(extra.recourse_amount) AS amount
    FROM extra
    WHERE extra.debtor_organization_id IS NOT NULL
    GROUP BY 1, 2
), booked AS (
    SELECT account.owner_id AS organization_id, account.currency, sum(side.amount) AS amount
    FROM account
    JOIN (
        SELECT debit_account_id AS account_id, amount FROM posting
        UNION ALL
        SELECT credit_account_id, -amount FROM posting
    ) AS side ON side.account_id = account.id
    WHERE account.code = :recourse_receivable
    GROUP BY 1, 2
)
SELECT organization_id, currency, coalesce(owed.amount, 0) AS owed, coalesce(booked.amount, 0) AS booked
FROM owed
FULL JOIN booked USING (organization_id, currency)
WHERE coalesce(owed.amount, 0) <> coalesce(booked.amount, 0)
ORDER BY organization_id, currency
LIMIT 100;

-- name: quality_claim_not_met
-- E7: what an upheld quality claim brought back, what the layer still owes of it, and what was written off are its
-- amount; that is at most the job's share of what the claimant pays for the answers (looked up where it is the client),
-- of which no other claim stands or was upheld.
SELECT quality_claim.id AS quality_claim_id, quality_claim.state, quality_claim.amount,
    quality_claim.uncollected_amount AS uncollected, quality_claim.written_off_amount AS written_off,
    charged.amount AS charged, answers.most
FROM quality_claim
JOIN job ON job.id = quality_claim.job_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(extra_charge.amount), 0) AS amount
    FROM extra_charge
    JOIN installment ON installment.id = extra_charge.installment_id
    WHERE extra_charge.quality_claim_id = quality_claim.id
        AND installment.payee_kind = 'layer'
        AND installment.payee_id = quality_claim.against_organization_id
) AS charged
CROSS JOIN LATERAL (
    SELECT trunc(sum(chain.client_price_amount - chain.fee_amount) * job.quality_share_ppm / 1000000) AS most,
        bool_and(of.stands) AS all_stand, bool_or(of.stands) AS any_stands
    FROM quality_claim_answer AS of
    JOIN answer ON answer.id = of.answer_id
    JOIN price_chain AS chain ON chain.id = answer.price_chain_id
    WHERE of.quality_claim_id = quality_claim.id
) AS answers
WHERE quality_claim.amount - quality_claim.uncollected_amount - quality_claim.written_off_amount <> charged.amount
    OR (quality_claim.claimant_organization_id = job.organization_id AND quality_claim.asked_amount > answers.most)
    OR answers.all_stand IS DISTINCT FROM (quality_claim.state IN ('open', 'contested', 'upheld'))
    OR answers.any_stands <> answers.all_stand
ORDER BY quality_claim.id
LIMIT 100;

-- name: margin_of_another
-- E4: a margin is of who sold under its contract when the answer was accepted: the layer in the answer's price chain,
-- or one to which the contract went on from it.
SELECT earning.id AS earning_id, earning.payee_id AS organization_id
FROM earning
JOIN answer ON answer.id = earning.answer_id
JOIN journal ON journal.id = earning.journal_id
JOIN contract ON contract.id = earning.contract_id
JOIN price_chain_line AS line ON line.chain_id = answer.price_chain_id AND line.contract_id = earning.contract_id
WHERE earning.payee_kind = 'layer'
    AND (
        earning.payee_id <> coalesce(
            (
                SELECT change.former_organization_id
                FROM contract_seller_change AS change
                WHERE change.contract_id = earning.contract_id AND change.changed_at > journal.recorded_at
                ORDER BY change.changed_at
                LIMIT 1
            ),
            (
                SELECT change.successor_organization_id
                FROM contract_seller_change AS change
                WHERE change.contract_id = earning.contract_id
                ORDER BY change.changed_at DESC
                LIMIT 1
            ),
            contract.seller_organization_id
        )
        OR (
            earning.payee_id <> line.organization_id
            AND NOT EXISTS (
                SELECT FROM contract_seller_change AS gone
                WHERE gone.contract_id = earning.contract_id
                    AND gone.former_organization_id = line.organization_id
            )
        )
    )
ORDER BY earning.id
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
-- I19: committed is the price of every answer of released seats that is neither paid nor finally refused, and of every
-- further answer that an item may still want, and the pay of gold answers not paid yet; the reserve holds as much.
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
), kept_back AS (
    SELECT batch_id, answers_held FROM task WHERE answers_held > 0
    UNION ALL
    SELECT root_batch_id, answers_held FROM overlap_item WHERE answers_held > 0
), drawn AS (
    SELECT job_id, amount FROM gold_draw WHERE state = 'open'
), needed AS (
    SELECT released.job_id, released.price * (released.item_count - coalesce(ended.answers, 0)) AS amount
    FROM released
    LEFT JOIN ended ON ended.seat_id = released.seat_id
    UNION ALL
    SELECT batch.job_id, price_chain.client_price_amount * kept_back.answers_held
    FROM kept_back
    JOIN batch ON batch.id = kept_back.batch_id
    JOIN price_chain ON price_chain.id = batch.price_chain_id
    UNION ALL
    SELECT job_id, amount FROM drawn
), wanted AS (
    SELECT job_id, sum(amount) AS amount
    FROM needed
    GROUP BY job_id
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

-- name: unclaimed_not_met
-- E5: 2170 holds the unclaimed installments of its currency.
WITH owed AS (
    SELECT currency, sum(amount) AS amount FROM installment WHERE state = 'unclaimed' GROUP BY currency
), books AS (
    SELECT account.currency, account_balance.balance AS amount
    FROM account
    JOIN account_balance ON account_balance.account_id = account.id
    WHERE account.code = :unclaimed
)
SELECT currency, coalesce(owed.amount, 0) AS owed, coalesce(books.amount, 0) AS books
FROM owed
FULL JOIN books USING (currency)
WHERE coalesce(owed.amount, 0) <> coalesce(books.amount, 0)
ORDER BY currency
LIMIT 100;
