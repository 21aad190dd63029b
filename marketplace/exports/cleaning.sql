-- name: next_unneeded
-- A file past its time, or one that no export has adopted and whose run is over. A run that was taken over may still
-- be writing until it notices: its file is left alone for :grace_seconds.
SELECT export_file.storage_key, export_file.export_id,
    export.storage_key IS NOT DISTINCT FROM export_file.storage_key AS adopted
FROM export_file
LEFT JOIN export ON export.id = export_file.export_id
LEFT JOIN operation ON operation.id = export.operation_id
WHERE CASE
    WHEN export.storage_key = export_file.storage_key THEN export.expires_at <= statement_timestamp()
    ELSE operation.lease_token IS DISTINCT FROM export_file.token
        AND export_file.written_at <= statement_timestamp() - make_interval(secs => :grace_seconds)
END
ORDER BY export_file.written_at
LIMIT 1
FOR UPDATE OF export_file SKIP LOCKED;
