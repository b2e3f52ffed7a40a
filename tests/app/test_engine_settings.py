"""Whether an engine is wanted, and whether it can be; no database is needed to say so."""

import sys

import pytest
from sqlalchemy import event

from app import create_app
from app.engine import NAME, EngineRefused, is_on, wakeups
from app.extensions import db
from tests.app.post_office import free_port


def test_on_sqlite_it_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(EngineRefused, match="needs PostgreSQL"):
        create_app(ENGINE=NAME, INSTANCE_FOLDER=str(tmp_path))
    with pytest.raises(EngineRefused, match="'celery'"):
        create_app(ENGINE="celery", INSTANCE_FOLDER=str(tmp_path))


def test_where_no_engine_is_wanted_nothing_is_put_there(tmp_path):
    with create_app(INSTANCE_FOLDER=str(tmp_path)).app_context():
        assert not event.contains(db.engine, "commit", wakeups._send)


def test_where_one_is_wanted_it_hears_of_every_commit(tmp_path):
    """Nobody calls the database for that: it may be away when the site starts."""
    nowhere = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing"
    settings = {"ENGINE": NAME, "SQLALCHEMY_DATABASE_URI": nowhere}
    with create_app(INSTANCE_FOLDER=str(tmp_path), **settings).app_context():
        assert event.contains(db.engine, "commit", wakeups._send)


def test_an_engine_that_is_not_installed_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, NAME, None)
    wanted = {"ENGINE": NAME, "SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://x/y"}
    with pytest.raises(EngineRefused, match=r"pip install 'koopkracht\[engine\]'"):
        is_on(wanted)
