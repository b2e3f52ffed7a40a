"""Empties that were handed in, or that a supplier took back."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
TABLE = "returned_deposit"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("each_cents", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("pieces <> 0", name="ck_returned_deposit_pieces"),
        sa.CheckConstraint("each_cents > 0", name="ck_returned_deposit_each"),
        sa.CheckConstraint(
            "(participant_id IS NULL) <> (supplier_id IS NULL)", name="ck_returned_deposit_owner"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name="fk_returned_deposit_participant_id_participant",
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name="fk_returned_deposit_supplier_id_supplier"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_returned_deposit"),
        sa.UniqueConstraint("key", name="uq_returned_deposit_key"),
    )
    for column in ("participant_id", "supplier_id"):
        op.create_index(f"ix_returned_deposit_{column}", TABLE, [column])
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
