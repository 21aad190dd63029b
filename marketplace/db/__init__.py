"""The persistence kit: base, engine, named SQL, locks, paging, idempotency, clock, embedded server, migrations."""
