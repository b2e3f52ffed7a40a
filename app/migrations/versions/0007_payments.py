"""Payments: what the bank told, what was decided about it, and which papers it pays."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
TOLD = "what the bank told does not change, only what is decided about it"
FACTS = (
    "key",
    "statement_id",
    "format",
    "booked_on",
    "cents",
    "entry_cents",
    "part",
    "name",
    "iban",
    "text",
    "reference",
    "end_to_end",
    "bank_reference",
    "returned",
    "reason",
)
FINAL_TABLES = ("bank_statement", "paid_part")


def upgrade():
    op.create_table(
        "bank_statement",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=34), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("opening_cents", sa.BigInteger(), nullable=True),
        sa.Column("closing_cents", sa.BigInteger(), nullable=True),
        sa.Column("missing_cents", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.Column("read_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bank_statement"),
        sa.UniqueConstraint("digest", name="uq_bank_statement_digest"),
    )
    op.create_table(
        "bank_line",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("entry_cents", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("text", sa.String(length=400), nullable=False),
        sa.Column("reference", sa.String(length=400), nullable=False),
        sa.Column("end_to_end", sa.String(length=400), nullable=False),
        sa.Column("bank_reference", sa.String(length=400), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("match", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("paper_ids", sa.JSON(), nullable=False),
        sa.Column("same_as_id", sa.Integer(), nullable=True),
        sa.Column("returns_id", sa.Integer(), nullable=True),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["returns_id"], ["bank_line.id"], name="fk_bank_line_returns_id_bank_line"
        ),
        sa.ForeignKeyConstraint(
            ["same_as_id"], ["bank_line.id"], name="fk_bank_line_same_as_id_bank_line"
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["bank_statement.id"],
            name="fk_bank_line_statement_id_bank_statement",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bank_line"),
        sa.UniqueConstraint("key", name="uq_bank_line_key"),
    )
    op.create_index("ix_bank_line_iban", "bank_line", ["iban"])
    op.create_index("ix_bank_line_same", "bank_line", ["booked_on", "cents"])
    op.create_index("ix_bank_line_state", "bank_line", ["state", "booked_on"])
    op.create_index("ix_bank_line_statement_id", "bank_line", ["statement_id"])
    op.create_table(
        "known_account",
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name="fk_known_account_participant_id_participant",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_known_account"),
        sa.UniqueConstraint("iban", "participant_id", name="uq_known_account_once"),
    )
    op.create_index("ix_known_account_participant_id", "known_account", ["participant_id"])
    op.create_table(
        "paid_part",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("posting_key", sa.String(length=80), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("cents <> 0", name="ck_paid_part_not_zero"),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name="fk_paid_part_paper_id_paper"),
        sa.PrimaryKeyConstraint("id", name="pk_paid_part"),
    )
    op.create_index("ix_paid_part_paper_id", "paid_part", ["paper_id"])
    op.create_index("ix_paid_part_posting_key", "paid_part", ["posting_key"])
    # One statement each and no new table: a table made anew would lose its triggers on SQLite.
    op.create_index("ix_paper_reference", "paper", ["reference"])
    op.add_column(
        "supplier", sa.Column("iban", sa.String(length=34), server_default="", nullable=False)
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade():
    op.drop_table("paid_part")
    op.drop_table("known_account")
    op.drop_table("bank_line")
    op.drop_table("bank_statement")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION keep_bank_line()")
    op.drop_index("ix_paper_reference", "paper")
    op.drop_column("supplier", "iban")


def _changed(same):
    return " OR ".join(f"NOT (NEW.{column} {same} OLD.{column})" for column in FACTS)


def _guard_sqlite():
    for table in FINAL_TABLES:
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_{event}_never BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
            )
    op.execute(
        f"CREATE TRIGGER bank_line_update_told BEFORE UPDATE ON bank_line WHEN {_changed('IS')} "
        f"BEGIN SELECT RAISE(ABORT, '{TOLD}'); END"
    )
    op.execute(
        "CREATE TRIGGER bank_line_delete_never BEFORE DELETE ON bank_line "
        f"BEGIN SELECT RAISE(ABORT, '{TOLD}'); END"
    )


def _guard_postgresql():
    for table in FINAL_TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        f"""
        CREATE FUNCTION keep_bank_line() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION '{TOLD}' USING ERRCODE = 'check_violation';
            END IF;
            IF {_changed("IS NOT DISTINCT FROM")} THEN
                RAISE EXCEPTION '{TOLD}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER bank_line_kept BEFORE UPDATE OR DELETE ON bank_line "
        "FOR EACH ROW EXECUTE FUNCTION keep_bank_line()"
    )
