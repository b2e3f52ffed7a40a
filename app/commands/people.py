"""`people`: who may sign in, and as what."""

import click
from email_validator import EmailNotValidError, validate_email

from app import codes, second_step
from app.commands.group import Group
from app.duties import real_time
from app.extensions import db
from app.i18n import LANGUAGES
from app.mail import links
from purchasing.people import Role, admit, appoint, find_person

group = Group("people", help="Who may sign in.")
ROLES = [str(role) for role in Role if role != Role.MEMBER]


@group.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), help="Members are added with their household.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="nl")
def add(email: str, name: str, role: str | None, language: str) -> None:
    """Let somebody sign in, to coordinate, administer or observe; the first one is made here."""
    try:
        address = validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise click.BadParameter(f"{email!r} is not a mail address.") from error
    person = find_person(db.session(), address) or admit(
        db.session(), email=address, name=name, language=language, now=real_time()
    )
    if role:
        appoint(person, Role(role))
    db.session.commit()
    click.echo(f"{person.email}: {', '.join(sorted(person.roles)) or 'no role yet'}")


@group.command("sign-in-code")
@click.argument("email")
def sign_in_code(email: str) -> None:
    """Give somebody a code to sign in with, where mail does not work (yet)."""
    person = find_person(db.session(), email)
    if person is None or not person.active:
        raise click.ClickException(f"Nobody signs in with {email}.")
    row = codes.ask_for_code(db.session(), person.email, address="", at=real_time())
    db.session.commit()
    assert row is not None, "an operator's codes are not counted"
    click.echo(f"{links.sign_in(row)}  code {codes.code_of(row)}")


@group.command("forget-second-step")
@click.argument("email")
def forget_second_step(email: str) -> None:
    """Let somebody in without a second step who lost the phone and the rescue codes."""
    person = find_person(db.session(), email)
    if person is None or not second_step.turn_off(db.session(), person.id):
        raise click.ClickException(f"{email} has no second step.")
    db.session.commit()
    click.echo(f"{person.email} signs in with a code from the mail alone, until they set it anew.")
