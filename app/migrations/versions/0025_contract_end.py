"""Who took an offer says whether it wants to be reminded before that contract ends."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade():
    wanted = sa.Column("reminds", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("offer", wanted)


def downgrade():
    op.drop_column("offer", "reminds")
