"""The one base class of every refusal the domain can utter."""


def N_(message: str) -> str:
    """Mark a message for the translators without translating it here."""
    return message


class Refused(Exception):
    """A rule said no. `message` is an untranslated msgid; app/errors.py translates it.

    `details` are values (cents, datetimes, counts), put into words by the app.
    """

    message = ""

    def __init__(self, **details: object) -> None:
        super().__init__(self.message % details)
        self.details = details
