"""Tenders: figures, invitations, sealed bids, awards and offers, each with its guard."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SEALED = "a bid is final: it can be opened once, or withdrawn before that"
FINAL = "this row is final: reverse it, never edit it"
OFFERED = "what was offered stays as it is"
NOT_OFFERED = "nothing can be chosen in this round now"
SAME_BID = " AND ".join(
    f"NEW.{column} = OLD.{column}"
    for column in (
        "round_id",
        "invitation_id",
        "supplier_id",
        "commitment",
        "committed_at",
        "sealed",
    )
)
ENDED = "OLD.opened_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL"
CHANGED_BID = f"({ENDED}) OR NOT ({SAME_BID})"
KEPT_OFFER = ("round_id", "participant_id", "place", "answered_on")
OFFERED_TERMS = ("bid_id", "cost_cents", "now_cents", "worse_off")
CHOICE = ("state", "version", "decided_at", "agreed_version")  # a name may be forgotten


def _same(columns, operator):
    return " AND ".join(f"NEW.{column} {operator} OLD.{column}" for column in columns)


def upgrade():
    op.create_table(
        "dated_figure",
        sa.Column("category_key", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("group", sa.String(length=20), nullable=False),
        sa.Column("above", sa.Integer(), nullable=False),
        sa.Column("from_year", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dated_figure"),
        sa.UniqueConstraint(
            "category_key", "kind", "group", "above", "from_year", name="uq_dated_figure_once"
        ),
    )
    op.create_table(
        "bid_invitation",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(), nullable=False),
        sa.Column("invited_by", sa.String(length=120), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name="fk_bid_invitation_round_id_round"
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name="fk_bid_invitation_supplier_id_supplier"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bid_invitation"),
    )
    op.create_index("ix_bid_invitation_round", "bid_invitation", ["round_id", "supplier_id"])
    op.create_index("ix_bid_invitation_supplier_id", "bid_invitation", ["supplier_id"])
    op.create_table(
        "sealed_bid",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("committed_at", sa.DateTime(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=True),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_sealed_bid_round_id_round"),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["bid_invitation.id"],
            name="fk_sealed_bid_invitation_id_bid_invitation",
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name="fk_sealed_bid_supplier_id_supplier"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sealed_bid"),
        sa.UniqueConstraint("commitment", name="uq_sealed_bid_commitment"),
    )
    op.create_index("ix_sealed_bid_round_id", "sealed_bid", ["round_id"])
    op.create_index("ix_sealed_bid_supplier_id", "sealed_bid", ["supplier_id"])
    op.create_index(
        "uq_sealed_bid_standing",
        "sealed_bid",
        ["invitation_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "award",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("published", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_award_round_id_round"),
        sa.PrimaryKeyConstraint("id", name="pk_award"),
        sa.UniqueConstraint("round_id", name="uq_award_round_id"),
    )
    op.create_table(
        "offer",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("bid_id", sa.Integer(), nullable=True),
        sa.Column("cost_cents", sa.Integer(), nullable=True),
        sa.Column("now_cents", sa.Integer(), nullable=True),
        sa.Column("worse_off", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.Column("agreed_version", sa.String(length=20), nullable=False),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_offer_round_id_round"),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name="fk_offer_participant_id_participant"
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["sealed_bid.id"], name="fk_offer_bid_id_sealed_bid"),
        sa.PrimaryKeyConstraint("id", name="pk_offer"),
        sa.UniqueConstraint("round_id", "participant_id", name="uq_offer_once"),
    )
    op.create_index("ix_offer_participant_id", "offer", ["participant_id"])
    op.create_index("ix_offer_bid_state", "offer", ["bid_id", "state"])
    # One statement each and no new table: a table made anew would lose its triggers on SQLite.
    op.add_column("round", sa.Column("bids_until", sa.DateTime(), nullable=True))
    op.add_column("round", sa.Column("offers_until", sa.DateTime(), nullable=True))
    op.add_column(
        "round", sa.Column("no_deal", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade():
    for table in ("offer", "award", "sealed_bid", "bid_invitation", "dated_figure"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION keep_bid()")
        op.execute("DROP FUNCTION keep_offer()")
    for column in ("no_deal", "offers_until", "bids_until"):
        op.drop_column("round", column)


def _guard_sqlite():
    """An offer's terms are final; the choice changes only while its round is `offered`."""
    _refuse("sealed_bid_update_once", "UPDATE ON sealed_bid", CHANGED_BID, SEALED)
    _refuse("sealed_bid_delete_never", "DELETE ON sealed_bid", "1", SEALED)
    for event in ("UPDATE", "DELETE"):
        _refuse(f"award_{event.lower()}_never", f"{event} ON award", "1", FINAL)
    kept = _same(KEPT_OFFER + OFFERED_TERMS, "IS")
    _refuse("offer_terms_final", "UPDATE ON offer", f"NOT ({kept})", OFFERED)
    _refuse("offer_delete_never", "DELETE ON offer", "1", OFFERED)
    chosen = _same(CHOICE, "IS")
    elsewhere = "(SELECT state FROM round WHERE id = NEW.round_id) <> 'offered'"
    _refuse(
        "offer_while_offered", "UPDATE ON offer", f"NOT ({chosen}) AND {elsewhere}", NOT_OFFERED
    )


def _refuse(name, event, when, message):
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _guard_postgresql():
    op.execute(
        "CREATE TRIGGER award_final BEFORE UPDATE OR DELETE ON award "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    _keep("sealed_bid", "keep_bid", [(CHANGED_BID, SEALED)], SEALED)
    kept = _same(KEPT_OFFER + OFFERED_TERMS, "IS NOT DISTINCT FROM")
    chosen = _same(CHOICE, "IS NOT DISTINCT FROM")
    elsewhere = "(SELECT state FROM round WHERE id = NEW.round_id) <> 'offered'"
    rules = [(f"NOT ({kept})", OFFERED), (f"NOT ({chosen}) AND {elsewhere}", NOT_OFFERED)]
    _keep("offer", "keep_offer", rules, OFFERED)


def _keep(table, function, rules, never):
    checks = "".join(
        f"IF {when} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation'; END IF; "
        for when, message in rules
    )
    op.execute(
        f"""
        CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION '{never}' USING ERRCODE = 'check_violation';
            END IF;
            {checks}
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
