"""Erasing somebody: when it was done, and guards that let a name go and nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NOT_OPEN = "the round is not open: its demand cannot change"
KEPT = "a consent can be withdrawn, once; it is never reworded or deleted"
CONSENT = ("id", "round_id", "participant_id", "recipient", "text_version", "given_at")
COMMITMENT = ("id", "round_id", "participant_id", "version", "changed_at", "ordered_at")


def _same(columns):
    return " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in columns)


ONLY_UNNAMED = f"(NEW.changed_by = '' AND {_same(COMMITMENT)})"
CHANGED_CONSENT = (
    f"NOT ({_same(CONSENT)})"
    " OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)"
    " OR (NEW.given_by <> OLD.given_by AND NEW.given_by <> '')"
)
CHANGED_BEFORE = "OLD.withdrawn_at IS NOT NULL OR NOT (" + " AND ".join(
    f"NEW.{name} = OLD.{name}" for name in CONSENT[1:]
) + ")"  # fmt: skip


def upgrade():
    for table in ("participant", "person"):
        op.add_column(table, sa.Column("erased_at", sa.DateTime(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _sqlite(f"AND NOT {ONLY_UNNAMED}", CHANGED_CONSENT)
    else:
        op.execute("DROP TRIGGER commitment_while_open ON commitment")
        _postgresql_commitment("INSERT OR DELETE", "while_open", "")
        _postgresql_commitment("UPDATE", "update_while_open", f"WHEN (NOT {ONLY_UNNAMED})")
        _postgresql_consent(CHANGED_CONSENT)


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        _sqlite("", CHANGED_BEFORE)
    else:
        op.execute("DROP TRIGGER commitment_while_open ON commitment")
        op.execute("DROP TRIGGER commitment_update_while_open ON commitment")
        _postgresql_commitment("INSERT OR UPDATE OR DELETE", "while_open", "")
        _postgresql_consent(CHANGED_BEFORE)
    for table in ("participant", "person"):
        op.drop_column(table, "erased_at")


def _sqlite(unless_unnamed, changed_consent):
    op.execute("DROP TRIGGER commitment_update_while_open")
    op.execute(
        "CREATE TRIGGER commitment_update_while_open BEFORE UPDATE ON commitment "
        "WHEN EXISTS (SELECT 1 FROM round WHERE id IN (OLD.round_id, NEW.round_id) "
        f"AND state <> 'open') {unless_unnamed} BEGIN SELECT RAISE(ABORT, '{NOT_OPEN}'); END"
    )
    op.execute("DROP TRIGGER consent_update_once")
    op.execute(
        f"CREATE TRIGGER consent_update_once BEFORE UPDATE ON consent WHEN {changed_consent} "
        f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    )


def _postgresql_commitment(events, name, when):
    op.execute(
        f"CREATE TRIGGER commitment_{name} BEFORE {events} ON commitment "
        f"FOR EACH ROW {when} EXECUTE FUNCTION refuse_unless_open()"
    )


def _postgresql_consent(changed):
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION keep_consent() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'check_violation';
            END IF;
            IF {changed} THEN
                RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
