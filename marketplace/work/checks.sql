-- name: seats_not_held_once
-- Rule 5: a seat that is claimed or done has exactly one claim that keeps it, any other has none.
SELECT seat.task_id, seat.state, count(claim.id) AS claims
FROM seat LEFT JOIN claim ON claim.seat_id = seat.id AND claim.state = ANY(CAST(:holding_states AS text[]))
GROUP BY seat.id, seat.task_id, seat.state
HAVING count(claim.id) <> CASE WHEN seat.state IN ('claimed', 'done') THEN 1 ELSE 0 END

-- name: batches_miscounted
-- Rule 3: what a batch says of its seats and items is what there is.
SELECT batch.id AS batch_id, batch.seats_released, coalesce(seats.released, 0) AS released,
       batch.seats_withdrawn, coalesce(seats.withdrawn, 0) AS withdrawn, batch.item_count, tasks.items
FROM batch
LEFT JOIN (SELECT batch_id, count(*) AS released, count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn
           FROM seat WHERE NOT late GROUP BY batch_id) AS seats ON seats.batch_id = batch.id
LEFT JOIN (SELECT batch_id, sum(item_count) AS items FROM task GROUP BY batch_id) AS tasks ON tasks.batch_id = batch.id
WHERE batch.seats_released <> coalesce(seats.released, 0) OR batch.seats_withdrawn <> coalesce(seats.withdrawn, 0)
   OR batch.item_count IS DISTINCT FROM tasks.items

-- name: answered_twice
SELECT answer.item_id, claim.worker_id, count(*) AS answers
FROM overlap_item
JOIN answer ON answer.item_id = overlap_item.item_id
JOIN claim ON claim.id = answer.claim_id
GROUP BY answer.item_id, claim.worker_id
HAVING count(*) > 1
LIMIT 100

-- name: beyond_the_most
-- An item that waits or is in an extension: seats of its tasks that were not taken back, and what is held for it.
SELECT overlap_item.item_id, given.answers + (overlap_item.state = 'extended')::int AS asked,
       overlap_item.answers_held AS held, batch.answers_max
FROM overlap_item
JOIN batch ON batch.id = overlap_item.root_batch_id
CROSS JOIN LATERAL (
    SELECT count(*) AS answers FROM answer JOIN claim ON claim.id = answer.claim_id
    WHERE answer.item_id = overlap_item.item_id
      AND (overlap_item.state <> 'extended' OR claim.task_id <> overlap_item.task_id)) AS given
WHERE given.answers + (overlap_item.state = 'extended')::int + overlap_item.answers_held > batch.answers_max
LIMIT 100
