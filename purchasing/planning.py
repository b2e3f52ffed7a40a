"""Making a round: what is on offer in it, at which terms; and rounds that come back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing import questions
from purchasing.calendar import Planned, Rhythm, plan
from purchasing.catalogue import Price, Product, Supplier, current_prices
from purchasing.category import SettlementMode
from purchasing.errors import N_, Refused
from purchasing.people import the_network
from purchasing.rounds import Round, RoundItem, RoundRhythm, RoundState, RoundSupplier

COPIED = (
    "title",
    "description",
    "category_key",
    "settlement_mode",
    "pickup_from",
    "pickup_until",
    "pickup_place",
    "pickup_address",
    "contact_name",
    "contact_phone",
    "minimum_cents",
    "fee_cents",
    "fee_vat_bp",
    "sharing_rule",
    "delivery_share",
    "shortfall_rule",
    "extend_days",
    "order_at_close",
    "invoice_at",
    "prepayment_bp",
    "choose_days",
    "created_by",
    "particulars",
)


class TermsAreFixed(Refused):
    message = N_("This round is open already: its articles and terms stay as promised.")


class ParticularsMissing(Refused):
    message = N_("This round cannot be published yet: look once more at its terms.")


class MomentsMissing(Refused):
    message = N_(
        "First the sign-up closes, then the bids are opened, then the time to choose ends: "
        "fill in all three, in this order."
    )


class TooMuchAhead(Refused):
    message = N_(
        "At most %(most_bp)s of the price may be asked for ahead in this kind of round. Choose "
        "a smaller down payment."
    )


class NoSurveyHere(Refused):
    message = N_("In this kind of round nobody comes to look after closing.")


class WrongMode(Refused):
    message = N_("This kind of round cannot be settled that way.")


class NoLicence(WrongMode):
    message = N_("The details of the network must carry the AFM number of the party it is for.")


def add_supplier(round_: Round, supplier: Supplier) -> RoundSupplier:
    """Let a supplier take part, at its usual conditions."""
    refuse_when_fixed(round_)
    terms = RoundSupplier(
        supplier=supplier,
        supplier_id=supplier.id,
        minimum_cents=supplier.minimum_cents,
        free_delivery_cents=supplier.free_delivery_cents,
        delivery_cents=supplier.delivery_cents,
        delivery_vat_bp=supplier.delivery_vat_bp,
    )
    round_.suppliers.append(terms)
    return terms


def offer(
    session: Session, round_: Round, products: Iterable[Product], *, now: datetime
) -> list[RoundItem]:
    """Put exactly these products on offer, at their present terms.

    A product without a price is left out; suppliers join and leave with their products.
    """
    refuse_when_fixed(round_)
    wanted = {product.id: product for product in products}
    _let_suppliers_follow(session, round_, {p.supplier_id for p in wanted.values()})
    kept = {item.product_id: item for item in round_.items}
    prices = _prices(session, round_, now)
    ranked = sorted(wanted.values(), key=lambda p: (p.category, p.name, p.id))
    round_.items = [
        _describe(kept.get(product.id) or RoundItem(product_id=product.id), product, price, index)
        for index, product in enumerate(ranked)
        if (price := prices.get(product.id)) is not None
    ]
    round_.offer_version += 1
    return round_.items


def freeze(session: Session, round_: Round, *, now: datetime) -> None:
    """Take the terms of all articles anew, for the last time: lists read later change nothing.

    What is no longer sold, or has no price, leaves the round.
    """
    products = {
        product.id: product
        for product in session.scalars(
            select(Product).where(Product.id.in_([item.product_id for item in round_.items]))
        )
    }
    prices = _prices(session, round_, now)
    for item in list(round_.items):
        product, price = products.get(item.product_id), prices.get(item.product_id)
        if product is None or price is None or not product.available:
            round_.items.remove(item)
        else:
            _describe(item, product, price, item.position)
    round_.offer_version += 1


def refuse_when_fixed(round_: Round) -> None:
    if round_.state != RoundState.PLANNED:
        raise TermsAreFixed


def prepare(session: Session, round_: Round) -> None:
    """Make a round ready to be published: refuse what the law or its category forbids.

    Raises WrongMode, NoLicence, TooMuchAhead, NoSurveyHere, ParticularsMissing, MomentsMissing.
    """
    if round_.settlement_mode == SettlementMode.LICENSED:
        _refuse_without_licence(session, round_)
    refuse_without_particulars(round_)
    _bring_in_party(session, round_)


def refuse_without_particulars(round_: Round) -> None:
    """Refuse a round that does not say of itself what its category wants to know.

    Raises ParticularsMissing, WrongMode, TooMuchAhead, NoSurveyHere, MomentsMissing.
    """
    category = round_.category
    if round_.settlement_mode not in category.settlement_modes:
        raise WrongMode
    if round_.prepayment_bp > category.most_prepaid_bp:
        raise TooMuchAhead(most_bp=category.most_prepaid_bp)
    if round_.choose_days and not category.surveys:
        raise NoSurveyHere
    if category.tender is not None and not _in_order(round_):
        raise MomentsMissing
    try:
        particulars = questions.read(category.particulars(), round_.particulars)
    except questions.WrongAnswers as wrong:
        raise ParticularsMissing from wrong
    if category.check_particulars(particulars):
        raise ParticularsMissing


def _in_order(round_: Round) -> bool:
    bids_until, offers_until = round_.bids_until, round_.offers_until
    if bids_until is None or offers_until is None:
        return False
    return round_.closes_at < bids_until < offers_until


def _refuse_without_licence(session: Session, round_: Round) -> None:
    """It is for the party whose licence the network has on record, and for nobody else."""
    party, licence = round_.category.party(round_.particulars), the_network(session).afm_number
    if not (licence and party and party.licence == licence):
        raise NoLicence


def _bring_in_party(session: Session, round_: Round) -> None:
    """The party from which people order by signing up is the round's only supplier."""
    party = round_.category.party(round_.particulars)
    if party is None:
        return
    supplier = session.scalar(select(Supplier).where(Supplier.name == party.name))
    supplier = supplier or Supplier(name=party.name, email=party.email)
    session.add(supplier)
    session.flush()
    round_.suppliers = [terms for terms in round_.suppliers if terms.supplier_id == supplier.id]
    if not round_.suppliers:
        add_supplier(round_, supplier)


