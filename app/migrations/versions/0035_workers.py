"""How often an errand was somebody's death, and which workers there are."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        "errand", sa.Column("deaths", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.create_table(
        "worker_beat",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker_beat"),
        sa.UniqueConstraint("name", name="uq_worker_beat_name"),
    )


def downgrade():
    op.drop_table("worker_beat")
    op.drop_column("errand", "deaths")
