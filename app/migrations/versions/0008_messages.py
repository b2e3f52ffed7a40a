"""Messages that a coordinator sends by hand to who takes part in a round."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "round_message",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("audience", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("sent_by", sa.String(length=120), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_round_message_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_message")),
        sa.UniqueConstraint("key", name=op.f("uq_round_message_key")),
    )
    with op.batch_alter_table("round_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_message_round_id"), ["round_id"], unique=False)


def downgrade():
    op.drop_table("round_message")
