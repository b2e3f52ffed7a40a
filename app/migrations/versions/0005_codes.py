"""Codes to sign in: tries are counted apart, and some work behind their link only."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("sign_in_request", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("tries_elsewhere", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(
            sa.Column("link_only", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade():
    with op.batch_alter_table("sign_in_request", schema=None) as batch_op:
        batch_op.drop_column("link_only")
        batch_op.drop_column("tries_elsewhere")
