"""Switch lists: taken along once, and then final."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TAKEN = "this list has been taken along: make a new one"


def upgrade():
    op.create_table(
        "switch_list",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("issued_by", sa.String(length=120), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("taken_by", sa.String(length=120), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_switch_list_round_id_round"),
        sa.ForeignKeyConstraint(
            ["bid_id"], ["sealed_bid.id"], name="fk_switch_list_bid_id_sealed_bid"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_switch_list"),
        sa.UniqueConstraint("number", name="uq_switch_list_number"),
    )
    op.create_index("ix_switch_list_round_id", "switch_list", ["round_id"])
    op.create_index("ix_switch_list_bid_id", "switch_list", ["bid_id"])
    if op.get_bind().dialect.name == "sqlite":
        for name, event, when in (
            ("switch_list_update_once", "UPDATE", "OLD.taken_at IS NOT NULL"),
            ("switch_list_delete_never", "DELETE", "1"),
        ):
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON switch_list WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, '{TAKEN}'); END"
            )
    else:
        _guard_postgresql()


def downgrade():
    op.drop_table("switch_list")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION keep_switch_list()")


def _guard_postgresql():
    op.execute(
        f"""
        CREATE FUNCTION keep_switch_list() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR OLD.taken_at IS NOT NULL THEN
                RAISE EXCEPTION '{TAKEN}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER switch_list_kept BEFORE UPDATE OR DELETE ON switch_list "
        "FOR EACH ROW EXECUTE FUNCTION keep_switch_list()"
    )
