"""The switch list: what a supplier who won needs to make the contract, and not a word more.

No date of birth, no gender, no bank account: the supplier asks those itself, in its own domain.
"""

from collections.abc import Mapping
from datetime import date

from purchasing.categories.energy.profile import Address, Profile
from purchasing.errors import N_
from purchasing.questions import Answer
from purchasing.tendering import Contact

SWITCH_COLUMNS = (
    ("reference", N_("Reference")),
    ("name", N_("Name")),
    ("postcode", N_("Postcode")),
    ("house_number", N_("House number")),
    ("addition", N_("Addition")),
    ("correspondence", N_("Post to")),
    ("email", N_("Mail address")),
    ("phone", N_("Phone")),
    ("kvk", N_("KvK")),
    ("product", N_("Energy")),
    ("ean_power", N_("EAN power")),
    ("ean_gas", N_("EAN gas")),
    ("start_on", N_("Delivery from")),
    ("contract_end", N_("Present contract ends")),
    ("dwelling", N_("Dwelling")),
    ("advance", N_("Monthly (€)")),
    ("accepted_at", N_("Accepted on")),
    ("agreed_version", N_("Text agreed to")),
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
        "ean_power": str(details.get("ean_power", "")),
        "ean_gas": str(details.get("ean_gas", "")),
        "start_on": start.isoformat(),
        "contract_end": ends.isoformat() if ends else "",
        "dwelling": YES if profile.connection.dwelling else NO,
        "advance": str(details.get("advance", "")),
        "accepted_at": contact.accepted_at.isoformat(timespec="seconds"),
        "agreed_version": contact.agreed_version,
    }


def _same_place(contact: Contact, address: Address) -> bool:
    """Whether post goes to where the energy is delivered, as far as an address tells."""
    number = f"{address.house_number}{address.addition}"
    solid = contact.street.replace(" ", "").upper()
    same_code = contact.postcode.replace(" ", "").upper() == address.postcode.replace(" ", "")
    return same_code and solid.endswith(number.replace(" ", "").upper())
