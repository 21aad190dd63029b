"""Alembic migrations, numbered, one line of history."""
