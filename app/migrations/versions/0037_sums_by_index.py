"""What all ordered of an article stands in the index itself: a page need not look up each want."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

WHERE, WHAT = ["round_id", "item_id"], ["ordered_quantity", "ordered_extra"]


def upgrade() -> None:
    op.drop_index("ix_want_round_item", table_name="want")
    op.create_index("ix_want_ordered", "want", WHERE + WHAT)


def downgrade() -> None:
    op.drop_index("ix_want_ordered", table_name="want")
    op.create_index("ix_want_round_item", "want", WHERE)
