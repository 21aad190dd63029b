-- Who has which claim in hand. The rows are soft: they bind nobody and end by themselves.

-- name: reserve
-- Takes it unless another has it in hand; says nothing then.
INSERT INTO review_reservation (claim_id, person_id, reserved_until)
VALUES (:claim_id, :person_id, :until)
ON CONFLICT (claim_id) DO UPDATE SET person_id = excluded.person_id, reserved_until = excluded.reserved_until
WHERE review_reservation.reserved_until <= :now OR review_reservation.person_id = excluded.person_id
RETURNING claim_id

-- name: forget
DELETE FROM review_reservation
WHERE claim_id IN (
    SELECT claim_id FROM review_reservation
    WHERE reserved_until < CAST(:now AS timestamptz) - interval '1 hour'
    LIMIT 20 FOR UPDATE SKIP LOCKED)
