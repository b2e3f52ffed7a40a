"""Samen Schalkwijk: the network, 60 households and 6 shops, and who signs in."""

import unicodedata
from datetime import datetime

from sqlalchemy.orm import Session

from purchasing.people import (
    Network,
    Participant,
    ParticipantKind,
    Person,
    Role,
    VatStatus,
    admit,
    appoint,
    enrol,
)

HOUSEHOLDS = """
Familie Yılmaz|Familie El Amrani|Fam. De Boer|Ramdin|Kowalska|Nguyen|Familie Al-Hassan|Tekle|
Osei|Jansen – Petrova|Van der Meer|Familie Demir|Benali|Soekhram|Wiśniewski|Martina|
Familie Haddad|Abdi|Mevrouw Bakker|Chen|Da Silva|Familie Öztürk|Bouzid|Kartosen|Nowak|
Familie Rahimi|Ivanova|Visser|Familie Kaya|El Idrissi|Pinas|Shevchenko|Van Dijk|Mohamud|
Familie Şahin|Ouali|Sewnarain|Dąbrowska|Familie Nazari|Gebremariam|Smit & Smit|Fernandes|
Familie Aydın|Lahrichi|Winklaar|Popescu|De Groot|Familie Barzani|Boateng|Zhang|
Meneer Kuiper|Familie Arslan|Chaouch|Mahabier|Zielińska|Familie Saleh|Hendriks|Dimitrov|
Woongroep De Zwaluw|Mulder – Santos
"""
SHOPS = {
    "Toko Kembang": ("97000011", "NL000010037B47"),
    "Bakkerij Het Zonnetje": ("97000022", "NL000010074B05"),
    "Supermarkt Anadolu": ("97000033", "NL000010111B60"),
    "Groentehal Atlas": ("97000044", "NL000010148B18"),
    "Lunchroom Samira": ("97000055", "NL000010185B73"),
    "Eetcafé De Hoek": ("97000066", "NL000010222B31"),
}
STREETS = ("Korenbloemhof", "Zwaluwpad", "Pereboomlaan", "Vlierstraat", "Rietsingel")
READS_ENGLISH = {"Nguyen", "Tekle", "Osei", "Chen", "Ivanova", "Gebremariam", "Zhang", "Boateng"}
WITHOUT_MAIL = "Meneer Kuiper"  # a coordinator orders for him, and hands him his paper


def settle_in(session: Session, *, now: datetime) -> list[Participant]:
    """The network, its people and its participants; returns the participants."""
    session.add(
        Network(
            name="Samen Schalkwijk",
            street="Korenbloemhof 3",
            postcode="2036 XA",
            city="Haarlem",
            email="hulp@samenschalkwijk.example",
            phone="023 000 00 12",
            phone_hours="ma–vr 10–12 uur",
            kvk="97000000",
            vat_id="NL000010259B86",
            vat_status=VatStatus.REGISTERED,
            iban="NL93DEMO0123456789",
            account_name="Samen Schalkwijk",
            pickup_place="Buurthuis De Linde",
            pickup_address="Korenbloemhof 3, Haarlem",
        )
    )
    for email, name, role in (
        ("beheer@samenschalkwijk.example", "Beheer", Role.ADMINISTRATOR),
        ("fatma@samenschalkwijk.example", "Fatma", Role.COORDINATOR),
        ("johan@samenschalkwijk.example", "Johan", Role.COORDINATOR),
        ("bestuur@samenschalkwijk.example", "Bestuur", Role.OBSERVER),
    ):
        appoint(admit(session, email=email, name=name, now=now), role)
    names = [name.strip() for name in HOUSEHOLDS.replace("\n", "").split("|")]
    households = [_household(session, name, at, now) for at, name in enumerate(names)]
    return households + [_shop(session, name, at, now) for at, name in enumerate(SHOPS)]


def _household(session: Session, name: str, at: int, now: datetime) -> Participant:
    language = "en" if name in READS_ENGLISH else "nl"
    participant = enrol(
        session,
        kind=ParticipantKind.HOUSEHOLD,
        name=name,
        now=now,
        language=language,
        **_address(at),
    )
    if name != WITHOUT_MAIL:
        _admit(session, participant, language, now)
    return participant


def _shop(session: Session, name: str, at: int, now: datetime) -> Participant:
    kvk, vat_id = SHOPS[name]
    address = _address(70 + at)
    participant = enrol(
        session, kind=ParticipantKind.SHOP, name=name, now=now, kvk=kvk, vat_id=vat_id, **address
    )
    _admit(session, participant, "nl", now)
    return participant


def _admit(session: Session, participant: Participant, language: str, now: datetime) -> Person:
    participant.email = f"{plain(participant.name)}@example.org"
    name = participant.name.removeprefix("Familie ")
    person = admit(session, email=participant.email, name=name, language=language, now=now)
    appoint(person, Role.MEMBER, participant)
    return person


def _address(at: int) -> dict[str, str]:
    street = STREETS[at % len(STREETS)]
    return {
        "street": f"{street} {3 + 2 * at}",
        "postcode": f"2037 X{'ABCDEFGHJK'[at % 10]}",
        "city": "Haarlem",
    }


def plain(name: str) -> str:
    """A name in the letters of an address: "Familie Yılmaz" is familie-yilmaz."""
    letters = unicodedata.normalize("NFKD", name.replace("ı", "i")).encode("ascii", "ignore")
    words = "".join(sign if sign.isalnum() else " " for sign in letters.decode().lower())
    return "-".join(words.split())
