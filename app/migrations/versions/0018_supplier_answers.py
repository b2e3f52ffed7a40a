"""What suppliers answer to orders, what was decided, and what participants say to it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
REVOKED = "a link is revoked once, and never changed otherwise"
APPEND_ONLY = (
    "supplier_answer",
    "supplier_answer_line",
    "answer_decision",
    "announced_line",
    "announced_share",
    "share_reply",
)


def upgrade():
    op.create_table(
        "answer_link",
        _key("supplier_order_id"),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_by", sa.String(length=120), nullable=False),
        *_ends("answer_link", ("supplier_order_id", "supplier_order")),
    )
    op.create_table(
        "supplier_answer",
        _key("supplier_order_id"),
        _key("link_id"),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("said_by", sa.String(length=120), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        *_ends(
            "supplier_answer",
            ("supplier_order_id", "supplier_order"),
            ("link_id", "answer_link"),
        ),
    )
    op.create_table(
        "supplier_answer_line",
        _key("answer_id"),
        _key("line_id"),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_ends(
            "supplier_answer_line",
            ("answer_id", "supplier_answer"),
            ("line_id", "supplier_order_line"),
        ),
    )
    op.create_table(
        "answer_decision",
        _key("supplier_order_id"),
        _key("answer_id"),
        sa.Column("reply_until", sa.DateTime(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        *_ends(
            "answer_decision",
            ("supplier_order_id", "supplier_order"),
            ("answer_id", "supplier_answer"),
        ),
        sa.UniqueConstraint("answer_id", name="uq_answer_decision_answer_id"),
    )
    op.create_table(
        "announced_line",
        _key("decision_id"),
        _key("line_id"),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        *_ends(
            "announced_line",
            ("decision_id", "answer_decision"),
            ("line_id", "supplier_order_line"),
        ),
    )
    op.create_table(
        "announced_share",
        _key("decision_id"),
        _key("line_id"),
        _key("participant_id"),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("offered", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        *_ends(
            "announced_share",
            ("decision_id", "answer_decision"),
            ("line_id", "supplier_order_line"),
            ("participant_id", "participant"),
        ),
    )
    op.create_table(
        "share_reply",
        _key("share_id"),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        *_ends("share_reply", ("share_id", "announced_share")),
    )
    for table, column in (
        ("answer_link", "supplier_order_id"),
        ("supplier_answer", "supplier_order_id"),
        ("supplier_answer_line", "answer_id"),
        ("supplier_answer_line", "line_id"),
        ("answer_decision", "supplier_order_id"),
        ("announced_line", "decision_id"),
        ("announced_line", "line_id"),
        ("announced_share", "decision_id"),
        ("announced_share", "participant_id"),
        ("share_reply", "share_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade():
    for table in (
        "share_reply",
        "announced_share",
        "announced_line",
        "answer_decision",
        "supplier_answer_line",
        "supplier_answer",
        "answer_link",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION keep_answer_link()")


def _key(name):
    return sa.Column(name, sa.Integer(), nullable=False)


def _ends(table, *keys):
    """The id, and where each of the other keys leads."""
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}_{to}")
            for column, to in keys
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def _guard_sqlite():
    for table in APPEND_ONLY:
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_{event}_never BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
            )
    changed = "OLD.revoked_at IS NOT NULL OR NEW.expires_at <> OLD.expires_at"
    for event, when in (("update", changed), ("delete", "1")):
        op.execute(
            f"CREATE TRIGGER answer_link_{event}_once BEFORE {event} ON answer_link WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{REVOKED}'); END"
        )


def _guard_postgresql():
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        f"""
        CREATE FUNCTION keep_answer_link() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR OLD.revoked_at IS NOT NULL
                OR NEW.expires_at <> OLD.expires_at THEN
                RAISE EXCEPTION '{REVOKED}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER answer_link_kept BEFORE UPDATE OR DELETE ON answer_link "
        "FOR EACH ROW EXECUTE FUNCTION keep_answer_link()"
    )
