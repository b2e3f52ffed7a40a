"""Suppliers: the list, one of them, its terms and its articles."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.suppliers import SupplierForm, UploadForm
from app.views.coordinator import offer
from app.views.coordinator.found import (
    PAGE_SIZE,
    STAFF,
    WRONG,
    page_number,
    room,
    row_or_404,
)
from purchasing.catalogue import CatalogueImport, Product, Supplier
from suppliers.catalogue_import import latest_applied

blueprint = room("suppliers", "/suppliers")
MOST_IMPORTS = 20


@blueprint.get("/")
@open_to(*STAFF)
def index() -> str:
    rows = db.session.scalars(select(Supplier).order_by(Supplier.active.desc(), Supplier.name))
    return render_template(
        "coordinator/suppliers/index.html", suppliers=list(rows), counts=_counts()
    )


@blueprint.get("/new")
@open_to(*STAFF)
def start() -> str:
    form = SupplierForm(formdata=None, delivery_vat_bp=2100)
    return render_template("coordinator/suppliers/form.html", form=form)


@blueprint.post("/new")
@open_to(*STAFF)
def create() -> tuple[str, int] | Response:
    form = SupplierForm()
    if not (form.validate() and _name_is_free(form, None)):
        return render_template("coordinator/suppliers/form.html", form=form), WRONG
    supplier = Supplier()
    form.populate_obj(supplier)
    db.session.add(supplier)
    db.session.commit()
    return redirect(url_for("coordinator_suppliers.show", supplier_id=supplier.id), 303)


@blueprint.get("/<int:supplier_id>")
@open_to(*STAFF)
def show(supplier_id: int) -> str:
    """A supplier with its articles: searched, in pages."""
    supplier = row_or_404(Supplier, supplier_id)
    page, search = page_number(), request.args.get("search", "").strip()[: offer.MOST_WORDS]
    products = _products(supplier, search, page)
    imports = select(CatalogueImport).where(CatalogueImport.supplier_id == supplier.id)
    newest = imports.order_by(CatalogueImport.id.desc()).limit(MOST_IMPORTS)
    return render_template(
        "coordinator/suppliers/show.html",
        supplier=supplier,
        form=UploadForm(formdata=None),
        products=products[:PAGE_SIZE],
        prices=offer.prices(db.session(), [p.id for p in products], now=now()),
        more=len(products) > PAGE_SIZE,
        page=page,
        search=search,
        count=_counts().get(supplier.id, 0),
        imports=list(db.session.scalars(newest)),
        in_force=latest_applied(db.session(), supplier.id),
    )


@blueprint.get("/<int:supplier_id>/edit")
@open_to(*STAFF)
def edit(supplier_id: int) -> str:
    supplier = row_or_404(Supplier, supplier_id)
    form = SupplierForm(formdata=None, obj=supplier)
    return render_template("coordinator/suppliers/form.html", form=form, supplier=supplier)


@blueprint.post("/<int:supplier_id>/edit")
@open_to(*STAFF)
def save(supplier_id: int) -> tuple[str, int] | Response:
    supplier = row_or_404(Supplier, supplier_id)
    form = SupplierForm()
    if not (form.validate() and _name_is_free(form, supplier)):
        page = render_template("coordinator/suppliers/form.html", form=form, supplier=supplier)
        return page, WRONG
    form.populate_obj(supplier)
    db.session.commit()
    flash(gettext("Saved. Rounds that are open keep what they promised."))
    return redirect(url_for("coordinator_suppliers.show", supplier_id=supplier.id), 303)


def _name_is_free(form: SupplierForm, supplier: Supplier | None) -> bool:
    other = db.session.scalar(select(Supplier.id).where(Supplier.name == form.name.data))
    if other is None or (supplier is not None and other == supplier.id):
        return True
    form.name.errors = [gettext("There is a supplier of this name already.")]
    return False


def _counts() -> dict[int, int]:
    """How many articles each supplier has for sale."""
    rows = db.session.execute(
        select(Product.supplier_id, func.count(Product.id))
        .where(Product.available)
        .group_by(Product.supplier_id)
    )
    return {supplier_id: count for supplier_id, count in rows}


def _products(supplier: Supplier, search: str, page: int) -> list[Product]:
    """One page, and one more if there is a next page."""
    query = select(Product).where(Product.supplier_id == supplier.id)
    for word in search.split():
        query = query.where(offer.contains(word))
    ordered = query.order_by(Product.available.desc(), Product.category, Product.name, Product.id)
    return list(db.session.scalars(ordered.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)))
