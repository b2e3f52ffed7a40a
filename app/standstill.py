"""What stands still, for who coordinates: told on top of every page of theirs."""

from flask import Flask

from app.extensions import db
from purchasing import mail_pause
from purchasing.mail_pause import MailPause


def paused_mail() -> MailPause | None:
    """The pause of mail that is in force, if any."""
    return mail_pause.current(db.session())


def register(app: Flask) -> None:
    app.jinja_env.globals.update(paused_mail=paused_mail)
