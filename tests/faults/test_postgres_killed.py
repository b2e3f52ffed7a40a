"""PostgreSQL dies under a worker that prints and mails, and comes back; nobody lends a hand.

It is stopped as by a kill, without a last word to anybody, at the two worst moments: a paper lies
in its folder and nobody has noted it; a mail was taken, and nobody has noted that either.
"""

from threading import Thread

import psycopg
import pytest

from app import create_app
from app.engine import NAME
from app.extensions import db
from purchasing.errands import ErrandState
from tests.app.post_office import LISTED, PostOffice
from tests.app.test_errands import an_ordered_round
from tests.app.test_worker import environment, start, until
from tests.databases import Postgres, start_postgres, stop_postgres

__all__ = ["environment"]
HOUSEHOLDS = 3
ENDED = {ErrandState.DONE, ErrandState.CANCELLED}

# It looks, and calls the engine, sooner than it would.
WORKER = """
import signal
from app import create_app, worker
from app.engine import crew

worker.LOOK_BESIDE_ENGINE, crew.AGAIN = 0.5, 0.3
working = worker.Worker(create_app())
signal.signal(signal.SIGTERM, working.stop)
working.run()
"""


class Mortal:
    """A PostgreSQL of this test alone, which it may end."""

    def __init__(self, folder):
        self.folder = folder
        self.server = start_postgres(folder)
        self.url = Postgres(self.server, "mortal", folder).copy_to(folder)
        # What it has said to be saved it has saved, other than that of all other tests.
        self.ask("ALTER SYSTEM SET synchronous_commit = on", "SELECT pg_reload_conf()")

    def ask(self, *statements):
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            return [connection.execute(statement) for statement in statements][-1].fetchall()

    def errands(self):
        """How each stands; nothing while there is nobody to ask."""
        try:
            return dict(self.ask("SELECT key, state FROM errand"))
        except psycopg.OperationalError:
            return {}

    def die(self):
        stop_postgres(self.folder)

    def live(self):
        self.server.ensure_postgres_running()


@pytest.fixture
def postgres(_postgres, tmp_path):
    mortal = Mortal(tmp_path)
    yield mortal
    stop_postgres(tmp_path)


@pytest.fixture
def post_office():
    office = PostOffice()
    office.open()
    yield office
    office.close()


@pytest.fixture
def app(postgres, post_office, tmp_path):
    """The site with the engine on, on a database that may die."""
    site = create_app(
        TESTING=True,
        ENGINE=NAME,
        SQLALCHEMY_DATABASE_URI=postgres.url,
        INSTANCE_FOLDER=str(tmp_path),
        SMTP_HOST=LISTED,
        SMTP_PORT=post_office.port,
    )
    with site.app_context():
        yield site
        db.session.remove()
        db.engine.dispose()


@pytest.mark.postgres
def test_postgres_may_die_while_a_worker_prints_and_mails(
    app, postgres, post_office, environment, tmp_path
):
    def die_at_the_third_mail():
        if len(post_office.messages) == 3:
            postgres.die()
            Thread(target=postgres.live).start()

    post_office.at_data = die_at_the_third_mail
    an_ordered_round(db.session(), *(f"Huishouden{number}" for number in range(HOUSEHOLDS)))
    asked = set(postgres.errands())
    worker = start(environment | {"KOOPKRACHT_ENGINE": NAME}, "-c", WORKER)
    try:
        until(lambda: any((tmp_path / "documents").rglob("*.pdf")))
        postgres.die()
        postgres.live()
        until(lambda: len(post_office.messages) > HOUSEHOLDS)
        until(lambda: set((postgres.errands() or {"": ""}).values()) <= ENDED)
    finally:
        worker.terminate()
        said = worker.communicate(timeout=30)[1]

    assert worker.returncode == 0, said
    assert asked < set(postgres.errands())
    assert len(post_office.ids) == len(set(post_office.ids)) == HOUSEHOLDS + 1, said
