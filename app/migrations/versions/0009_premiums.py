"""Orders of what is no article: their lines, the name of a charge, and a licence on record."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
LINES = "supplier_order_named_line"


def upgrade():
    op.create_table(
        LINES,
        sa.Column("supplier_order_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("each_cents", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier_order_id"],
            ["supplier_order.id"],
            name="fk_supplier_order_named_line_supplier_order_id_supplier_order",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_supplier_order_named_line"),
    )
    op.create_index(f"ix_{LINES}_supplier_order_id", LINES, ["supplier_order_id"])
    op.add_column("charge", sa.Column("name", sa.String(120), server_default="", nullable=False))
    op.add_column(
        "network", sa.Column("afm_number", sa.String(8), server_default="", nullable=False)
    )
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {LINES}_{event}_never BEFORE {event} ON {LINES} "
                f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {LINES}_final BEFORE UPDATE OR DELETE ON {LINES} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade():
    op.drop_table(LINES)
    op.drop_column("network", "afm_number")
    op.drop_column("charge", "name")
