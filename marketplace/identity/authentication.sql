-- Who asks: one statement for each way of asking, real time by the database's clock.

-- name: actor_for_key
SELECT k.person_id, k.organization_id, k.scopes,
       p.name AS person_name, o.kind AS organization_kind, o.state AS organization_state,
       CASE WHEN k.organization_id IS NULL
            THEN ARRAY(SELECT 'worker' FROM worker w WHERE w.person_id = k.person_id)
            ELSE ARRAY(SELECT m.role FROM membership m
                        WHERE m.person_id = k.person_id AND m.organization_id = k.organization_id)
       END AS roles,
       k.id, k.last_used_at IS NULL OR k.last_used_at < statement_timestamp() - interval '5 minutes' AS use_is_stale
  FROM api_key k
  JOIN person p ON p.id = k.person_id
  LEFT JOIN organization o ON o.id = k.organization_id
 WHERE k.secret_hash = :secret_hash
   AND k.revoked_at IS NULL
   AND (k.expires_at IS NULL OR k.expires_at > statement_timestamp());

-- name: stamp_key
-- The last use is kept to five minutes, and a row that another request is just stamping is left to it: a key used a
-- thousand times a second must not be a hot row.
UPDATE api_key SET last_used_at = statement_timestamp()
 WHERE id = (SELECT id FROM api_key WHERE id = :id FOR NO KEY UPDATE SKIP LOCKED);

-- name: actor_for_session
SELECT s.person_id, s.organization_id, NULL::text[] AS scopes,
       p.name AS person_name, o.kind AS organization_kind, o.state AS organization_state,
       CASE WHEN s.organization_id IS NULL
            THEN ARRAY(SELECT 'worker' FROM worker w WHERE w.person_id = s.person_id)
            ELSE ARRAY(SELECT m.role FROM membership m
                        WHERE m.person_id = s.person_id AND m.organization_id = s.organization_id)
       END AS roles,
       s.id AS session_id, s.identity_provider_id IS NOT NULL AS through_provider,
       s.last_seen_at IS NULL OR s.last_seen_at < statement_timestamp() - interval '5 minutes' AS sight_is_stale
  FROM web_session s
  JOIN person p ON p.id = s.person_id
  LEFT JOIN organization o ON o.id = s.organization_id
 WHERE s.secret_hash = :secret_hash
   AND s.face = :face
   AND s.revoked_at IS NULL
   AND s.expires_at > statement_timestamp();

-- name: stamp_session
UPDATE web_session SET last_seen_at = statement_timestamp()
 WHERE id = (SELECT id FROM web_session WHERE id = :id FOR NO KEY UPDATE SKIP LOCKED);

-- name: actor_for_look
-- Whose pages a member of the platform's staff looks at, and what says whether they may still: the look goes on no
-- longer than their own session, and with it their organization. Asked for by the cookie, or by the id in a link.
SELECT l.person_id, l.organization_id, NULL::text[] AS scopes,
       p.name AS person_name, o.kind AS organization_kind, o.state AS organization_state,
       CASE WHEN l.organization_id IS NULL
            THEN ARRAY(SELECT 'worker' FROM worker w WHERE w.person_id = l.person_id)
            ELSE ARRAY(SELECT m.role FROM membership m
                        WHERE m.person_id = l.person_id AND m.organization_id = l.organization_id)
       END AS roles,
       l.id, l.staff_person_id, l.reason, l.began_at, l.expires_at, p.language, o.name AS organization_name,
       ARRAY(SELECT m.role FROM membership m
              WHERE m.person_id = l.staff_person_id AND m.organization_id = platform.id) AS staff_roles,
       ARRAY(SELECT m.role FROM membership m JOIN organization of_role ON of_role.id = m.organization_id
              WHERE m.person_id = l.person_id AND of_role.kind = 'platform') AS platform_roles
  FROM look l
  JOIN person p ON p.id = l.person_id AND p.state = 'active'
  JOIN web_session s ON s.id = l.web_session_id AND s.person_id = l.staff_person_id
  JOIN organization platform ON platform.id = s.organization_id
                            AND platform.kind = 'platform' AND platform.state = 'approved'
  LEFT JOIN organization o ON o.id = l.organization_id
 WHERE (l.id = CAST(:look_id AS uuid) OR l.secret_hash = CAST(:secret_hash AS bytea) AND l.face = CAST(:face AS text))
   AND l.ended_at IS NULL
   AND l.expires_at > statement_timestamp()
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
