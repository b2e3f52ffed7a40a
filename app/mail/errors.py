"""How writing or sending a mail can end other than well."""


class NothingToSend(Exception):
    """There is no longer any need for this mail; the message says why, for the log."""


class NoAddress(Exception):
    """Whom the mail is for cannot be reached by mail; the message is an untranslated sentence."""


class Unreachable(Exception):
    """The mail server cannot be reached or refuses to talk; nothing was sent."""


class NotNow(Exception):
    """The server said no for the moment; nothing was sent."""


class NotEver(Exception):
    """The server said no for good; nothing was sent."""


class MaybeSent(Exception):
    """The connection broke after the mail was handed over: nobody knows whether it went."""
