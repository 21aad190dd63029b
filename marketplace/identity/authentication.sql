-- Who asks: one statement for each way of asking, real time by the database's clock.

-- name: actor_for_key
WITH found AS (
    SELECT k.id, k.person_id, k.organization_id, k.scopes, k.last_used_at,
           p.name AS person_name, o.kind AS organization_kind, o.state AS organization_state
      FROM api_key k
      JOIN person p ON p.id = k.person_id
      LEFT JOIN organization o ON o.id = k.organization_id
     WHERE k.secret_hash = :secret_hash
       AND k.revoked_at IS NULL
       AND (k.expires_at IS NULL OR k.expires_at > statement_timestamp())
), stale AS (
    -- The last use is kept to five minutes, and a row that another request is just stamping is left to it: a key
    -- used a thousand times a second must not be a hot row.
    SELECT k.id
      FROM api_key k
     WHERE k.id = (SELECT id FROM found
                    WHERE last_used_at IS NULL OR last_used_at < statement_timestamp() - interval '5 minutes')
       FOR NO KEY UPDATE SKIP LOCKED
), stamped AS (
    UPDATE api_key SET last_used_at = statement_timestamp() FROM stale WHERE api_key.id = stale.id
)
SELECT found.id, found.person_id, found.organization_id, found.scopes,
       found.person_name, found.organization_kind, found.organization_state,
       CASE WHEN found.organization_id IS NULL
            THEN ARRAY(SELECT 'worker' FROM worker w WHERE w.person_id = found.person_id)
            ELSE ARRAY(SELECT m.role FROM membership m
                        WHERE m.person_id = found.person_id AND m.organization_id = found.organization_id)
       END AS roles
  FROM found;

-- name: actor_for_session
SELECT s.id, s.person_id, s.organization_id, NULL::text[] AS scopes,
       p.name AS person_name, o.kind AS organization_kind, o.state AS organization_state,
       CASE WHEN s.organization_id IS NULL
            THEN ARRAY(SELECT 'worker' FROM worker w WHERE w.person_id = s.person_id)
            ELSE ARRAY(SELECT m.role FROM membership m
                        WHERE m.person_id = s.person_id AND m.organization_id = s.organization_id)
       END AS roles
  FROM web_session s
  JOIN person p ON p.id = s.person_id
  LEFT JOIN organization o ON o.id = s.organization_id
 WHERE s.secret_hash = :secret_hash
   AND s.face = :face
   AND s.revoked_at IS NULL
   AND s.expires_at > statement_timestamp();

-- name: actor_of_person
SELECT p.id AS person_id, CAST(:organization_id AS uuid) AS organization_id, NULL::text[] AS scopes,
       p.name AS person_name, o.kind AS organization_kind, o.state AS organization_state,
       CASE WHEN CAST(:organization_id AS uuid) IS NULL
            THEN ARRAY(SELECT 'worker' FROM worker w WHERE w.person_id = p.id)
            ELSE ARRAY(SELECT m.role FROM membership m
                        WHERE m.person_id = p.id AND m.organization_id = CAST(:organization_id AS uuid))
       END AS roles
  FROM person p
  LEFT JOIN organization o ON o.id = CAST(:organization_id AS uuid)
 WHERE p.id = :person_id;
