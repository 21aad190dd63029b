-- The family of a key.

-- name: made_with
-- A key, all that were issued with it or with one of these, and, if it leaked, what any of them was rotated to.
WITH RECURSIVE found (id) AS (
    SELECT CAST(:id AS uuid)
    UNION
    SELECT made.id
      FROM found
      JOIN api_key known ON known.id = found.id
      JOIN api_key made ON made.issued_with_key_id = known.id
                        OR (CAST(:leaked AS boolean) AND made.id = known.replaced_by_key_id)
)
SELECT id FROM found;
