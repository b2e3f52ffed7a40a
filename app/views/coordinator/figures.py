"""Taxes, grid costs and rules that others set: what is shipped, and what we changed of it.

One starts from a figure that is there and says from which year another holds, so that no kind,
group or band can be misspelt. A round keeps the figures it was awarded by.
"""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth, i18n
from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.figures import FigureForm, in_units
from app.i18n import sentence
from app.views.coordinator.found import WRONG, room, row_or_404
from purchasing.categories import CATEGORIES
from purchasing.category import Category
from purchasing.errors import Refused
from purchasing.people import Role
from purchasing.tendering import Figure, FigureKind
from purchasing.tenders import figures
from purchasing.tenders.figures import DatedFigure

blueprint = room("figures", "/figures")
FIELDS = {figures.NoSuchYear: "from_year", figures.SourceMissing: "source"}


@blueprint.get("/<key>")
@open_to(Role.ADMINISTRATOR)
def index(key: str) -> str:
    category = _category_or_404(key)
    own = {row.figure.key: row for row in figures.entered_figures(db.session(), category)}
    return render_template(
        "coordinator/figures/index.html",
        category=category,
        kinds=_kinds(category),
        figures=figures.figures_of(db.session(), category),
        own=own,
        in_units=in_units,
    )


@blueprint.get("/<key>/change")
@open_to(Role.ADMINISTRATOR)
def change(key: str) -> str:
    category = _category_or_404(key)
    figure = _figure_or_404(category)
    kind = _kinds(category)[figure.kind]
    shown = {
        "from_year": max(figure.from_year, i18n.local(now()).year),
        "value": in_units(figure.value, kind),
        "source": figure.source,
    }
    return _page(category, figure, FigureForm(kind, formdata=None, data=shown))


@blueprint.post("/<key>/change")
@open_to(Role.ADMINISTRATOR)
def save(key: str) -> tuple[str, int] | Response:
    category = _category_or_404(key)
    figure = _figure_or_404(category)
    form = FigureForm(_kinds(category)[figure.kind])
    if not form.validate() or not _saved(category, figure, form):
        return _page(category, figure, form), WRONG
    flash(gettext("Saved. Rounds that have been awarded keep the figures of then."))
    return redirect(url_for("coordinator_figures.index", key=key), 303)


@blueprint.post("/<int:figure_id>/drop")
@open_to(Role.ADMINISTRATOR)
def drop(figure_id: int) -> Response:
    row = row_or_404(DatedFigure, figure_id)
    key = row.category_key
    figures.drop_figure(db.session(), row)
    db.session.commit()
    return redirect(url_for("coordinator_figures.index", key=key), 303)


def _saved(category: Category, figure: Figure, form: FigureForm) -> bool:
    made = Figure(
        kind=str(figure.kind),
        from_year=form.from_year.data or 0,
        value=form.units,
        source=form.source.data or "",
        above=figure.above,
        group=figure.group,
        estimated=form.estimated.data,
    )
    try:
        figures.set_figure(db.session(), category, made, actor=auth.actor(), now=now())
    except Refused as refusal:
        form[FIELDS.get(type(refusal), "value")].errors = [sentence(refusal)]
    else:
        db.session.commit()
        return True
    return False


def _page(category: Category, figure: Figure, form: FigureForm) -> str:
    return render_template(
        "coordinator/figures/change.html", category=category, figure=figure, form=form
    )


def _category_or_404(key: str) -> Category:
    category = CATEGORIES.get(key)
    if category is None or category.tender is None:
        abort(404)
    return category


def _kinds(category: Category) -> dict[str, FigureKind]:
    return {kind.key: kind for kind in category.tender.figure_kinds()} if category.tender else {}


def _figure_or_404(category: Category) -> Figure:
    """The figure that the address names, with its year; a later one will stand beside it."""
    named: tuple[Any, ...] = (
        request.values.get("kind", ""),
        request.values.get("group", ""),
        request.values.get("above", 0, int),
        request.values.get("year", 0, int),
    )
    found = {figure.key: figure for figure in figures.figures_of(db.session(), category)}
    return found.get(named) or abort(404)
