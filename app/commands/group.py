"""A group of commands that says what went wrong in one sentence, and how to go on."""

import functools
import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup
from flask_babel import force_locale
from sqlalchemy.exc import NoResultFound, OperationalError, ProgrammingError

from app.i18n import sentence
from purchasing.errors import Refused

NO_NETWORK = "There is no network yet. Make it with: flask --app app network setup NAME"
NO_TABLES = "The database is not ready. Make its tables with: flask --app app db upgrade"
NOT_NOW = "The database is away or held by somebody else. Nothing was changed: try again."


class Group(AppGroup):
    """Like Flask's, and a refusal becomes an error message."""

    def command(  # type: ignore[override]
        self, *args: Any, **options: Any
    ) -> Callable[[Callable[..., Any]], click.Command]:
        add = super().command(*args, **options)

        def decorate(function: Callable[..., Any]) -> click.Command:
            return add(telling(function))

        return decorate


def telling(function: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what the house says no with into a message for the terminal."""

    @functools.wraps(function)
    def told(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except Refused as refusal:
            with force_locale("en"):
                raise click.ClickException(sentence(refusal)) from refusal
        except NoResultFound as error:
            raise click.ClickException(NO_NETWORK) from error
        except (OperationalError, ProgrammingError) as error:
            lacking = any(sign in str(error.orig) for sign in ("no such", "does not exist"))
            what = NO_TABLES if lacking else NOT_NOW
            raise click.ClickException(f"{what}\n({error.orig})") from error

    return told


def say_json(value: object) -> None:
    """Print as JSON: amounts are whole cents, moments are ISO in UTC."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    click.echo()


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
