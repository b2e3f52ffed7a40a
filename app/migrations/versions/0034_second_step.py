"""A second step at signing in, and the codes for who has lost the phone."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "second_step",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_second_step_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_second_step"),
        sa.UniqueConstraint("person_id", name="uq_second_step_person_id"),
    )
    op.create_table(
        "rescue_code",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_rescue_code_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rescue_code"),
        sa.UniqueConstraint("code_hash", name="uq_rescue_code_code_hash"),
    )
    op.create_index("ix_rescue_code_person_id", "rescue_code", ["person_id"])


def downgrade():
    op.drop_table("rescue_code")
    op.drop_table("second_step")
