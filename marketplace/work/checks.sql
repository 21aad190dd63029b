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
           FROM seat GROUP BY batch_id) AS seats ON seats.batch_id = batch.id
LEFT JOIN (SELECT batch_id, sum(item_count) AS items FROM task GROUP BY batch_id) AS tasks ON tasks.batch_id = batch.id
WHERE batch.seats_released <> coalesce(seats.released, 0) OR batch.seats_withdrawn <> coalesce(seats.withdrawn, 0)
   OR batch.item_count IS DISTINCT FROM tasks.items
