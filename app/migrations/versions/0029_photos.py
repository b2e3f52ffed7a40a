"""Photos of what came broken."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

INDEXED = ("round_id", "report_id", "participant_id")


def upgrade():
    op.create_table(
        "damage_photo",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_damage_photo_round_id_round"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["round_item.id"], name="fk_damage_photo_item_id_round_item"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["item_report.id"], name="fk_damage_photo_report_id_item_report"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name="fk_damage_photo_participant_id_participant",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_damage_photo"),
        sa.UniqueConstraint("key", name="uq_damage_photo_key"),
    )
    for column in INDEXED:
        op.create_index(f"ix_damage_photo_{column}", "damage_photo", [column])


def downgrade():
    op.drop_table("damage_photo")
