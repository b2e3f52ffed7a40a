"""The switch list: what a supplier who won needs to make the contract, and not a word more.

No date of birth, no gender, no bank account: the supplier asks those itself, in its own domain.
"""

import re
from collections.abc import Mapping
from datetime import date

from purchasing.categories.energy.profile import Address, Profile
from purchasing.categories.energy.reading import ean, western
from purchasing.errors import N_
from purchasing.questions import Answer
from purchasing.tendering import Contact, SwitchColumn

WHO, WHERE, REACH = N_("Who"), N_("Delivery to"), N_("How to reach")
WHAT, CODES, WHEN = N_("What"), N_("EAN codes"), N_("When")
AGREED = N_("Agreed")
SWITCH_COLUMNS = (
    SwitchColumn("reference", N_("Reference"), WHO),
    SwitchColumn("name", N_("Name"), WHO),
    SwitchColumn("postcode", N_("Postcode"), WHERE),
    SwitchColumn("house_number", N_("House number"), WHERE, labelled=True),
    SwitchColumn("addition", N_("Addition"), WHERE, labelled=True),
    SwitchColumn("correspondence", N_("Post to"), WHERE, labelled=True),
    SwitchColumn("email", N_("Mail address"), REACH),
    SwitchColumn("phone", N_("Phone"), REACH),
    SwitchColumn("kvk", N_("KvK"), WHO, labelled=True),
    SwitchColumn("product", N_("Energy"), WHAT, words=True),
    SwitchColumn("ean_power", N_("EAN power"), CODES, labelled=True),
    SwitchColumn("ean_gas", N_("EAN gas"), CODES, labelled=True),
    SwitchColumn("start_on", N_("Delivery from"), WHEN, labelled=True),
    SwitchColumn("contract_end", N_("Present contract ends"), WHEN, labelled=True),
    SwitchColumn("dwelling", N_("Dwelling"), WHAT, words=True, labelled=True),
    SwitchColumn("advance", N_("Monthly (€)"), WHAT, labelled=True),
    SwitchColumn("accepted_at", N_("Accepted on"), AGREED),
    SwitchColumn("agreed_version", N_("Text agreed to"), AGREED, labelled=True),
)
YES, NO = N_("yes"), N_("no")
POWER, POWER_AND_GAS = N_("Electricity only"), N_("Electricity and gas")


def switch_row(
    profile: Profile, details: Mapping[str, Answer], contact: Contact, start: date
) -> Mapping[str, str]:
    """One participant, by the keys of SWITCH_COLUMNS; msgids where it is a word of ours."""
    address, contract = profile.address, profile.contract
    post = f"{contact.street}, {contact.postcode} {contact.city}".strip(", ")
    ends = contract.ends if contract is not None else None
    return {
        "reference": contact.reference,
        "name": contact.name,
        "postcode": address.postcode,
        "house_number": str(address.house_number),
        "addition": address.addition,
        "correspondence": "" if _same_place(contact, address) else post,
        "email": contact.email,
        "phone": contact.phone,
        "kvk": contact.kvk,
        "product": POWER if profile.usage.gas is None else POWER_AND_GAS,
        "ean_power": _code(details, "ean_power"),
        "ean_gas": _code(details, "ean_gas"),
        "start_on": start.isoformat(),
        "contract_end": ends.isoformat() if ends else "",
        "dwelling": YES if profile.connection.dwelling else NO,
        "advance": western(str(details.get("advance", ""))),
        "accepted_at": f"{contact.accepted_at:%Y-%m-%d %H:%M}",
        "agreed_version": contact.agreed_version,
    }


def _code(details: Mapping[str, Answer], key: str) -> str:
    """As a supplier's program reads it: 18 digits, whatever was typed between or around them."""
    typed = str(details.get(key, ""))
    return ean(typed) if typed else ""


def _same_place(contact: Contact, address: Address) -> bool:
    """Whether post goes to where the energy is delivered, as far as an address tells."""
    street, code = _solid(contact.street), _solid(contact.postcode)
    number = _solid(f"{address.house_number}{address.addition}")
    at_this_number = re.search(rf"(?<!\d){re.escape(number)}$", street)  # 12 is not 112
    return code == _solid(address.postcode) and at_this_number is not None


def _solid(text: str) -> str:
    return text.replace(" ", "").upper()
