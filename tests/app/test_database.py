"""How a transaction ends: looking costs nobody later, and a promise to look saves no change."""

import pytest
from sqlalchemy import insert, select, text

from app.database import reading
from app.extensions import db
from purchasing.answering import AnsweredChange
from tests.app.street import a_street
from tests.builders import NOON

ON_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
OFTEN = 8  # more often than the driver waits for before it prepares
CHANGE = {"key": "a-key-of-a-form", "fingerprint": "", "answer": {}, "at": NOON}


@pytest.fixture
def connection(app):
    with db.engine.connect() as connection:
        yield connection


def look(connection) -> None:
    connection.execute(select(AnsweredChange.key)).all()


def prepared(connection) -> int:
    names = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%answered_change%'"
    return connection.scalar(text(names))


@ON_POSTGRESQL
def test_who_only_looked_lets_the_database_keep_what_it_prepared(connection) -> None:
    with reading():
        for _ in range(OFTEN):
            look(connection)
            connection.rollback()

        assert prepared(connection) == 1


@ON_POSTGRESQL
def test_what_a_visitor_looked_at_is_prepared_for_the_next(visitor, session) -> None:
    street = a_street(session)
    visitor.sign_in(street.ada)
    session.remove()
    for _ in range(OFTEN):
        visitor.get(street.grid)

    found = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT person%'"
    assert session.scalar(text(found)) >= 1


@pytest.mark.parametrize("promised", [True, False])
def test_what_is_rolled_back_is_gone_whatever_was_promised(connection, promised) -> None:
    if promised:
        with reading():
            look(connection)
    connection.execute(insert(AnsweredChange), CHANGE)
    connection.rollback()

    assert connection.execute(select(AnsweredChange.key)).all() == []


@ON_POSTGRESQL
def test_who_looked_and_found_a_fault_goes_on_afterwards(connection) -> None:
    with reading():
        with pytest.raises(Exception, match="no_such_table"):
            connection.execute(text("SELECT 1 FROM no_such_table"))
        connection.rollback()

    look(connection)
