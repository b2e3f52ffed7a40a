"""Killed at any moment, the house goes on where it was: nothing is lost, nothing is done twice.

True processes die here, at some of their statements; `test_statements_*` try each and every one
with a crash that only stands in for it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.documents import press
from app.documents.archives.folder import FolderArchive
from purchasing import errands
from purchasing.books import settlement
from purchasing.books.ledger import Entry
from purchasing.errands import ErrandState, Kind
from purchasing.ordering import list_orders
from purchasing.papers import Paper, PaperKind, StoredDocument, list_for_round
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from tests.builders import (
    NOON,
    a_household,
    a_network,
    a_product,
    a_round,
    a_supplier,
    an_order,
)
from tests.faults.dying import KILLED, close_and_order, run_errands, run_until

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def settings(app, monkeypatch) -> dict:
    """What a process needs to be told to work in this test's database and folders."""
    monkeypatch.setattr(press, "render", press.render)  # `run_errands` puts another there
    names = ("SQLALCHEMY_DATABASE_URI", "DOCUMENTS_FOLDER", "SECRET_KEY")
    app.config["PRESS_WORKERS"] = 0
    return {name: app.config[name] for name in names} | {
        "TESTING": True,
        "INSTANCE_FOLDER": app.instance_path,
        "PRESS_WORKERS": 0,
    }


@pytest.fixture
def street(session) -> tuple:
    """Two suppliers' articles, and two households."""
    a_network(session)
    products = [
        a_product(session, a_supplier(session, "Boerderij", delivery_cents=501), "Rijst"),
        a_product(session, a_supplier(session, "Molen"), "Meel"),
    ]
    return products, [a_household(session, "Ada"), a_household(session, "Ben")]


@pytest.fixture
def every(app) -> Callable[[int], Iterator[tuple[int, datetime]]]:
    """Every so many statements, at which one to die, and a deadline of its own for each try.

    The one database begins elsewhere than the other, so that together they see more.
    """
    start = 1 if "sqlite" in app.config["SQLALCHEMY_DATABASE_URI"] else 2
    return lambda stride: ((fatal, NOON + fatal * MINUTE) for fatal in count(start, stride))


def a_full_round(session, street: tuple, closes_at: datetime) -> int:
    """A round in which both households want something of both suppliers; its id."""
    products, households = street
    round_ = a_round(session, *products, closes_at=closes_at)
    for household in households:
        an_order(session, round_, household, {"Rijst": 3, "Meel": 3})
    round_id = round_.id
    session.commit()
    return round_id


def test_a_clock_that_is_killed_at_any_statement_closes_and_orders_once(
    app, session, street, settings, every
) -> None:
    rounds, code, steps = [], KILLED, every(13)
    while code == KILLED:
        fatal, at = next(steps)
        rounds.append(a_full_round(session, street, at))

        code = run_until(fatal, close_and_order, settings, at)
        close_and_order(app, at + SECOND)

        _ran_once(session, session.get_one(Round, rounds[-1]))
        session.commit()
    assert code == 0
    assert len(rounds) > 5  # there are many statements at which it was killed
    numbers = session.scalars(select(Paper.number).where(Paper.kind == PaperKind.INVOICE)).all()
    assert sorted(numbers) == [f"2026-{n:04d}" for n in range(1, 2 * len(rounds) + 1)]
    orders = [order.number for round_id in rounds for order in list_orders(session, round_id)]
    assert orders == [f"B-2026-{n:04d}" for n in range(1, 2 * len(rounds) + 1)]
    assert session.scalar(select(func.sum(Entry.cents))) == 0


def _ran_once(session, round_: Round) -> None:
    assert round_.state == S.ORDERED
    assert [event.move for event in round_.history] == ["publish", "open", "close", "order"]
    kinds = Counter(paper.kind for paper in list_for_round(session, round_.id))
    assert kinds == {"invoice": 2, "order_sheet": 2, "packing_list": 1}
    asked = Counter(errand.kind for errand in errands.list_for_round(session, round_.id))
    assert asked == {Kind.RENDER: 5, Kind.MAIL_ORDER_PLACED: 2}
    sums = settlement.reconcile(session, round_)
    assert (sums.difference, sums.ordered) == (0, 600 + 501 + 600)


def test_an_errand_runner_that_is_killed_loses_no_paper_and_sends_no_sheet_twice(
    app, session, street, settings, every
) -> None:
    tries, code, steps = 0, KILLED, every(17)
    while code == KILLED:
        fatal, at = next(steps)
        round_id = a_full_round(session, street, at)
        close_and_order(app, at)

        code = run_until(fatal, run_errands, settings, at)
        run_errands(app, at + HOUR)  # when the leases have run out

        _every_paper_is_there_and_was_sent(app, session, round_id)
        tries += 1
    assert code == 0
    assert tries > 4


def _every_paper_is_there_and_was_sent(app, session, round_id: int) -> None:
    folder = Path(app.config["DOCUMENTS_FOLDER"])
    sent = Counter((Path(app.config["MAIL_FOLDER"]) / "sent.log").read_text().splitlines())
    for document in session.scalars(select(StoredDocument)):
        FolderArchive(folder).read(document.path, document.sha256)
    for paper in list_for_round(session, round_id):
        assert paper.document is not None
    for errand in errands.list_for_round(session, round_id):
        unsure = errand.kind == Kind.MAIL_SHEET and errand.state == ErrandState.UNCERTAIN
        assert errand.state == ErrandState.DONE or unsure
    assert max(sent.values()) <= 2
    to_suppliers = [n for line, n in sent.items() if "bestel@" in line]
    assert max(to_suppliers) == 1
    session.commit()
