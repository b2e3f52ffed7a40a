"""Orders to the bank to pay suppliers."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"


def upgrade():
    op.create_table(
        "payment_order",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.Column("cancelled_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payment_order"),
        sa.UniqueConstraint("number", name="uq_payment_order_number"),
    )
    op.create_table(
        "payment_order_line",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(length=140), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("cents > 0", name="ck_payment_order_line_more_than_nothing"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["payment_order.id"], name="fk_payment_order_line_order_id_payment_order"
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name="fk_payment_order_line_supplier_id_supplier"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_order_line"),
    )
    op.create_index("ix_payment_order_line_order_id", "payment_order_line", ["order_id"])
    op.create_index("ix_payment_order_line_supplier_id", "payment_order_line", ["supplier_id"])
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER payment_order_line_{event}_never BEFORE {event} "
                f"ON payment_order_line BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER payment_order_line_final BEFORE UPDATE OR DELETE ON payment_order_line "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade():
    op.drop_table("payment_order_line")
    op.drop_table("payment_order")
