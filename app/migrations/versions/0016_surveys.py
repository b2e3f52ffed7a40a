"""Surveys: what was found at each home, what each was told and chose; each with its guard."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NOT_CLOSED = "what was found can be written down between closing and the offer only"
FINAL = "this row is final: reverse it, never edit it"
TOLD = "what was told stays as it is"
NOT_NOW = "nothing can be chosen in this round now"
LINE = ("round_id", "participant_id", "item_id")
FOUND = (*LINE, "quantity", "extra_cents", "noted_at")  # words and a name may be forgotten
OFFER = ("round_id", "participant_id")
CHOICE = ("choice", "version", "decided_at")


def _state(row):
    return f"(SELECT state FROM round WHERE id = {row}.round_id)"


def _same(columns, operator):
    return " AND ".join(f"NEW.{column} {operator} OLD.{column}" for column in columns)


def _rules(operator):
    """By table and event: when a row is refused, and why."""
    forgotten = f"{_same(FOUND, operator)} AND NEW.reason IN ('', OLD.reason)"
    told = "OLD.at_most_cents IS NOT NULL AND NEW.at_most_cents <> OLD.at_most_cents"
    taken_back = "OLD.at_most_cents IS NOT NULL AND NEW.at_most_cents IS NULL"
    choosing = "('closed', 'offered')"
    return {
        ("survey_finding", "INSERT"): [(f"{_state('NEW')} <> 'closed'", NOT_CLOSED)],
        ("survey_finding", "UPDATE"): [
            (f"{_state('OLD')} <> 'closed' AND NOT ({forgotten})", NOT_CLOSED)
        ],
        ("survey_finding", "DELETE"): [(f"{_state('OLD')} <> 'closed'", NOT_CLOSED)],
        ("survey_line", "INSERT"): [(f"{_state('NEW')} <> 'offered'", TOLD)],
        ("survey_line", "UPDATE"): [("1 = 1", TOLD)],
        ("survey_line", "DELETE"): [("1 = 1", TOLD)],
        ("survey_offer", "INSERT"): [(f"{_state('NEW')} NOT IN {choosing}", NOT_NOW)],
        ("survey_offer", "UPDATE"): [
            (f"NOT ({_same(OFFER, operator)}) OR ({told}) OR ({taken_back})", TOLD),
            (f"NOT ({_same(CHOICE, operator)}) AND {_state('OLD')} NOT IN {choosing}", NOT_NOW),
        ],
        ("survey_offer", "DELETE"): [("1 = 1", TOLD)],
    }


def upgrade():
    # One statement and no new table: a table made anew would lose its triggers on SQLite.
    op.execute(
        "ALTER TABLE round ADD COLUMN choose_days INTEGER DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_round_choosing CHECK (choose_days BETWEEN 0 AND 60)"
    )
    _table(
        "survey_finding",
        LINE,
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("extra_cents", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.Column("noted_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 0 AND 100000", name="ck_survey_finding_quantity"),
        sa.CheckConstraint("extra_cents >= 0", name="ck_survey_finding_extra"),
    )
    _table(
        "survey_line",
        LINE,
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("extra_cents", sa.Integer(), nullable=False),
        sa.Column("raised", sa.Boolean(), nullable=False),
    )
    _table(
        "survey_offer",
        OFFER,
        sa.Column("at_most_cents", sa.BigInteger(), nullable=True),
        sa.Column("choice", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
    )
    _guard()


def downgrade():
    for table in ("survey_offer", "survey_line", "survey_finding"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        for table, event in _rules("="):
            op.execute(f"DROP FUNCTION keep_{table}_{event.lower()}()")
    op.drop_column("round", "choose_days")


def _table(name, once, *columns):
    targets = {"round_id": "round", "participant_id": "participant", "item_id": "round_item"}
    op.create_table(
        name,
        *(sa.Column(column, sa.Integer(), nullable=False) for column in once),
        *columns,
        sa.Column("id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{targets[column]}.id"], name=f"fk_{name}_{column}_{targets[column]}"
            )
            for column in once
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.UniqueConstraint(*once, name=f"uq_{name}_once"),
    )
    op.create_index(f"ix_{name}_participant_id", name, ["participant_id"])


def _guard():
    sqlite = op.get_bind().dialect.name == "sqlite"
    for (table, event), rules in _rules("IS" if sqlite else "IS NOT DISTINCT FROM").items():
        (_guard_sqlite if sqlite else _guard_postgresql)(table, event, rules)


def _guard_sqlite(table, event, rules):
    for number, (when, message) in enumerate(rules):
        op.execute(
            f"CREATE TRIGGER {table}_{event.lower()}_{number} BEFORE {event} ON {table} "
            f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _guard_postgresql(table, event, rules):
    name = f"keep_{table}_{event.lower()}"
    checks = " ".join(
        f"IF {when} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation'; END IF;"
        for when, message in rules
    )
    row = "OLD" if event == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {checks} RETURN {row}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
