"""What came of an order, and corrections of what was charged."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FINAL = "this row is final: reverse it, never edit it"
GUARDED = ("delivery_count", "hand_share", "delivered_share", "order_change")
ONCE_FOR_EACH = "kind NOT IN ('credit_note', 'supplement')"
COLUMNS = (
    "kind, number, round_id, participant_id, supplier_order_id, language, issued_on, issued_at, "
    "due_on, reference, total_cents, snapshot, id"
)


def upgrade():
    _count_tables()
    _share_tables()
    op.create_table(
        "order_change",
        sa.Column("supplier_order_id", sa.Integer(), nullable=False),
        sa.Column("goods_cents", sa.BigInteger(), nullable=False),
        sa.Column("deposit_cents", sa.BigInteger(), nullable=False),
        sa.Column("delivery_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier_order_id"],
            ["supplier_order.id"],
            name="fk_order_change_supplier_order_id_supplier_order",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_change"),
        sa.UniqueConstraint("key", name="uq_order_change_key"),
    )
    op.create_index(
        "ix_order_change_supplier_order_id", "order_change", ["supplier_order_id"], unique=False
    )
    op.execute("ALTER TABLE charge ADD COLUMN milli INTEGER")
    _let_papers_be_corrected()
    _guard()


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("uq_paper_participant", "paper")
        op.drop_index("ix_paper_refers_to_id", "paper")
    else:
        op.execute("DROP INDEX uq_paper_participant")
        op.create_unique_constraint(
            "uq_paper_participant", "paper", ["round_id", "kind", "participant_id"]
        )
        op.drop_column("paper", "refers_to_id")
        op.drop_column("charge", "milli")
    for table in ("order_change", "delivered_share", "hand_share", "delivery_count"):
        op.drop_table(table)


def _count_tables():
    op.create_table(
        "delivery_count",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("milli", sa.Integer(), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("pieces >= 0", name="ck_delivery_count_pieces"),
        sa.CheckConstraint("milli IS NULL OR milli > 0", name="ck_delivery_count_weight"),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["supplier_order_line.id"],
            name="fk_delivery_count_line_id_supplier_order_line",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_count"),
        sa.UniqueConstraint("key", name="uq_delivery_count_key"),
    )
    op.create_index("ix_delivery_count_line_id", "delivery_count", ["line_id"], unique=False)


def _share_tables():
    _table_of_shares(
        "hand_share",
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("milli", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint("pieces >= 0", name="ck_hand_share_pieces"),
        sa.CheckConstraint("milli IS NULL OR milli > 0", name="ck_hand_share_weight"),
        sa.UniqueConstraint("key", name="uq_hand_share_key"),
    )
    op.create_index("ix_hand_share_place", "hand_share", ["round_id", "item_id", "participant_id"])
    _table_of_shares(
        "delivered_share",
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("milli", sa.Integer(), nullable=True),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint(
            "round_id", "item_id", "participant_id", name="uq_delivered_share_once"
        ),
    )


def _table_of_shares(name, *columns):
    op.create_table(
        name,
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        *columns,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=f"fk_{name}_round_id_round"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["round_item.id"], name=f"fk_{name}_item_id_round_item"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=f"fk_{name}_participant_id_participant"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_participant_id", name, ["participant_id"], unique=False)


def _let_papers_be_corrected():
    """One invoice for each, and as many corrections of it as there is reason for."""
    if op.get_bind().dialect.name == "sqlite":
        _make_paper_anew()
    else:
        op.drop_constraint("uq_paper_participant", "paper", type_="unique")
        op.add_column("paper", sa.Column("refers_to_id", sa.Integer(), nullable=True))
        op.create_foreign_key(
            "fk_paper_refers_to_id_paper", "paper", "paper", ["refers_to_id"], ["id"]
        )
    op.create_index("ix_paper_refers_to_id", "paper", ["refers_to_id"], unique=False)
    op.execute(
        "CREATE UNIQUE INDEX uq_paper_participant ON paper (round_id, kind, participant_id) "
        f"WHERE {ONCE_FOR_EACH}"
    )


def _make_paper_anew():
    """SQLite drops no constraint. The rows are away for a moment, so what points at them waits."""
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute(f"CREATE TEMPORARY TABLE paper_before AS SELECT {COLUMNS} FROM paper")
    op.execute("DROP TABLE paper")
    op.create_table(
        "paper",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("supplier_order_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(length=25), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("refers_to_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "participant_id IS NULL OR supplier_order_id IS NULL", name="ck_paper_one_recipient"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name="fk_paper_participant_id_participant"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_paper_round_id_round"),
        sa.ForeignKeyConstraint(
            ["supplier_order_id"],
            ["supplier_order.id"],
            name="fk_paper_supplier_order_id_supplier_order",
        ),
        sa.ForeignKeyConstraint(
            ["refers_to_id"], ["paper.id"], name="fk_paper_refers_to_id_paper"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_paper"),
        sa.UniqueConstraint("kind", "number", name="uq_paper_number"),
        sa.UniqueConstraint("kind", "supplier_order_id", name="uq_paper_supplier_order"),
    )
    op.execute(f"INSERT INTO paper ({COLUMNS}) SELECT {COLUMNS} FROM paper_before")
    op.execute("DROP TABLE paper_before")
    for column in ("participant_id", "round_id", "reference"):
        op.create_index(f"ix_paper_{column}", "paper", [column], unique=False)


def _guard():
    if op.get_bind().dialect.name == "sqlite":
        for table in (*GUARDED, "paper"):
            for event in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_{event}_never BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
                )
        return
    for table in GUARDED:
        op.execute(
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
