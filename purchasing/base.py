"""What every table shares: the metadata, constraint names, and UTC timestamps."""

from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import DateTime, MetaData, TypeDecorator
from sqlalchemy.dialects.postgresql import insert as pg_insert
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


@cache  # for building a statement costs more than running it
def _insert_unless_taken(row: type[Base], dialect: str) -> ReturningInsert[tuple[int]]:
    insert = sqlite_insert if dialect == "sqlite" else pg_insert
    table = row.__table__
    return insert(table).on_conflict_do_nothing().returning(table.c.id)  # type: ignore[arg-type]
