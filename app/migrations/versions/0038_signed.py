"""Who wrote a paper, and who booked a posting; of what is older nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

SIGNED = ("paper", "posting")


def upgrade():
    for table in SIGNED:
        op.add_column(table, sa.Column("actor", sa.String(length=40), nullable=True))


def downgrade():
    for table in SIGNED:
        op.drop_column(table, "actor")
