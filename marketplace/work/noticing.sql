-- name: without_notice
-- A batch of the same contract and rate at a higher pay, open or withdrawn of late, on which no notice of so low a pay
-- was given in time.
SELECT batch.id, batch.pay_amount
FROM batch
LEFT JOIN batch_withdrawal ON batch_withdrawal.batch_id = batch.id
WHERE batch.contract_id = :contract_id AND batch.rate_code = :rate_code AND batch.currency = :currency
  AND batch.pay_amount > :pay
  AND ((batch.state = 'open' AND EXISTS (SELECT 1 FROM seat WHERE seat.batch_id = batch.id AND seat.state = 'open'))
       OR batch_withdrawal.withdrawn_at > market_now() - :notice)
  AND NOT EXISTS (
      SELECT 1 FROM rate_notice
      WHERE rate_notice.batch_id = batch.id AND rate_notice.pay_amount <= :pay
        AND rate_notice.effective_at <= market_now())
ORDER BY batch.pay_amount DESC
LIMIT 1

-- name: any_prelabel
SELECT EXISTS (
    SELECT 1 FROM item
    WHERE item.job_id = :job_id AND item.rate_code = :rate_code
      AND item.ordinal >= :first AND item.ordinal < :beyond AND item.prelabel IS NOT NULL)
