"""The audit trail: what was done is noted by triggers, and chained by a sealer."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

WATCHED = (
    "act",
    "answer_decision",
    "award",
    "bank_line",
    "bank_statement",
    "bill_dispute_end",
    "bill_reversal",
    "book_year",
    "collection",
    "collection_refusal",
    "data_file",
    "delivery_count",
    "hand_share",
    "item_report",
    "mail_pause",
    "number_gap",
    "order_change",
    "paid_part",
    "paper",
    "payment_order",
    "posting",
    "report_decision",
    "returned_deposit",
    "round_event",
    "stored_document",
    "substitute",
    "supplier_bill",
    "supplier_order",
)
FINAL = "this row is final: reverse it, never edit it"
UNSEALED = "a note is sealed once, and neither changed nor deleted"
FORGED = "a note comes without a seal"
CHANGED = "OLD.seq IS NOT NULL OR NEW.about <> OLD.about OR NEW.row_id <> OLD.row_id"
START = "0" * 64


def upgrade():
    _make_tables()
    if op.get_bind().dialect.name == "sqlite":
        _watch_on_sqlite()
    else:
        _watch_on_postgresql()
    _begin()


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        for table in WATCHED:
            op.execute(f"DROP TRIGGER {table}_noted")
    else:
        for table in WATCHED:
            op.execute(f"DROP TRIGGER {table}_noted ON {table}")
    for table in ("trail_head", "trail", "act"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        for function in ("note_in_trail", "refuse_unsealing", "refuse_forging"):
            op.execute(f"DROP FUNCTION {function}()")


def _make_tables():
    op.create_table(
        "act",
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=400), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_act"),
    )
    op.create_table(
        "trail",
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("sealed_at", sa.DateTime(), nullable=True),
        sa.Column("salt", sa.String(length=32), server_default="", nullable=False),
        sa.Column("digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("seal", sa.String(length=64), server_default="", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trail"),
        sa.UniqueConstraint("about", "row_id", name="uq_trail_once"),
        sa.UniqueConstraint("seq", name="uq_trail_seq"),
    )
    op.create_table(
        "trail_head",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trail_head"),
    )


def _watch_on_sqlite():
    for event in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER act_{event}_never BEFORE {event} ON act "
            f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
        )
    for event, when, told in (
        ("insert", "WHEN NEW.seq IS NOT NULL", FORGED),
        ("update", f"WHEN {CHANGED}", UNSEALED),
        ("delete", "", UNSEALED),
    ):
        op.execute(
            f"CREATE TRIGGER trail_{event}_guarded BEFORE {event} ON trail {when} "
            f"BEGIN SELECT RAISE(ABORT, '{told}'); END"
        )
    for table in WATCHED:
        op.execute(
            f"CREATE TRIGGER {table}_noted AFTER INSERT ON {table} "
            f"BEGIN INSERT INTO trail (about, row_id) VALUES ('{table}', NEW.id); END"
        )


def _watch_on_postgresql():
    op.execute(
        "CREATE FUNCTION note_in_trail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO trail (about, row_id) VALUES (TG_TABLE_NAME, NEW.id); RETURN NULL; END $$"
    )
    for name, told in (("refuse_unsealing", UNSEALED), ("refuse_forging", FORGED)):
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{told}' USING ERRCODE = 'check_violation'; END $$"
        )
    op.execute(
        "CREATE TRIGGER act_final BEFORE UPDATE OR DELETE ON act "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for event, when, function in (
        ("insert", "WHEN (NEW.seq IS NOT NULL)", "refuse_forging"),
        ("update", f"WHEN ({CHANGED})", "refuse_unsealing"),
        ("delete", "", "refuse_unsealing"),
    ):
        op.execute(
            f"CREATE TRIGGER trail_{event}_guarded BEFORE {event} ON trail "
            f"FOR EACH ROW {when} EXECUTE FUNCTION {function}()"
        )
    for table in WATCHED:
        op.execute(
            f"CREATE TRIGGER {table}_noted AFTER INSERT ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION note_in_trail()"
        )


def _begin():
    """The first note says that the chain begins here; then come the rows that are here already."""
    connection = op.get_bind()
    connection.execute(
        sa.text("INSERT INTO trail_head (id, seq, seal) VALUES (1, 0, :seal)"), {"seal": START}
    )
    before = [table for table in WATCHED if table != "act"]
    rows = " + ".join(f"(SELECT count(*) FROM {table})" for table in before)
    _act(f"SELECT 'trail', 0, 'begun', 'rows before it: ' || ({rows}), 'upgrade', :at")
    _act(
        "SELECT 'person', person_id, 'role given', role, 'upgrade', :at FROM membership "
        "WHERE participant_id IS NULL ORDER BY id"
    )
    for table in before:
        op.execute(
            f"INSERT INTO trail (about, row_id) SELECT '{table}', id FROM {table} ORDER BY id"
        )


def _act(select):
    statement = sa.text(f"INSERT INTO act (about, about_id, what, value, actor, at) {select}")
    now = sa.bindparam("at", datetime.now(UTC).replace(tzinfo=None), type_=sa.DateTime)
    op.get_bind().execute(statement.bindparams(now))
