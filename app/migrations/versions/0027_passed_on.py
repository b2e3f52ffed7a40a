"""What of a supplier's bill is passed on, what was said to it, and the papers that followed."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
TABLES = ("bill_share", "bill_reply", "bill_paper")


def _columns(table):
    """What the three have in common: of which bill, and whose."""
    return (
        sa.Column("bill_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["supplier_bill.id"], name=f"fk_{table}_bill_id_supplier_bill"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=f"fk_{table}_participant_id_participant"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def upgrade():
    op.create_table(
        "bill_share",
        sa.Column("part", sa.String(length=60), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        *_columns("bill_share"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["round_item.id"], name="fk_bill_share_item_id_round_item"
        ),
        sa.UniqueConstraint("bill_id", "part", "participant_id", name="uq_bill_share_once"),
    )
    op.create_table(
        "bill_reply",
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        *_columns("bill_reply"),
        sa.UniqueConstraint("bill_id", "participant_id", name="uq_bill_reply_once"),
    )
    op.create_table(
        "bill_paper",
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        *_columns("bill_paper"),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name="fk_bill_paper_paper_id_paper"),
        sa.UniqueConstraint("bill_id", "step", "participant_id", name="uq_bill_paper_once"),
        sa.UniqueConstraint("paper_id", name="uq_bill_paper_paper_id"),
    )
    for table in TABLES:
        op.create_index(f"ix_{table}_participant_id", table, ["participant_id"])
        _guard(table)


def _guard(table):
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for event in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_{event}_never BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
        )


def downgrade():
    for table in reversed(TABLES):
        op.drop_table(table)
