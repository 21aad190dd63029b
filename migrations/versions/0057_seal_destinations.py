"""Seal where payees are paid, with keys outside the database: what earlier releases kept in the clear as well."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from marketplace.db.errors import DatabaseError
from marketplace.db.keyring import KeyRing, place
from marketplace.db.sealed import OPTION, searched

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

PREPARE = """
ALTER TABLE payout_destination ADD COLUMN destination_sealed BYTEA;
ALTER TABLE payout_destination ADD COLUMN destination_digest BYTEA;
ALTER TABLE payout ADD COLUMN destination_sealed BYTEA;
"""
FINISH = """
ALTER TABLE payout_destination ALTER COLUMN destination_sealed SET NOT NULL;
ALTER TABLE payout_destination ALTER COLUMN destination_digest SET NOT NULL;
ALTER TABLE payout_destination DROP COLUMN destination;
ALTER TABLE payout ALTER COLUMN destination_sealed SET NOT NULL;
ALTER TABLE payout DROP COLUMN destination;
CREATE INDEX ix_payout_destination_destination_digest ON payout_destination (destination_digest);
"""
BACK = """
ALTER TABLE payout_destination ADD COLUMN destination TEXT;
ALTER TABLE payout ADD COLUMN destination TEXT;
"""
BACK_FINISH = """
ALTER TABLE payout_destination ALTER COLUMN destination SET NOT NULL;
ALTER TABLE payout_destination DROP COLUMN destination_sealed;
ALTER TABLE payout_destination DROP COLUMN destination_digest;
ALTER TABLE payout_destination ADD CONSTRAINT ck_payout_destination_destination
    CHECK (length(destination) BETWEEN 1 AND 200);
ALTER TABLE payout ALTER COLUMN destination SET NOT NULL;
ALTER TABLE payout DROP COLUMN destination_sealed;
"""


def upgrade() -> None:
    """Seal every row; the columns in the clear are dropped, and VACUUM FULL forgets their last traces."""
    op.execute(PREPARE)
    for payee_id, rail, text in _open("SELECT payee_id, rail, destination FROM payout_destination"):
        ring = _keys()
        op.get_bind().execute(
            sa.text(
                "UPDATE payout_destination SET destination_sealed = :sealed, destination_digest = :digest "
                "WHERE payee_id = :payee_id AND rail = :rail"
            ),
            {
                "sealed": ring.seal(place("payout_destination", "destination", payee_id, rail), text),
                "digest": ring.digests(searched("destination", rail, text))[0],
                "payee_id": payee_id,
                "rail": rail,
            },
        )
    for payout_id, text in _open("SELECT id, destination FROM payout"):
        op.get_bind().execute(
            sa.text("UPDATE payout SET destination_sealed = :sealed WHERE id = :id"),
            {"sealed": _keys().seal(place("payout", "destination", payout_id), text), "id": payout_id},
        )
    op.execute(FINISH)


def downgrade() -> None:
    """Open every row again."""
    op.execute(BACK)
    for payee_id, rail, sealed in _open("SELECT payee_id, rail, destination_sealed FROM payout_destination"):
        op.get_bind().execute(
            sa.text("UPDATE payout_destination SET destination = :text WHERE payee_id = :payee_id AND rail = :rail"),
            {
                "text": _keys().open(place("payout_destination", "destination", payee_id, rail), sealed),
                "payee_id": payee_id,
                "rail": rail,
            },
        )
    for payout_id, sealed in _open("SELECT id, destination_sealed FROM payout"):
        op.get_bind().execute(
            sa.text("UPDATE payout SET destination = :text WHERE id = :id"),
            {"text": _keys().open(place("payout", "destination", payout_id), sealed), "id": payout_id},
        )
    op.execute(BACK_FINISH)


def _open(query: str) -> Sequence[Any]:
    return op.get_bind().execute(sa.text(query)).all()


def _keys() -> KeyRing:
    found = op.get_bind().get_execution_options().get(OPTION)
    if not isinstance(found, KeyRing):
        raise DatabaseError("There are payees here whose destinations are to be sealed, and no keys to do it with.")
    return found
