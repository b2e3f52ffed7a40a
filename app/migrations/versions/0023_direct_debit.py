"""Mandates, and collections by direct debit."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
ENDED = "what was agreed or made is never edited, and ended once"
# What may be written afterwards, once, in a row that is final otherwise.
ENDS = {"mandate": "revoked_at", "collection": "cancelled_at"}
KEPT = {
    "mandate": "reference iban holder one_off signed_on given_at text_version participant_id",
    "collection": "number collect_on creditor_id creditor_name creditor_iban made_at made_by",
}


def upgrade():
    op.add_column(
        "network",
        sa.Column("creditor_id", sa.String(length=35), server_default="", nullable=False),
    )
    op.add_column(
        "network",
        sa.Column("debit_notice_days", sa.Integer(), server_default="5", nullable=False),
    )
    op.create_table(
        "mandate",
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=35), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("holder", sa.String(length=70), nullable=False),
        sa.Column("one_off", sa.Boolean(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name="fk_mandate_participant_id_participant"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mandate"),
        sa.UniqueConstraint("reference", name="uq_mandate_reference"),
    )
    op.create_index("ix_mandate_participant_id", "mandate", ["participant_id"])
    op.create_table(
        "collection",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("collect_on", sa.Date(), nullable=False),
        sa.Column("creditor_id", sa.String(length=35), nullable=False),
        sa.Column("creditor_name", sa.String(length=120), nullable=False),
        sa.Column("creditor_iban", sa.String(length=34), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.Column("cancelled_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collection"),
        sa.UniqueConstraint("number", name="uq_collection_number"),
    )
    _make_lines()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade():
    for table in ("collection_line", "collection", "mandate"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        for table in ENDS:
            op.execute(f"DROP FUNCTION keep_{table}()")
    op.drop_column("network", "debit_notice_days")
    op.drop_column("network", "creditor_id")


def _make_lines():
    op.create_table(
        "collection_line",
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.String(length=4), nullable=False),
        sa.Column("end_to_end", sa.String(length=35), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(length=140), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("cents > 0", name="ck_collection_line_more_than_nothing"),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collection.id"],
            name="fk_collection_line_collection_id_collection",
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name="fk_collection_line_paper_id_paper"
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandate.id"], name="fk_collection_line_mandate_id_mandate"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collection_line"),
        sa.UniqueConstraint("end_to_end", name="uq_collection_line_end_to_end"),
    )
    for column in ("collection_id", "paper_id", "mandate_id"):
        op.create_index(f"ix_collection_line_{column}", "collection_line", [column])


def _guard_sqlite():
    for event in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER collection_line_{event}_never BEFORE {event} ON collection_line "
            f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
        )
    for table, end in ENDS.items():
        changed = " OR ".join(f"NEW.{one} <> OLD.{one}" for one in KEPT[table].split())
        op.execute(
            f"CREATE TRIGGER {table}_end_once BEFORE UPDATE ON {table} "
            f"WHEN OLD.{end} IS NOT NULL OR {changed} BEGIN SELECT RAISE(ABORT, '{ENDED}'); END"
        )
    op.execute(
        "CREATE TRIGGER collection_delete_never BEFORE DELETE ON collection "
        f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
    )


def _guard_postgresql():
    for table, end in ENDS.items():
        changed = " OR ".join(f"NEW.{one} <> OLD.{one}" for one in KEPT[table].split())
        op.execute(
            f"""
            CREATE FUNCTION keep_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF OLD.{end} IS NOT NULL OR {changed} THEN
                    RAISE EXCEPTION '{ENDED}' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
            END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION keep_{table}()"
        )
    for table, event in (("collection", "DELETE"), ("collection_line", "UPDATE OR DELETE")):
        op.execute(
            f"CREATE TRIGGER {table}_final BEFORE {event} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
