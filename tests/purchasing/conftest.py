"""What the tests of the domain are handed besides a database."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from purchasing.people import Network
from purchasing.rounds import Round
from tests.builders import a_network
from tests.databases import a_session


@pytest.fixture
def session(request, database_url) -> Iterator[Any]:
    """A session without an application around it: the domain knows none, and it costs time."""
    if "app" in request.fixturenames:
        from app.extensions import db

        request.getfixturevalue("app")
        yield db.session
        return
    with a_session(database_url) as session:
        yield session


@pytest.fixture
def network(session) -> Network:
    """The network in whose rounds things happen: VAT-registered, with a bank account."""
    return a_network(session)


@pytest.fixture
def another_hand(session) -> Iterator[Callable[[Round], tuple[Session, Round]]]:
    """Another tab or process that looked at a round, and still sees it as it was then.

    What the test did so far is committed first, and nobody holds anything afterwards.
    """
    engine = session.get_bind()
    hands: list[Session] = []

    def look(round_: Round) -> tuple[Session, Round]:
        round_id = round_.id
        session.commit()
        hand = Session(engine, expire_on_commit=False)
        hands.append(hand)
        seen = hand.get_one(Round, round_id)
        hand.commit()
        return hand, seen

    yield look
    for hand in hands:
        hand.close()
