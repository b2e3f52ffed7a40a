"""Part of the price ahead: which part a round asks for. Its paper is of a kind of its own."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    op.execute(
        "ALTER TABLE round ADD COLUMN prepayment_bp INTEGER DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_round_prepayment CHECK (prepayment_bp BETWEEN 0 AND 10000)"
    )


def downgrade():
    op.drop_column("round", "prepayment_bp")
