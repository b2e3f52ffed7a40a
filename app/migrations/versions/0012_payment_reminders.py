"""The rhythm of reminders to who is late."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        "network", sa.Column("reminder_days", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("network", sa.Column("reminded_on", sa.Date(), nullable=True))


def downgrade():
    op.drop_column("network", "reminded_on")
    op.drop_column("network", "reminder_days")
