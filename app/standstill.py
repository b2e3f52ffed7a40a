"""What stands still, for who coordinates: told on top of every page of theirs."""

from typing import cast

from flask import Flask, g

from app.extensions import db
from purchasing import mail_pause
from purchasing.mail_pause import MailPause


def paused_mail() -> MailPause | None:
    """The pause of mail that is in force, if any; asked once in a request.

    A page that is sent while its work goes on asks beforehand: then it opens no second
    transaction, which on SQLite would wait for its own lock.
    """
    if "paused_mail" not in g:
        g.paused_mail = mail_pause.current(db.session())
    return cast("MailPause | None", g.paused_mail)


def register(app: Flask) -> None:
    app.jinja_env.globals.update(paused_mail=paused_mail)
