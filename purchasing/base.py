"""What every table shares: the metadata, constraint names, and UTC timestamps."""

from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import DateTime, MetaData, TypeDecorator
from sqlalchemy.dialects.postgresql import Insert as PgInsert
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.sql.dml import ReturningInsert


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime, also on SQLite, which forgets the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime}

    id: Mapped[int] = mapped_column(primary_key=True)


def insert_if_absent(session: Session, row: type[Base], **values: Any) -> bool:
    """Insert unless a unique key is taken already; whether it was inserted.

    Both databases can do this in one statement, so two at once neither fail nor double.
    """
    session.flush()  # what waits in the session comes first, as before any statement of its own
    statement = _insert_unless_taken(row, session.get_bind().dialect.name)
    return session.scalar(statement, values) is not None


def insert_into(row: type[Base], dialect: str) -> SqliteInsert | PgInsert:
    """An INSERT of that database's own, which can say what to do where a row is there already."""
    insert = sqlite_insert if dialect == "sqlite" else pg_insert
    return insert(row.__table__)  # type: ignore[arg-type]


@cache  # for building a statement costs more than running it
def _insert_unless_taken(row: type[Base], dialect: str) -> ReturningInsert[tuple[int]]:
    statement = insert_into(row, dialect).on_conflict_do_nothing()
    return statement.returning(row.__table__.c.id)
