"""What suppliers brought instead of what was ordered."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
TABLE = "substitute"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["supplier_order_line.id"],
            name="fk_substitute_line_id_supplier_order_line",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_substitute"),
        sa.UniqueConstraint("key", name="uq_substitute_key"),
    )
    op.create_index("ix_substitute_line_id", TABLE, ["line_id"])
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_{event}_never BEFORE {event} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {TABLE}_final BEFORE UPDATE OR DELETE ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade():
    op.drop_table(TABLE)
