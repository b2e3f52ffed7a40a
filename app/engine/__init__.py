"""The task engine, if one is wanted: procrastinate on PostgreSQL wakes workers at once.

What is to be done, and whether it was, stands in the errands alone. The engine carries wake-ups:
one for each transaction that asks for errands or lets them be tried again, put there by that
transaction, so that none comes too early and none without its errand. Where nobody comes to work
they do not pile up. Lost, doubled, late or left lying they do no harm, for a
worker that is woken claims what is due by lease and token, and workers look by themselves too.

* `wakeups` puts them there: one listener on the database's engine.
* `schema` keeps the engine's tables in a schema of their own, which may be dropped at any time.
* `crew` lets a worker be woken.
"""

from collections.abc import Mapping
from typing import Any

import click
from flask import Flask

NAME = "procrastinate"


class EngineRefused(click.ClickException):
    """A setting that cannot be; said in a sentence to whoever starts us."""


def is_on(config: Mapping[str, Any]) -> bool:
    """Whether an engine was asked for. Raises EngineRefused for one that cannot be here."""
    told = str(config["ENGINE"])
    if not told:
        return False
    if told != NAME:
        raise EngineRefused(f"KOOPKRACHT_ENGINE is {told!r}: leave it empty, or say {NAME!r}.")
    if not str(config["SQLALCHEMY_DATABASE_URI"]).startswith("postgresql"):
        raise EngineRefused(
            f"KOOPKRACHT_ENGINE={NAME} needs PostgreSQL. On SQLite all workers are on one "
            "machine and look for themselves: leave the setting empty."
        )
    try:
        import procrastinate  # noqa: F401
    except ImportError as error:
        lacking = "is not installed: pip install 'koopkracht[engine]'"
        raise EngineRefused(f"KOOPKRACHT_ENGINE={NAME}, but {NAME} {lacking}") from error
    return True


def register(app: Flask) -> None:
    """Wake workers for what this application asks for, if an engine is on."""
    if is_on(app.config):
        from app.engine import wakeups
        from app.extensions import db

        with app.app_context():
            wakeups.attach(db.engine)
