"""Price lists: upload, say which column is which, look at the difference, apply, undo."""

from collections.abc import Iterator
from typing import Any

from flask import abort, flash, redirect, render_template, request, stream_template, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from app import auth
from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.fields import choices
from app.forms.coordinator.suppliers import MAPPED, NEEDED, MappingForm, UploadForm
from app.i18n import sentence
from app.standstill import paused_mail
from app.ui import network
from app.views.coordinator.found import PAGE_SIZE, STAFF, WRONG, page_number, room, row_or_404
from purchasing.catalogue import CatalogueImport, Supplier
from purchasing.errors import Refused
from suppliers import catalogue_import
from suppliers.articles import Difference
from suppliers.catalogue_import import latest_applied
from suppliers.read_list import (
    difference_of,
    errors_in,
    is_complete,
    kept_file,
    warnings_in,
)

blueprint = room("catalogue", "/price-lists")
SHOW_PROGRESS_FROM = 2000
MOST_TICKS = 1000
MOST_ERRORS = 200
HEADER_ROWS = 20


@blueprint.post("/of/<int:supplier_id>")
@open_to(*STAFF)
def upload(supplier_id: int) -> Response:
    """Read a price list. What cannot be read at all is said on the page it came from."""
    supplier = row_or_404(Supplier, supplier_id)
    form = UploadForm()
    back = url_for("coordinator_suppliers.show", supplier_id=supplier.id)
    if not form.validate():
        for text in (text for errors in form.errors.values() for text in errors):
            flash(str(text), "error")
        return redirect(back, 303)
    file = form.file.data
    try:
        import_ = catalogue_import.preview(
            db.session(),
            supplier,
            file.read(),
            filename=file.filename or "",
            format_key=form.format_key.data or None,
            actor=auth.actor(),
            now=now(),
        )
    except Refused as refusal:
        db.session.rollback()
        flash(sentence(refusal), "error")
        return redirect(back, 303)
    db.session.commit()
    page = "show" if import_.counts["rows"] or kept_file(import_) is None else "columns"
    return redirect(url_for(f"coordinator_catalogue.{page}", import_id=import_.id), 303)


@blueprint.get("/<int:import_id>")
@open_to(*STAFF)
def show(import_id: int) -> str:
    """What a list would change, or did change; and what is wrong in it."""
    import_ = _import_or_404(import_id)
    difference, page = difference_of(import_), page_number()
    errors = errors_in(import_)
    return render_template(
        "coordinator/catalogue/show.html",
        list=import_,
        lines=_page(difference, page, import_.applied_at is None),
        page=page,
        more=_pages(difference, import_.applied_at is None) > page,
        may_tick=import_.applied_at is None and _size(difference) <= MOST_TICKS,
        gone=difference.gone[:PAGE_SIZE],
        errors=errors[:MOST_ERRORS],
        warnings=warnings_in(import_),
        complete=is_complete(import_),
        can_map=import_.applied_at is None and kept_file(import_) is not None,
        in_force=latest_applied(db.session(), import_.supplier_id),
    )


@blueprint.get("/<int:import_id>/columns")
@open_to(*STAFF)
def columns(import_id: int) -> str:
    import_ = _mappable(import_id)
    form = _mapping_form(import_, formdata=None)
    _preselect(form, import_)
    return _columns_page(import_, form)


@blueprint.post("/<int:import_id>/columns")
@open_to(*STAFF)
def save_columns(import_id: int) -> tuple[str, int] | Response:
    import_ = _mappable(import_id)
    form = _mapping_form(import_)
    if not (form.validate() and _has_needed(form)):
        return _columns_page(import_, form), WRONG
    try:
        catalogue_import.map_columns(db.session(), import_, _chosen(form, import_), now=now())
    except Refused as refusal:
        db.session.rollback()
        form.form_errors = [sentence(refusal)]
        return _columns_page(_mappable(import_id), form), WRONG
    db.session.commit()
    return redirect(url_for("coordinator_catalogue.show", import_id=import_.id), 303)


@blueprint.post("/<int:import_id>/apply")
@open_to(*STAFF)
def apply(import_id: int) -> Response | Iterator[str]:
    """Apply a list: all, the good rows, or what is ticked.

    It is one transaction. A long list answers with a page that grows while it runs, so that
    progress needs neither a second connection, for which SQLite has no place, nor a script.
    """
    import_ = _import_or_404(import_id)
    choice: dict[str, Any] = {
        "only": _ticked() if request.form.get("what") == "ticked" else None,
        "good_rows": bool(request.form.get("good_rows")),
    }
    count = import_.counts.get("new", 0) + import_.counts.get("changed", 0)
    who: dict[str, Any] = {"actor": auth.actor(), "now": now()}
    if count < SHOW_PROGRESS_FROM or choice["only"] is not None:
        catalogue_import.apply(db.session(), import_, **who, **choice)
        db.session.commit()
        flash(gettext("The price list is in force. Rounds that are open keep their prices."))
        return redirect(url_for("coordinator_catalogue.show", import_id=import_id), 303)
    supplier, us = import_.supplier.name, network()
    if us is not None:
        db.session.refresh(us)  # whole: the page is written when the session is gone
    paused_mail()
    db.session.remove()  # or the page would wait for its own lock
    return stream_template(
        "coordinator/catalogue/applying.html",
        list_id=import_id,
        supplier=supplier,
        us=us,
        steps=_steps(import_id, who | choice),
    )


