-- name: note_run
-- A run adds itself to what other processes noted; the newest is the last run.
INSERT INTO sweep_run AS known (name, milliseconds, rows_done, failed_at, error, rows_total, failures)
VALUES (
    :name, :milliseconds, :rows, CASE WHEN CAST(:error AS text) IS NOT NULL THEN statement_timestamp() END, :error,
    :rows, CASE WHEN CAST(:error AS text) IS NOT NULL THEN 1 ELSE 0 END
)
ON CONFLICT (name) DO UPDATE SET
    ended_at = excluded.ended_at, milliseconds = excluded.milliseconds, rows_done = excluded.rows_done,
    failed_at = coalesce(excluded.failed_at, known.failed_at), error = coalesce(excluded.error, known.error),
    runs = known.runs + 1, rows_total = known.rows_total + excluded.rows_total,
    failures = known.failures + excluded.failures
