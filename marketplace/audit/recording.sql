-- Writes one event and its place in the queue in one round trip. The canonical bytes are put together here because
-- the two moments in them are the database's: the text arrives in three pieces around them.

-- name: record
WITH moment AS MATERIALIZED (
    SELECT coalesce(CAST(:at AS timestamptz), market_now()) AS at, statement_timestamp() AS recorded_at
), written AS (
    INSERT INTO audit_event
        (id, kind, subject_noun, subject_id, at, recorded_at, organization_ids, person_ids, body)
    SELECT :id, :kind, :subject_noun, :subject_id, moment.at, moment.recorded_at,
           CAST(:organization_ids AS uuid[]), CAST(:person_ids AS uuid[]),
           convert_to(
               CAST(:head AS text)
               || to_char(moment.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
               || CAST(:middle AS text)
               || to_char(moment.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
               || CAST(:tail AS text),
               'UTF8')
    FROM moment
    RETURNING recorded_at, id
)
INSERT INTO audit_pending (recorded_at, event_id)
SELECT recorded_at, id FROM written

-- name: record_many
-- The same for events of one kind that only the platform reads: the subject of each, and its two pieces of the text.
WITH moment AS MATERIALIZED (
    SELECT market_now() AS at, statement_timestamp() AS recorded_at
), written AS (
    INSERT INTO audit_event
        (id, kind, subject_noun, subject_id, at, recorded_at, organization_ids, person_ids, body)
    SELECT event.id, :kind, :subject_noun, event.subject_id, moment.at, moment.recorded_at, '{}', '{}',
           convert_to(
               CAST(:head AS text)
               || to_char(moment.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
               || event.middle
               || to_char(moment.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
               || event.tail,
               'UTF8')
    FROM moment, unnest(
        CAST(:ids AS uuid[]), CAST(:subject_ids AS uuid[]), CAST(:middles AS text[]), CAST(:tails AS text[])
    ) AS event (id, subject_id, middle, tail)
    RETURNING recorded_at, id
)
INSERT INTO audit_pending (recorded_at, event_id)
SELECT recorded_at, id FROM written

-- name: keep_words
INSERT INTO audit_words (event_id, place, salt, text, person_ids)
SELECT :event_id, word.place, word.salt, word.text, CAST(:person_ids AS uuid[])
FROM unnest(CAST(:places AS text[]), CAST(:salts AS bytea[]), CAST(:texts AS text[])) AS word (place, salt, text)
