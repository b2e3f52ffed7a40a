"""Tries to pay online."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

KEPT = "what was asked of a payer is never edited, and what was paid is taken back by a posting"
FINAL = "this row is final: reverse it, never edit it"
# A plain <> says nothing where one side is not there.
CHANGED = " OR ".join(
    [
        *(
            f"NEW.{one} IS DISTINCT FROM OLD.{one}"
            for one in ("key", "participant_id", "paper_id", "cents", "asked_at", "provider")
        ),
        "(OLD.provider_id IS NOT NULL AND NEW.provider_id IS DISTINCT FROM OLD.provider_id)",
        "(OLD.state = 'paid' AND NEW.state <> 'paid')",
        "NEW.moves < OLD.moves",
    ]
)


def upgrade():
    op.create_table(
        "online_payment",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("checkout", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("heard_at", sa.DateTime(), nullable=True),
        sa.Column("heard", sa.String(length=120), nullable=False),
        sa.Column("back_cents", sa.BigInteger(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("cents > 0", name="ck_online_payment_more_than_nothing"),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name="fk_online_payment_participant_id_participant",
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name="fk_online_payment_paper_id_paper"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_online_payment"),
        sa.UniqueConstraint("key", name="uq_online_payment_key"),
        sa.UniqueConstraint("provider_id", name="uq_online_payment_provider_id"),
    )
    for column in ("participant_id", "paper_id", "state"):
        op.create_index(f"ix_online_payment_{column}", "online_payment", [column])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade():
    op.drop_table("online_payment")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION keep_online_payment()")


def _guard_sqlite():
    changed = CHANGED.replace("IS DISTINCT FROM", "IS NOT")  # older ones know only this
    op.execute(
        "CREATE TRIGGER online_payment_kept BEFORE UPDATE ON online_payment "
        f"WHEN {changed} BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    )
    op.execute(
        "CREATE TRIGGER online_payment_delete_never BEFORE DELETE ON online_payment "
        f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
    )


def _guard_postgresql():
    op.execute(
        f"""
        CREATE FUNCTION keep_online_payment() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {CHANGED} THEN
                RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER online_payment_kept BEFORE UPDATE ON online_payment "
        "FOR EACH ROW EXECUTE FUNCTION keep_online_payment()"
    )
    op.execute(
        "CREATE TRIGGER online_payment_final BEFORE DELETE ON online_payment "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
