"""`mail`: hold all that goes out, and let it go again."""

import click

from app.commands.group import Group, iso
from app.database import reading
from app.duties import real_time
from app.extensions import db
from purchasing import going_back, mail_pause

group = Group("mail", help="Hold outgoing mail, and let it go again.")
ACTOR = "command line"


@group.command("pause")
@click.option("--reason", default="", help="Coordinators read it.")
def pause(reason: str) -> None:
    """Hold all mail, but codes to sign in with."""
    if mail_pause.current(db.session()):
        raise click.ClickException("Mail is paused already.")
    mail_pause.pause(db.session(), reason, actor=ACTOR, now=real_time())
    db.session.commit()
    click.echo("Mail is paused.")


@group.command("resume")
def resume() -> None:
    """Let mail go again. An order that may have reached its supplier waits for a yes."""
    ended = going_back.resume_mail(db.session(), actor=ACTOR, now=real_time())
    db.session.commit()
    click.echo("Mail goes out again." if ended else "Mail was not paused.")


@group.command("status")
def status() -> None:
    """Say whether mail is paused. Ends with 1 if it is."""
    with reading():
        paused = mail_pause.current(db.session())
    if paused is None:
        click.echo("Mail goes out.")
        return
    click.echo(f"Paused since {iso(paused.since)} by {paused.paused_by}: {paused.reason}")
    raise SystemExit(1)
