"""Bills of suppliers, and those that were taken back; neither is ever changed."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
TABLES = ("supplier_bill", "bill_reversal")


def upgrade():
    op.create_table(
        "supplier_bill",
        sa.Column("supplier_order_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column("entered_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier_order_id"],
            ["supplier_order.id"],
            name="fk_supplier_bill_supplier_order_id_supplier_order",
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name="fk_supplier_bill_supplier_id_supplier"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_supplier_bill"),
        sa.UniqueConstraint("supplier_id", "number", "attempt", name="uq_supplier_bill_once"),
    )
    op.create_index("ix_supplier_bill_supplier_order_id", "supplier_bill", ["supplier_order_id"])
    op.create_table(
        "bill_reversal",
        sa.Column("bill_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["supplier_bill.id"], name="fk_bill_reversal_bill_id_supplier_bill"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bill_reversal"),
        sa.UniqueConstraint("bill_id", name="uq_bill_reversal_bill_id"),
    )
    for table in TABLES:
        if op.get_bind().dialect.name != "sqlite":
            op.execute(
                f"CREATE TRIGGER {table}_final BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
            continue
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_{event}_never BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
            )


def downgrade():
    op.drop_table("bill_reversal")
    op.drop_table("supplier_bill")
