-- The sealer's statements; all run under its advisory lock.

-- name: head
SELECT tree_size, root_hash, note FROM audit_checkpoint ORDER BY tree_size DESC LIMIT 1

-- name: take
-- Takes what is pending now, oldest first. Never a cursor on a sequence or a time: a transaction that commits late
-- would be skipped for ever, while here it is simply still in the queue.
WITH batch AS (
    DELETE FROM audit_pending pending
    USING (SELECT recorded_at, event_id FROM audit_pending ORDER BY recorded_at, event_id LIMIT :batch_size) oldest
    WHERE pending.recorded_at = oldest.recorded_at AND pending.event_id = oldest.event_id
    RETURNING pending.recorded_at, pending.event_id
)
SELECT batch.event_id, event.body
FROM batch LEFT JOIN audit_event event ON event.id = batch.event_id
ORDER BY batch.recorded_at, batch.event_id

-- name: take_one
WITH batch AS (DELETE FROM audit_pending WHERE event_id = :event_id RETURNING event_id)
SELECT batch.event_id, event.body FROM batch LEFT JOIN audit_event event ON event.id = batch.event_id

-- name: add_leaves
INSERT INTO audit_leaf (number, event_id, hash)
SELECT :first_number + ordinality - 1, event_id, hash
FROM unnest(CAST(:event_ids AS uuid[]), CAST(:hashes AS bytea[])) WITH ORDINALITY AS leaf (event_id, hash, ordinality)

-- name: add_readers
INSERT INTO audit_reader (reader_id, leaf_number)
SELECT DISTINCT reader_id, leaf.number
FROM audit_leaf leaf
JOIN audit_event event ON event.id = leaf.event_id
CROSS JOIN unnest(event.organization_ids || event.person_ids) AS reader_id
WHERE leaf.number >= :first_number

-- name: add_nodes
INSERT INTO audit_node (level, position, hash)
SELECT level, position, hash
FROM unnest(CAST(:levels AS smallint[]), CAST(:positions AS bigint[]), CAST(:hashes AS bytea[]))
     AS node (level, position, hash)

-- name: add_checkpoint
INSERT INTO audit_checkpoint (tree_size, root_hash, note, sealed_at)
VALUES (:tree_size, :root_hash, :note, statement_timestamp())
RETURNING sealed_at
