"""What is done without the database. Only an error page is; all else says that it is away."""

from collections.abc import Callable
from typing import TypeVar

from flask import g
from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")


def do_without() -> None:
    """For the rest of this request: an error page is drawn, which must not need the database."""
    g.does_without = True


def if_there(ask: Callable[[], T | None]) -> T | None:
    """What the database says; None where it fails and we do without.

    Anywhere else the fault goes on: an answer that is made up in its place (no network, so no
    VAT) would count, and what follows in the transaction could not be saved.
    """
    try:
        return ask()
    except SQLAlchemyError:
        if not g.get("does_without"):
            raise
        return None