def rhythm_of(row: RoundRhythm) -> Rhythm:
    """The rule of a rhythm as the calendar understands it."""
    return Rhythm(
        every_weeks=row.every_weeks,
        delivery_weekday=row.anchor_on.weekday(),
        anchor=row.anchor_on,
        close_days_before=row.close_days_before,
        close_at=row.close_at,
        open_days_before=row.open_days_before,
        open_at=row.open_at,
        skip=frozenset(date.fromisoformat(day) for day in row.skipped),
    )


def coming(session: Session, row: RoundRhythm, *, now: datetime, count: int) -> list[Planned]:
    """The next rounds of a rhythm that still can open, planned from their delivery days."""
    zone = ZoneInfo(the_network(session).timezone)
    rhythm = rhythm_of(row)
    after = now.astimezone(zone).date()
    ahead = plan(rhythm, after=after, count=count + rhythm.open_days_before // 7 + 2, zone=zone)
    return [planned for planned in ahead if planned.opens_at > now][:count]


def plan_ahead(session: Session, row: RoundRhythm, *, now: datetime) -> list[Round]:
    """Plan the next rounds of a rhythm that are not there yet. Nobody sees them before
    `lifecycle.publish`."""
    template = session.get_one(Round, row.template_round_id)
    there = set(session.scalars(select(Round.delivery_on).where(Round.rhythm_id == row.id)))
    made = [
        repeat(session, template, planned, now=now)
        for planned in coming(session, row, now=now, count=row.ahead)
        if planned.delivery_on not in there
    ]
    for round_ in made:
        round_.rhythm_id = row.id
    return made


def repeat(session: Session, template: Round, planned: Planned, *, now: datetime) -> Round:
    """A new planned round with the rules, suppliers and articles of an earlier one."""
    round_ = Round(
        **{name: getattr(template, name) for name in COPIED},
        delivery_on=planned.delivery_on,
        opens_at=planned.opens_at,
        closes_at=planned.closes_at,
        state=RoundState.PLANNED,
        offer_version=0,
    )
    session.add(round_)
    session.flush()
    products = session.scalars(
        select(Product).where(
            Product.id.in_([item.product_id for item in template.items]), Product.available
        )
    )
    offer(session, round_, products, now=now)
    _keep_terms(template, round_)
    return round_


def _keep_terms(template: Round, round_: Round) -> None:
    before = {terms.supplier_id: terms for terms in template.suppliers}
    for terms in round_.suppliers:
        if old := before.get(terms.supplier_id):
            terms.minimum_cents = old.minimum_cents
            terms.free_delivery_cents = old.free_delivery_cents
            terms.delivery_cents = old.delivery_cents
            terms.delivery_vat_bp = old.delivery_vat_bp


def _let_suppliers_follow(session: Session, round_: Round, supplier_ids: set[int]) -> None:
    for terms in list(round_.suppliers):
        if terms.supplier_id not in supplier_ids:
            round_.suppliers.remove(terms)
    present = {terms.supplier_id for terms in round_.suppliers}
    for supplier_id in sorted(supplier_ids - present):
        add_supplier(round_, session.get_one(Supplier, supplier_id))


def _prices(session: Session, round_: Round, now: datetime) -> dict[int, Price]:
    prices: dict[int, Price] = {}
    for terms in round_.suppliers:
        prices |= current_prices(session, terms.supplier_id, now=now)
    return prices


def _describe(item: RoundItem, product: Product, price: Price, position: int) -> RoundItem:
    item.position = position
    item.supplier_id = product.supplier_id
    for name in ("number", "name", "brand", "origin", "category", "note", "unit"):
        setattr(item, name, getattr(product, name))
    item.unit_price, item.vat_bp = price.unit_price, price.vat_bp
    item.piece_milli = price.piece_milli
    item.case_pieces = max(1, price.case_milli // price.piece_milli)
    item.deposit_cents, item.weighed = price.deposit_cents, price.weighed
    item.tiers = [list(tier) for tier in price.tiers]
    return item