@blueprint.post("/<int:import_id>/undo")
@open_to(*STAFF)
def undo(import_id: int) -> Response:
    import_ = _import_or_404(import_id)
    catalogue_import.undo(db.session(), import_, now=now())
    db.session.commit()
    flash(gettext("The price list is undone. Everything is as it was before."))
    return redirect(url_for("coordinator_catalogue.show", import_id=import_id), 303)


def _steps(import_id: int, choice: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Apply while the page is being sent: ("done", percent), and one last word.

    It runs when the view has returned, in a session of its own.
    """
    session = Session(db.engine)
    try:
        import_ = session.get_one(CatalogueImport, import_id)
        for done, total in catalogue_import.applying(session, import_, **choice):
            yield "done", 100 * done // max(total, 1)
        session.commit()
        yield "ready", ""
    except Refused as refusal:
        session.rollback()
        yield "refused", sentence(refusal)
    finally:
        session.close()  # also when the visitor goes away: nothing is half applied


def _import_or_404(import_id: int) -> CatalogueImport:
    import_ = db.session.scalar(
        select(CatalogueImport)
        .where(CatalogueImport.id == import_id)
        .options(joinedload(CatalogueImport.supplier))
    )
    if import_ is None:
        abort(404)
    return import_


def _mappable(import_id: int) -> CatalogueImport:
    import_ = _import_or_404(import_id)
    if import_.applied_at is not None:
        raise catalogue_import.AlreadyApplied
    if kept_file(import_) is None:
        raise catalogue_import.FileNotKept
    return import_


def _ticked() -> set[int]:
    ticked = request.form.getlist("row")
    return {int(text) for text in ticked if text.isascii() and text.isdigit() and len(text) < 10}


def _size(difference: Difference) -> int:
    return len(difference.new) + len(difference.changed)


def _pages(difference: Difference, may_apply: bool) -> int:
    if may_apply and _size(difference) <= MOST_TICKS:
        return 1
    return -(-_size(difference) // PAGE_SIZE)


def _page(difference: Difference, page: int, may_apply: bool) -> dict[str, list[Any]]:
    """Changes first, then what is new: all of them where they can be ticked, else one page."""
    rows: list[Any] = [*difference.changed, *difference.new]
    if _pages(difference, may_apply) > 1:
        rows = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return {
        "changed": [row for row in rows if hasattr(row, "fields")],
        "new": [row for row in rows if not hasattr(row, "fields")],
    }


def _mapping_form(import_: CatalogueImport, **more: Any) -> MappingForm:
    form = MappingForm(**more)
    sample = import_.content["sample"]
    rows = [(at + 1, _shown(cells)) for at, cells in enumerate(sample[:HEADER_ROWS])]
    form.header_row.choices = choices([*rows, (0, gettext("No row has titles"))])
    width = max((len(cells) for cells in sample), default=0)
    places = [(str(at), _column_words(sample, at)) for at in range(width)]
    for name, _ in MAPPED:
        form[f"column_{name}"].choices = choices([("", gettext("Not in this list")), *places])
    return form


def _shown(cells: list[str]) -> str:
    text = " · ".join(cell for cell in cells if cell)
    return text if len(text) <= 80 else text[:79] + "…"


def _column_words(sample: list[list[str]], at: int) -> str:
    """ "C: Price, 1.25": its letter and the first things in it."""
    first = [cells[at] for cells in sample if at < len(cells) and cells[at]][:2]
    letter = chr(65 + at) if at < 26 else f"{chr(64 + at // 26)}{chr(65 + at % 26)}"
    return f"{letter}: {_shown(first)}"


def _preselect(form: MappingForm, import_: CatalogueImport) -> None:
    """Show what was guessed or chosen before."""
    mapping = import_.content.get("mapping") or import_.supplier.mapping or {}
    titles = [title.strip() for title in import_.content["header"]]
    sample = [[cell.strip() for cell in cells] for cells in import_.content["sample"]]
    form.header_row.data = sample.index(titles) + 1 if titles in sample else 1
    for name, _ in MAPPED:
        column = mapping.get(name)
        place = titles.index(column) if column in titles else column
        form[f"column_{name}"].data = str(place) if isinstance(place, int) else ""
    for name in ("price_is", "vat_default", "decimal"):
        if name in mapping:
            form[name].data = str(mapping[name])


def _has_needed(form: MappingForm) -> bool:
    for name in NEEDED:
        field = form[f"column_{name}"]
        if not field.data:
            field.errors = [gettext("Choose a column for this.")]
    return not form.errors


def _chosen(form: MappingForm, import_: CatalogueImport) -> dict[str, Any]:
    """The mapping, columns by their title where that says enough: titles survive a new column."""
    row = form.header_row.data
    titles = [t.strip() for t in import_.content["sample"][row - 1]] if row else []
    mapping: dict[str, Any] = {"header_row": row, "price_is": form.price_is.data}
    mapping |= {"vat_default": form.vat_default.data, "decimal": form.decimal.data}
    for name, _ in MAPPED:
        if form[f"column_{name}"].data:
            at = int(form[f"column_{name}"].data)
            title = titles[at] if at < len(titles) else ""
            mapping[name] = title if title and titles.count(title) == 1 else at
    return mapping


def _columns_page(import_: CatalogueImport, form: MappingForm) -> str:
    return render_template(
        "coordinator/catalogue/columns.html",
        list=import_,
        form=form,
        mapped=MAPPED,
        sample=import_.content["sample"][:8],
    )
