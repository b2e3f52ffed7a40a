"""Why a file is no bill that can be booked, each reason in one sentence."""

from purchasing.billed import UnreadableBill
from purchasing.errors import N_

MOST_BYTES = 5 * 2**20


class BillTooLarge(UnreadableBill):
    message = N_("This file is larger than a bill can be.")


class NotAnEInvoice(UnreadableBill):
    message = N_("This is no e-invoice (UBL or CII). Ask the supplier for one, or type it over.")


class NotThisKind(UnreadableBill):
    message = N_("This is no invoice and no credit note (it says kind %(code)s).")


class NotInEuros(UnreadableBill):
    message = N_("This bill is in %(currency)s. Only bills in euros can be booked.")


class SomethingMissing(UnreadableBill):
    message = N_("In this bill “%(element)s” is missing, or cannot be read.")


class NoBillInside(UnreadableBill):
    message = N_(
        "This PDF carries no bill that a program can read. "
        "Ask the supplier for an e-invoice, or type it over."
    )


class LockedPdf(UnreadableBill):
    message = N_("This PDF is locked with a password. Ask the supplier for one that is open.")


class BrokenPdf(UnreadableBill):
    message = N_("This PDF is damaged: what it carries cannot be read.")
