"""All that this room asks: of a participant, and of a round before it is published."""

import re
from collections.abc import Mapping
from dataclasses import replace

from purchasing.categories.insurance.products import PRODUCTS
from purchasing.categories.insurance.words import CONSENTS, LICENSED_CONSENTS
from purchasing.errors import N_, Refused
from purchasing.questions import Answer, Option, Question, QuestionKind

KEPT = 30  # days after the list was made; then the licensed party has it or does not need it
AFM_NUMBER = re.compile(r"[0-9]{8}")
MAIL = re.compile(r"[^\s@,;:<>()\"]+@[^\s@,;:<>()\"]+\.[^\s@,;:<>()\"]{2,}")
PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{8,18}")
DIGITS_OF_A_PHONE = range(10, 16)


class NotAnAfmNumber(Refused):
    message = N_("An AFM number has 8 digits. You find it in the register of the AFM.")


class NotAMailAddress(Refused):
    message = N_("This is not a mail address. It looks like this: name@example.org")


class NotAPhoneNumber(Refused):
    message = N_("This is not a phone number. It has 10 digits or more.")


class NeitherMailNorPhone(Refused):
    message = N_("Fill in a mail address or a phone number.")


QUESTIONS = (
    Question(
        "products",
        N_("What are you interested in?"),
        QuestionKind.CHOICES,
        short=N_("Interest"),
        options=PRODUCTS,
        keep_days=KEPT,
        counted=True,
    ),
    Question(
        "channel",
        N_("How may you be reached?"),
        QuestionKind.CHOICE,
        short=N_("Reach by"),
        options=(Option("mail", N_("By mail")), Option("phone", N_("By phone"))),
        keep_days=KEPT,
    ),
    Question(
        "contact",
        N_("Your mail address or phone number"),
        short=N_("Address or number"),
        longest=80,
        known="email",
        hint=N_("Only this goes to the licensed party. Write nothing else here."),
        keep_days=KEPT,
        on_receipt=False,  # a receipt is kept longer than the 30 days
    ),
    Question(
        "language",
        N_("In which language?"),
        QuestionKind.CHOICE,
        short=N_("Language"),
        known="language",
        options=(
            Option("nl", "Nederlands"),
            Option("en", "English"),
            Option("tr", "Türkçe"),
            Option("ar", "العربية"),
            Option("pl", "Polski"),
            Option("uk", "Українська"),
        ),
        keep_days=KEPT,
    ),
)

PARTICULARS = (
    Question("recipient", N_("Name of the licensed party"), longest=120),
    Question(
        "afm_number",
        N_("AFM number of the licensed party"),
        longest=20,
        hint=N_("8 digits. Look it up in the register of the AFM."),
    ),
    Question(
        "recipient_contact",
        N_("Mail address or phone number of the licensed party"),
        longest=120,
    ),
    Question(
        "remuneration",
        N_("What does the licensed party earn, and from whom?"),
        longest=200,
        hint=N_("Everybody reads this. The network itself gets nothing."),
        public=True,
    ),
    Question(
        "consent_version",
        N_("Text of the consent"),
        QuestionKind.CHOICE,
        options=tuple(Option(version, version) for version in CONSENTS),
    ),
)

LICENSED_PARTICULARS = tuple(
    replace(
        question,
        hint=N_("Everybody reads this.") if question.public else question.hint,
        options=tuple(Option(version, version) for version in LICENSED_CONSENTS)
        if question.options
        else (),
    )
    for question in PARTICULARS
)


def check_particulars(particulars: Mapping[str, Answer]) -> Mapping[str, Refused]:
    problems: dict[str, Refused] = {}
    if not AFM_NUMBER.fullmatch(str(particulars["afm_number"])):
        problems["afm_number"] = NotAnAfmNumber()
    contact = str(particulars["recipient_contact"])
    if not (MAIL.fullmatch(contact) or _is_phone(contact)):
        problems["recipient_contact"] = NeitherMailNorPhone()
    return problems


def check_answers(answers: Mapping[str, Answer]) -> Mapping[str, Refused]:
    """The one text is no free text: people would write down what nobody may know here."""
    contact = str(answers["contact"])
    if answers["channel"] == "mail" and not MAIL.fullmatch(contact):
        return {"contact": NotAMailAddress()}
    if answers["channel"] == "phone" and not _is_phone(contact):
        return {"contact": NotAPhoneNumber()}
    return {}


def _is_phone(text: str) -> bool:
    digits = sum(sign.isdigit() for sign in text)
    return bool(PHONE.fullmatch(text)) and digits in DIGITS_OF_A_PHONE
