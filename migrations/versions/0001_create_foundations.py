"""Create foundations: ids, the market's clock, idempotency keys, and the guard of append-only tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UUID7 = """
CREATE FUNCTION uuid7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN encode(
    -- RFC 9562: 48 bits of Unix milliseconds over a random version-4 id, then the version's nibble from 4 to 7
    set_bit(set_bit(
        overlay(uuid_send(gen_random_uuid())
                PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6),
        52, 1), 53, 1),
    'hex')::uuid
"""

MARKET_NOW = """
CREATE FUNCTION market_now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN statement_timestamp()
    + coalesce((SELECT ahead_microseconds FROM market_clock), 0) * interval '1 microsecond'
"""

FORBID_CHANGE = """
CREATE FUNCTION forbid_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed or removed: a correction is a new row', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$
"""

FORBID_CLOCK_BACKWARDS = """
CREATE FUNCTION forbid_clock_backwards() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.ahead_microseconds < OLD.ahead_microseconds THEN
        RAISE EXCEPTION 'the market clock never runs backwards' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    op.execute(UUID7)
    op.execute(FORBID_CHANGE)
    op.create_table(
        "market_clock",
        sa.Column("single", sa.Boolean, server_default=sa.text("true"), nullable=False),
        sa.Column("ahead_microseconds", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("single", name="pk_market_clock"),
        sa.CheckConstraint("single", name=op.f("ck_market_clock_single_row")),
        sa.CheckConstraint("ahead_microseconds >= 0", name=op.f("ck_market_clock_never_behind")),
    )
    op.execute("INSERT INTO market_clock DEFAULT VALUES")
    op.execute(MARKET_NOW)
    op.execute(FORBID_CLOCK_BACKWARDS)
    op.execute(
        "CREATE TRIGGER market_clock_forward_only BEFORE UPDATE OR DELETE ON market_clock "
        "FOR EACH ROW EXECUTE FUNCTION forbid_clock_backwards()"
    )
    now = sa.text("statement_timestamp()")
    op.create_table(
        "idempotency_key",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", postgresql.JSONB, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=now, nullable=False),
        sa.Column(
            "expires_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("statement_timestamp() + interval '30 days'"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_idempotency_key"),
    )
    op.create_index("ix_idempotency_key_expires_at", "idempotency_key", ["expires_at"])


def downgrade() -> None:
    op.drop_table("idempotency_key")
    op.execute("DROP FUNCTION market_now()")
    op.drop_table("market_clock")
    for name in ("forbid_clock_backwards", "forbid_change", "uuid7"):
        op.execute(f"DROP FUNCTION {name}()")
