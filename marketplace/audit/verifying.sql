-- Statements of the verifier. Each answers from one snapshot, so that sealing may go on beside it.

-- name: head
SELECT tree_size, root_hash, note FROM audit_checkpoint ORDER BY tree_size DESC LIMIT 1

-- name: leaves
SELECT leaf.number, leaf.event_id, leaf.hash,
       event.id, event.kind, event.subject_noun, event.subject_id, event.at, event.recorded_at, event.body
FROM audit_leaf leaf LEFT JOIN audit_event event ON event.id = leaf.event_id
WHERE leaf.number >= :start AND leaf.number < :end
ORDER BY leaf.number

-- name: checkpoints
SELECT tree_size, root_hash, note FROM audit_checkpoint WHERE tree_size > :start AND tree_size <= :end

-- name: nodes
-- The nodes that these leaves complete: those of each level whose last leaf is among them.
SELECT node.level, node.position, node.hash
FROM generate_series(1, 62) AS height
JOIN audit_node node ON node.level = height
    AND node.position >= (CAST(:start AS bigint) >> height)
    AND node.position < (CAST(:end AS bigint) >> height)

-- name: leaf_without_head
SELECT number FROM audit_leaf
WHERE number >= (SELECT coalesce(max(tree_size), 0) FROM audit_checkpoint)
ORDER BY number LIMIT 1

-- name: node_outside
SELECT level, position FROM audit_node
WHERE (position + 1) << level > (SELECT coalesce(max(tree_size), 0) FROM audit_checkpoint)
LIMIT 1

-- name: event_lost
SELECT event.id FROM audit_event event
WHERE NOT EXISTS (SELECT FROM audit_leaf leaf WHERE leaf.event_id = event.id)
  AND NOT EXISTS (SELECT FROM audit_pending pending WHERE pending.event_id = event.id)
ORDER BY event.recorded_at LIMIT 1

-- name: pending_wrong
SELECT pending.event_id, event.id IS NULL AS missing
FROM audit_pending pending
LEFT JOIN audit_event event ON event.id = pending.event_id
WHERE event.id IS NULL OR EXISTS (SELECT FROM audit_leaf leaf WHERE leaf.event_id = pending.event_id)
LIMIT 1

-- name: pending_count
SELECT count(*) FROM audit_pending
