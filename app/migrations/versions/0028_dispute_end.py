"""How disputes with suppliers ended; never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
TABLE = "bill_dispute_end"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("bill_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=60), nullable=False),
        sa.Column("end", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["supplier_bill.id"], name="fk_bill_dispute_end_bill_id_supplier_bill"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bill_dispute_end"),
        sa.UniqueConstraint("bill_id", "part", name="uq_bill_dispute_end_once"),
    )
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            f"CREATE TRIGGER {TABLE}_final BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for event in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {TABLE}_{event}_never BEFORE {event} ON {TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
        )


def downgrade():
    op.drop_table(TABLE)
