"""What participants say was missing or broken, and what was decided of it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
GUARDED = ("item_report", "report_decision")


def upgrade():
    op.create_table(
        "item_report",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("pieces > 0", name="ck_item_report_pieces"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_item_report_round_id_round"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["round_item.id"], name="fk_item_report_item_id_round_item"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name="fk_item_report_participant_id_participant",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_item_report"),
        sa.UniqueConstraint("key", name="uq_item_report_key"),
    )
    op.create_index("ix_item_report_round_id", "item_report", ["round_id"])
    op.create_index("ix_item_report_participant_id", "item_report", ["participant_id"])
    op.create_table(
        "report_decision",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["item_report.id"], name="fk_report_decision_report_id_item_report"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report_decision"),
        sa.UniqueConstraint("report_id", name="uq_report_decision_report_id"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in GUARDED:
            for event in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_{event}_never BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
                )
        return
    for table in GUARDED:
        op.execute(
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade():
    op.drop_table("report_decision")
    op.drop_table("item_report")
