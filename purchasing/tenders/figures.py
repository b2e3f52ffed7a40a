"""Dated figures that others set: those that are shipped, and what an administrator made of them.

A row here adds to the shipped ones, or stands in the place of the one with the same kind, group,
band and year; deleted, the shipped one holds again. A round keeps the figures it was awarded by.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import BigInteger, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base
from purchasing.category import Category
from purchasing.errors import N_, Refused
from purchasing.tendering import Figure

FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST = 10**12


class NoSuchKind(Refused):
    message = N_("There is no such figure.")


class NoSuchYear(Refused):
    message = N_("Choose a year between %(first)s and %(last)s.")


class ImpossibleFigure(Refused):
    message = N_("This figure cannot be right.")


class SourceMissing(Refused):
    message = N_("Say where this figure comes from. Everybody can read it.")


class DatedFigure(Base):
    """One figure as an administrator entered it. See `tendering.Figure` for the fields."""

    __tablename__ = "dated_figure"
    __table_args__ = (
        UniqueConstraint(
            "category_key", "kind", "group", "above", "from_year", name="uq_dated_figure_once"
        ),
    )

    category_key: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    group: Mapped[str] = mapped_column(String(20), default="")
    above: Mapped[int] = mapped_column(default=0)
    from_year: Mapped[int]
    value: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(200))
    estimated: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(120))

    @property
    def figure(self) -> Figure:
        return Figure(
            kind=self.kind,
            from_year=self.from_year,
            value=self.value,
            source=self.source,
            above=self.above,
            group=self.group,
            estimated=self.estimated,
        )


def figures_of(session: Session, category: Category) -> tuple[Figure, ...]:
    """All figures of a category, the entered before the shipped, sorted by their key."""
    if category.tender is None:
        return ()
    shipped = {figure.key: figure for figure in category.tender.figures()}
    entered = {row.figure.key: row.figure for row in entered_figures(session, category)}
    return tuple(figure for _, figure in sorted((shipped | entered).items()))


def entered_figures(session: Session, category: Category) -> list[DatedFigure]:
    query = select(DatedFigure).where(DatedFigure.category_key == category.key)
    return list(session.scalars(query.order_by(DatedFigure.id)))


def set_figure(
    session: Session, category: Category, figure: Figure, *, actor: str, now: datetime
) -> DatedFigure:
    """Enter a figure, or change the one with the same kind, group, band and year.

    Raises NoSuchKind, NoSuchYear, ImpossibleFigure, SourceMissing.
    """
    _check(category, figure)
    row = _find(session, category, figure) or DatedFigure(category_key=category.key)
    for name, value in asdict(figure).items():
        setattr(row, name, value)
    row.source, row.changed_at, row.changed_by = figure.source.strip(), now, actor
    session.add(row)
    session.flush()
    return row


def drop_figure(session: Session, row: DatedFigure) -> None:
    """Take back what was entered: the shipped figure holds again, if there is one."""
    session.delete(row)
    session.flush()


def _check(category: Category, figure: Figure) -> None:
    kinds = category.tender.figure_kinds() if category.tender else ()
    if figure.kind not in {kind.key for kind in kinds}:
        raise NoSuchKind
    if not FIRST_YEAR <= figure.from_year <= LAST_YEAR:
        raise NoSuchYear(first=FIRST_YEAR, last=LAST_YEAR)
    if not 0 <= figure.value <= MOST or figure.above < 0:
        raise ImpossibleFigure
    if not figure.source.strip():
        raise SourceMissing


def _find(session: Session, category: Category, figure: Figure) -> DatedFigure | None:
    return session.scalar(
        select(DatedFigure).where(
            DatedFigure.category_key == category.key,
            DatedFigure.kind == figure.kind,
            DatedFigure.group == figure.group,
            DatedFigure.above == figure.above,
            DatedFigure.from_year == figure.from_year,
        )
    )
