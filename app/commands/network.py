"""`network setup`: who runs this installation."""

from collections.abc import Callable
from typing import Any

import click
from sqlalchemy import select
from stdnum import iban as iban_number
from stdnum.exceptions import ValidationError

from app.commands.group import Group
from app.extensions import db
from app.i18n import LANGUAGES
from purchasing.people import Network, VatStatus, check_kvk, check_vat_id

group = Group("network", help="The association that runs this installation.")


@group.command("setup")
@click.argument("name")
@click.option("--street")
@click.option("--postcode")
@click.option("--city")
@click.option("--email", help="Mails come from here, and answers go here.")
@click.option("--phone")
@click.option("--phone-hours", help="When somebody answers the phone.")
@click.option("--kvk")
@click.option("--vat-id")
@click.option("--vat-status", type=click.Choice([str(status) for status in VatStatus]))
@click.option("--iban")
@click.option("--account-name")
@click.option("--payment-days", type=click.IntRange(0, 120))
@click.option("--pickup-place")
@click.option("--pickup-address")
@click.option("--language", type=click.Choice(list(LANGUAGES)))
def setup(name: str, **details: Any) -> None:
    """Make the network, or change what is named here."""
    network = db.session.scalar(select(Network).limit(1))
    made = network is None
    network = network or Network()
    network.name = name
    for field, value in details.items():
        if value is not None:
            setattr(network, field, CHECKS[field](value) if field in CHECKS else value)
    db.session.add(network)
    db.session.commit()
    click.echo(f"{name}: {'made' if made else 'changed'}")


def _iban(text: str) -> str:
    try:
        return str(iban_number.validate(text))
    except ValidationError as error:
        raise click.BadParameter(f"{text!r} is not an IBAN.") from error


CHECKS: dict[str, Callable[[str], str]] = {
    "kvk": check_kvk,
    "vat_id": check_vat_id,
    "iban": _iban,
}
