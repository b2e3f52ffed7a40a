"""Book years that are closed, and a guard that nothing is booked in them any more."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
CLOSED = "this book year is closed"


def upgrade():
    op.create_table(
        "book_year",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("result_cents", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=False),
        sa.Column("closed_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_book_year"),
        sa.UniqueConstraint("year", name="uq_book_year_year"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER book_year_{event}_never BEFORE {event} ON book_year "
                f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
            )
        op.execute(
            "CREATE TRIGGER posting_insert_in_open_year BEFORE INSERT ON posting "
            "WHEN EXISTS (SELECT 1 FROM book_year WHERE NEW.at < ends_at) "
            f"BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END"
        )
        return
    op.execute(
        "CREATE TRIGGER book_year_final BEFORE UPDATE OR DELETE ON book_year "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"""
        CREATE FUNCTION refuse_closed_year() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM book_year WHERE NEW.at < ends_at) THEN
                RAISE EXCEPTION '{CLOSED}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER posting_in_open_year BEFORE INSERT ON posting "
        "FOR EACH ROW EXECUTE FUNCTION refuse_closed_year()"
    )


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER posting_insert_in_open_year")
    else:
        op.execute("DROP TRIGGER posting_in_open_year ON posting")
        op.execute("DROP FUNCTION refuse_closed_year()")
    op.drop_table("book_year")
