"""Invoices for programs: what lies beside a paper, kept like the paper itself."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"


def upgrade():
    op.create_table(
        "data_file",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("stored_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name="fk_data_file_paper_id_paper"),
        sa.PrimaryKeyConstraint("id", name="pk_data_file"),
        sa.UniqueConstraint("paper_id", name="uq_data_file_paper_id"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER data_file_{event}_never BEFORE {event} ON data_file "
                f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER data_file_final BEFORE UPDATE OR DELETE ON data_file "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade():
    op.drop_table("data_file")
