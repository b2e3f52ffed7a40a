"""Upgrades: whoever stands still at any version, in mid-round, comes along to today."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask_migrate import upgrade
from sqlalchemy import JSON, Boolean, DateTime, Integer, MetaData, Table, select
from sqlalchemy.orm import Session

from app import create_app, trail
from app.duties import do_what_is_due
from app.extensions import db
from purchasing import handing_out
from purchasing.commitments import Commitment
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.ordering import SupplierOrder
from purchasing.papers import Paper, PaperKind
from purchasing.people import Participant
from purchasing.rounds import Round, RoundState
from purchasing.trail import telling
from tests.builders import NOON

THEN = NOON.replace(tzinfo=None)
HOUR = timedelta(hours=1)


@pytest.fixture
def site(empty_database_url, tmp_path):
    """An installation without any table."""
    made = create_app(
        TESTING=True,
        SECRET_KEY="no secret",
        SQLALCHEMY_DATABASE_URI=empty_database_url,
        INSTANCE_FOLDER=str(tmp_path),
    )
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def revisions(site) -> list[str]:
    config = site.extensions["migrate"].migrate.get_config()
    steps = ScriptDirectory.from_config(config).walk_revisions()
    return [step.revision for step in steps][::-1]


def test_an_open_round_and_a_half_done_errand_of_every_version_reach_today(site) -> None:
    """One of each is left behind at every version; at the last, all are closed, ordered, sent."""
    steps = revisions(site)
    assert len(steps) > 15
    for step in steps:
        upgrade(revision=step)
        leave_behind(step)
    everything = set(steps)

    with Session(db.engine) as session:
        kept = {row.title for row in session.scalars(select(Round))}
        assert kept == everything
        assert session.query(Commitment).count() == len(steps)
        begun = session.scalars(select(Errand).where(Errand.key.like("mail_news:%"))).all()
        assert {errand.sending_since for errand in begun} == {NOON - HOUR}

    outcome = do_what_is_due(now=lambda: NOON + HOUR, grace=timedelta(0))

    assert outcome.failed == []
    with Session(db.engine) as session:
        states = {row.title: row.state for row in session.scalars(select(Round))}
        assert states == dict.fromkeys(everything, RoundState.ORDERED)
        assert session.query(SupplierOrder).count() == len(steps)
        invoices = session.scalars(select(Paper).where(Paper.kind == PaperKind.INVOICE)).all()
        assert sorted(paper.number for paper in invoices) == [
            f"2026-{n:04d}" for n in range(1, len(steps) + 1)
        ]
        assert {paper.total_cents for paper in invoices} == {654}  # six at € 1, and 9 % VAT
        taken_over = [one for one in claimed(session) if one.key.endswith(":left behind")]
        assert len(taken_over) == len(steps)
        assert {errand.state for errand in taken_over} == {ErrandState.LEASED}
        assert {person.name for person in session.scalars(select(Participant))} == everything


def claimed(session: Session) -> Iterator[Errand]:
    """All that can be taken in hand; what somebody died with goes alone."""
    while due := handing_out.claim(session, now=NOON + HOUR, limit=1000, kinds={Kind.MAIL_NEWS}):
        yield from due


def test_the_trail_begins_at_its_upgrade_and_vouches_for_what_was_there(site) -> None:
    steps = revisions(site)
    for step in steps[: steps.index("0036")]:
        upgrade(revision=step)
    leave_behind(step)
    put_on_record("posting", key="old", at=THEN, memo="")
    upgrade()

    trail.seal()

    with Session(db.engine) as session:
        first = list(telling.tell(session))[-1]
        assert (first.facts["what"], first.facts["value"]) == ("begun", "rows before it: 1")
        assert "posting" in {one.about for one in telling.tell(session)}
        assert list(trail.check(session)) == []


def put_on_record(where: str, **values: Any) -> None:
    tables = MetaData()
    tables.reflect(db.engine)
    with db.engine.begin() as connection:
        table = tables.tables[where]
        connection.execute(table.insert().values(**filled_in(table, values)))


def leave_behind(step: str) -> None:
    """In the middle of a round: an order that stands, and a mail that was being sent."""
    tables = MetaData()
    tables.reflect(db.engine)
    with db.engine.begin() as connection:

        def put(where: str, /, **values: Any) -> int:
            table = tables.tables[where]
            row = connection.execute(table.insert().values(**filled_in(table, values)))
            return int(row.inserted_primary_key[0])

        if step == "0001":
            put("network", name="Samen Testwijk", timezone="Europe/Amsterdam", language="nl",
                vat_status="registered", vat_id="NL123456782B90", payment_days=14,
                iban="NL91ABNA0417164300", kvk="12345678")  # fmt: skip
        whom = put("participant", name=step, number=int(step) + 1000, kind="household",
                   language="nl", active=True)  # fmt: skip
        supplier = put("supplier", name=step, language="nl", active=True)
        product = put("product", supplier_id=supplier, number=step, name="Rijst", active=True)
        round_ = put(
            "round", title=step, category_key="food", settlement_mode="resale", state="open",
            opens_at=THEN - 7 * 24 * HOUR, closes_at=THEN, published_at=THEN - 8 * 24 * HOUR,
            sharing_rule="proportional", delivery_share="amount", shortfall_rule="wait",
            invoice_at="closing", order_at_close=True, offer_version=1,
        )  # fmt: skip
        put("round_supplier", round_id=round_, supplier_id=supplier)
        item = put(
            "round_item", round_id=round_, supplier_id=supplier, product_id=product, number="1",
            name="Rijst", unit="zak", unit_price=1_000_000, case_pieces=6, piece_milli=1000,
            vat_bp=900, tiers=[],
        )  # fmt: skip
        order = put(
            "commitment", round_id=round_, participant_id=whom, placed_at=THEN - 24 * HOUR,
            version=1, placed_version=1, changed_at=THEN - 24 * HOUR, answers={},
        )  # fmt: skip
        put("want", commitment_id=order, round_id=round_, item_id=item, quantity=6,
            ordered_quantity=6, queue=[])  # fmt: skip
        put(
            "errand", key=f"mail_news:{order}:left behind", state="leased", round_id=round_,
            asked_at=THEN - HOUR, not_before=THEN - HOUR, sending_since=THEN - HOUR,
            lease_until=THEN - HOUR / 2, lease_token=1, tries=1,
        )  # fmt: skip


def filled_in(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """These values where the table has such a column; nothing much in the others that want one."""
    known = {name: value for name, value in values.items() if name in table.c}
    for column in table.c:
        wants_one = not column.nullable and column.server_default is None
        if wants_one and not column.primary_key and column.name not in known:
            known[column.name] = _nothing_much(column.type)
    return known


def _nothing_much(kind: Any) -> Any:
    for type_, value in ((JSON, {}), (Boolean, False), (Integer, 0), (DateTime, THEN)):
        if isinstance(kind, type_):
            return value
    return ""
