"""Suppliers whose program reads orders: their KvK number, and whether they want them so."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade():
    kvk = sa.Column("kvk", sa.String(length=12), nullable=False, server_default="")
    wants = sa.Column("wants_ubl", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("supplier", kvk)
    op.add_column("supplier", wants)


def downgrade():
    op.drop_column("supplier", "wants_ubl")
    op.drop_column("supplier", "kvk")
