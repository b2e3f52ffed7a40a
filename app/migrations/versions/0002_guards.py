"""Guards behind the code: demand of a round that is not open, and what was issued, stand still."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DEMAND = ("commitment", "want")
ISSUED = (
    "allocation",
    "charge",
    "entry",
    "paper",
    "posting",
    "round_event",
    "stored_document",
    "supplier_order",
    "supplier_order_line",
)
NOT_OPEN = "the round is not open: its demand cannot change"
FINAL = "this row is final: reverse it, never edit it"


def upgrade():
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        for table in DEMAND:
            for event in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER {table}_{event}_while_open")
        for table in ISSUED:
            for event in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_{event}_never")
        return
    for table in DEMAND:
        op.execute(f"DROP TRIGGER {table}_while_open ON {table}")
    for table in ISSUED:
        op.execute(f"DROP TRIGGER {table}_final ON {table}")
    op.execute("DROP FUNCTION refuse_unless_open()")
    op.execute("DROP FUNCTION refuse_change()")


def _guard_sqlite():
    for table in DEMAND:
        for event, rows in (("insert", "NEW"), ("update", "OLD NEW"), ("delete", "OLD")):
            rounds = ", ".join(f"{row}.round_id" for row in rows.split())
            op.execute(
                f"CREATE TRIGGER {table}_{event}_while_open BEFORE {event} ON {table} "
                f"WHEN EXISTS (SELECT 1 FROM round WHERE id IN ({rounds}) AND state <> 'open') "
                f"BEGIN SELECT RAISE(ABORT, '{NOT_OPEN}'); END"
            )
    for table in ISSUED:
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_{event}_never BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
            )


def _guard_postgresql():
    op.execute(
        f"""
        CREATE FUNCTION refuse_unless_open() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            found_state text;
        BEGIN
            FOR found_state IN
                SELECT state FROM round WHERE id IN (OLD.round_id, NEW.round_id) FOR SHARE
            LOOP
                IF found_state <> 'open' THEN
                    RAISE EXCEPTION '{NOT_OPEN}' USING ERRCODE = 'check_violation';
                END IF;
            END LOOP;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{FINAL}' USING ERRCODE = 'check_violation';
        END $$
        """
    )
    for table in DEMAND:
        op.execute(
            f"CREATE TRIGGER {table}_while_open BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_unless_open()"
        )
    for table in ISSUED:
        op.execute(
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
