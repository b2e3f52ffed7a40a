"""Single lines of a collection that the bank did not take."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"


def upgrade():
    op.create_table(
        "collection_refusal",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.Column("noted_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["collection_line.id"],
            name="fk_collection_refusal_line_id_collection_line",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collection_refusal"),
        sa.UniqueConstraint("line_id", name="uq_collection_refusal_line_id"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER collection_refusal_{event}_never BEFORE {event} "
                f"ON collection_refusal BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER collection_refusal_final BEFORE UPDATE OR DELETE ON collection_refusal "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade():
    op.drop_table("collection_refusal")
