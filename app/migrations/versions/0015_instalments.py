"""Plans to pay a bill in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
KEPT = "a plan is agreed once and ended once"


def upgrade():
    op.add_column(
        "network", sa.Column("instalments_most", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_table(
        "instalment_plan",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name="fk_instalment_plan_paper_id_paper"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_instalment_plan"),
        sa.UniqueConstraint("paper_id", name="uq_instalment_plan_paper_id"),
    )
    op.create_table(
        "instalment",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("cents > 0", name="ck_instalment_more_than_nothing"),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["instalment_plan.id"], name="fk_instalment_plan_id_instalment_plan"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_instalment"),
    )
    op.create_index("ix_instalment_plan_id", "instalment", ["plan_id"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade():
    op.drop_table("instalment")
    op.drop_table("instalment_plan")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION keep_instalment_plan()")
    op.drop_column("network", "instalments_most")


def _guard_sqlite():
    changed = (
        "OLD.ended_on IS NOT NULL OR NEW.paper_id <> OLD.paper_id OR NEW.made_at <> OLD.made_at"
    )
    for name, event, table, when, message in (
        ("instalment_update_never", "UPDATE", "instalment", "1", FINAL),
        ("instalment_delete_never", "DELETE", "instalment", "1", FINAL),
        ("instalment_plan_end_once", "UPDATE", "instalment_plan", changed, KEPT),
        ("instalment_plan_delete_never", "DELETE", "instalment_plan", "1", KEPT),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _guard_postgresql():
    op.execute(
        f"""
        CREATE FUNCTION keep_instalment_plan() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR OLD.ended_on IS NOT NULL
                OR NEW.paper_id <> OLD.paper_id OR NEW.made_at <> OLD.made_at THEN
                RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER instalment_plan_kept BEFORE UPDATE OR DELETE ON instalment_plan "
        "FOR EACH ROW EXECUTE FUNCTION keep_instalment_plan()"
    )
    op.execute(
        "CREATE TRIGGER instalment_final BEFORE UPDATE OR DELETE ON instalment "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
