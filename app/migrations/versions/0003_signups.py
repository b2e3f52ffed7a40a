"""Signing up by answers: answers, consents, heads and lists, each with its guard."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NOT_OPEN = "the round is not open: its demand cannot change"
FINAL = "this row is final: reverse it, never edit it"
KEPT = "a consent can be withdrawn, once; it is never reworded or deleted"
TAKEN = "a list that was taken along stays as it is"
SAME_CONSENT = " AND ".join(
    f"NEW.{column} = OLD.{column}"
    for column in ("round_id", "participant_id", "recipient", "text_version", "given_at")
)
CHANGED_CONSENT = f"OLD.withdrawn_at IS NOT NULL OR NOT ({SAME_CONSENT})"


def upgrade():
    op.create_table(
        "given_answer",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name="fk_given_answer_participant_id_participant",
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_given_answer_round_id_round"),
        sa.PrimaryKeyConstraint("id", name="pk_given_answer"),
        sa.UniqueConstraint("round_id", "participant_id", "question", name="uq_given_answer_once"),
    )
    op.create_index("ix_given_answer_participant_id", "given_answer", ["participant_id"])
    op.create_table(
        "consent",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=160), nullable=False),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("given_by", sa.String(length=120), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name="fk_consent_participant_id_participant"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_consent_round_id_round"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_participant_id", "consent", ["participant_id"])
    op.create_index("ix_consent_round_participant", "consent", ["round_id", "participant_id"])
    op.create_table(
        "counted_heads",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("option", sa.String(length=40), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name="fk_counted_heads_round_id_round"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_counted_heads"),
        sa.UniqueConstraint("round_id", "question", "option", name="uq_counted_heads_once"),
    )
    op.create_table(
        "referral_list",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("issued_by", sa.String(length=120), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("taken_by", sa.String(length=120), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name="fk_referral_list_round_id_round"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_referral_list"),
        sa.UniqueConstraint("number", name="uq_referral_list_number"),
    )
    op.create_index("ix_referral_list_round_id", "referral_list", ["round_id"])
    # One statement each and no new table: a table made anew would lose its triggers on SQLite.
    op.drop_column("commitment", "answers")
    op.add_column("round", sa.Column("ended_at", sa.DateTime(), nullable=True))
    op.add_column(
        "round", sa.Column("particulars", sa.JSON(), server_default="{}", nullable=False)
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade():
    op.drop_table("referral_list")
    op.drop_table("counted_heads")
    op.drop_table("consent")
    op.drop_table("given_answer")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION keep_consent()")
        op.execute("DROP FUNCTION keep_taken_list()")
    op.drop_column("round", "particulars")
    op.drop_column("round", "ended_at")
    op.add_column(
        "commitment", sa.Column("answers", sa.JSON(), server_default="{}", nullable=False)
    )


def _guard_sqlite():
    """Answers may go at any time, for they must be forgotten; they come only while it is open."""
    for table, event in (
        ("given_answer", "insert"),
        ("given_answer", "update"),
        ("consent", "insert"),
    ):
        rounds = "OLD.round_id, NEW.round_id" if event == "update" else "NEW.round_id"
        _refuse(
            f"{table}_{event}_while_open",
            f"{event} ON {table}",
            f"EXISTS (SELECT 1 FROM round WHERE id IN ({rounds}) AND state <> 'open')",
            NOT_OPEN,
        )
    _refuse("consent_update_once", "UPDATE ON consent", CHANGED_CONSENT, KEPT)
    _refuse("consent_delete_never", "DELETE ON consent", "1", KEPT)
    _refuse("counted_heads_update_never", "UPDATE ON counted_heads", "1", FINAL)
    _refuse("counted_heads_delete_never", "DELETE ON counted_heads", "1", FINAL)
    taken = "OLD.taken_at IS NOT NULL"
    _refuse("referral_list_update_once", "UPDATE ON referral_list", taken, TAKEN)
    _refuse("referral_list_delete_never", "DELETE ON referral_list", "1", TAKEN)


def _refuse(name, event, when, message):
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _guard_postgresql():
    op.execute(
        "CREATE TRIGGER given_answer_while_open BEFORE INSERT OR UPDATE ON given_answer "
        "FOR EACH ROW EXECUTE FUNCTION refuse_unless_open()"
    )
    op.execute(
        "CREATE TRIGGER consent_while_open BEFORE INSERT ON consent "
        "FOR EACH ROW EXECUTE FUNCTION refuse_unless_open()"
    )
    op.execute(
        "CREATE TRIGGER counted_heads_final BEFORE UPDATE OR DELETE ON counted_heads "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    _keep("consent", "keep_consent", CHANGED_CONSENT, KEPT)
    _keep("referral_list", "keep_taken_list", "OLD.taken_at IS NOT NULL", TAKEN)


def _keep(table, function, when, message):
    op.execute(
        f"""
        CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation';
            END IF;
            IF {when} THEN
                RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
