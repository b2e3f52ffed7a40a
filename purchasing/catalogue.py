"""What can be bought, from whom, at which terms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    false,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing.base import Base

HIGH_VAT = 2100


class Supplier(Base):
    """Who sells to us. Amounts are cents without VAT."""

    __tablename__ = "supplier"

    name: Mapped[str] = mapped_column(String(120), unique=True)
    attention: Mapped[str] = mapped_column(String(120), default="")
    street: Mapped[str] = mapped_column(String(120), default="")
    postcode: Mapped[str] = mapped_column(String(12), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    customer_number: Mapped[str] = mapped_column(String(40), default="")
    iban: Mapped[str] = mapped_column(String(34), default="")
    language: Mapped[str] = mapped_column(String(5), default="nl")
    minimum_cents: Mapped[int] = mapped_column(default=0)
    free_delivery_cents: Mapped[int | None]
    delivery_cents: Mapped[int] = mapped_column(default=0)
    delivery_vat_bp: Mapped[int] = mapped_column(default=HIGH_VAT)
    wants_zero_order: Mapped[bool] = mapped_column(default=False)
    kvk: Mapped[str] = mapped_column(String(12), default="", server_default="")
    wants_ubl: Mapped[bool] = mapped_column(default=False, server_default=false())
    format_key: Mapped[str] = mapped_column(String(40), default="")
    mapping: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(default=True)


class Product(Base):
    """One article of a supplier, as its last price list describes it."""

    __tablename__ = "product"
    __table_args__ = (UniqueConstraint("supplier_id", "number", name="uq_product_number"),)

    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    brand: Mapped[str] = mapped_column(String(80), default="")
    origin: Mapped[str] = mapped_column(String(80), default="")
    category: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    unit: Mapped[str] = mapped_column(String(40), default="")
    ean: Mapped[str] = mapped_column(String(14), default="")
    available: Mapped[bool] = mapped_column(default=True)

    supplier: Mapped[Supplier] = relationship()


class Price(Base):
    """The terms of a product from a moment on. Never edited: a new price is a new row."""

    __tablename__ = "price"
    __table_args__ = (
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint("case_milli > 0", name="case_size"),
        CheckConstraint("piece_milli > 0", name="piece_size"),
        CheckConstraint("deposit_cents >= 0", name="deposit"),
        Index("ix_price_current", "product_id", "valid_from"),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_import.id"), index=True)
    valid_from: Mapped[datetime]
    unit_price: Mapped[int] = mapped_column(
        BigInteger
    )  # millionths of a euro per unit, without VAT
    case_milli: Mapped[int] = mapped_column(default=1000)  # units in a case, in thousandths
    piece_milli: Mapped[int] = mapped_column(default=1000)  # units in a piece, in thousandths
    vat_bp: Mapped[int]
    deposit_cents: Mapped[int] = mapped_column(default=0)  # per piece, untaxed
    weighed: Mapped[bool] = mapped_column(default=False)
    tiers: Mapped[list[list[int]]] = mapped_column(JSON, default=list)  # [from pieces, unit price]

    product: Mapped[Product] = relationship()


class CatalogueImport(Base):
    """One price list that was read: what it would change, and what it did change.

    `rows` is the list as read, `difference` what it changes, `undo` what applying replaced.
    """

    __tablename__ = "catalogue_import"

    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    format_key: Mapped[str] = mapped_column(String(40), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    read_at: Mapped[datetime]
    read_by: Mapped[str] = mapped_column(String(120))
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    progress: Mapped[int] = mapped_column(default=0)  # rows applied so far
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    content: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, default=dict)
    undo: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)
    note: Mapped[str] = mapped_column(Text, default="")

    supplier: Mapped[Supplier] = relationship()


def current_prices(session: Session, supplier_id: int, *, now: datetime) -> dict[int, Price]:
    """The price in force of every product of a supplier, by product id; two queries at most."""
    latest = (
        select(Price.product_id, func.max(Price.valid_from).label("since"))
        .join(Product)
        .where(Product.supplier_id == supplier_id, Price.valid_from <= now)
        .group_by(Price.product_id)
        .subquery()
    )
    rows = session.scalars(
        select(Price)
        .join(
            latest,
            and_(Price.product_id == latest.c.product_id, Price.valid_from == latest.c.since),
        )
        .order_by(Price.id)
    )
    return {price.product_id: price for price in rows}


def list_products(session: Session, supplier_id: int) -> list[Product]:
    query = select(Product).where(Product.supplier_id == supplier_id)
    return list(session.scalars(query.order_by(Product.category, Product.name, Product.id)))
