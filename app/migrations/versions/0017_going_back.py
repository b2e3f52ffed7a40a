"""A pause of all mail, and gaps in numbers that are on record: for backups that are put back."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "mail_pause",
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paused_by", sa.String(length=120), nullable=False),
        sa.Column("doubts", sa.Boolean(), nullable=False),
        sa.Column("resumed_at", sa.DateTime(), nullable=True),
        sa.Column("resumed_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mail_pause"),
    )
    op.create_index("ix_mail_pause_resumed_at", "mail_pause", ["resumed_at"])
    op.create_table(
        "number_gap",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_number_gap"),
    )
    op.create_index("ix_number_gap_key", "number_gap", ["key"])


def downgrade():
    op.drop_table("number_gap")
    op.drop_table("mail_pause")
