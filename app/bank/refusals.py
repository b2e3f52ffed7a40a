"""Why a bank's file cannot be read, each reason in one sentence that says what to do."""

from purchasing.errors import N_, Refused


class UnreadableBankFile(Refused):
    """Nothing of this file was read."""

    message = N_("This bank file cannot be read.")


class EmptyBankFile(UnreadableBankFile):
    message = N_("The bank file is empty.")


class BankFileTooLarge(UnreadableBankFile):
    message = N_("The bank file is larger than %(limit)d MB. Download a shorter period.")


class PackedBankFile(UnreadableBankFile):
    message = N_("This is a ZIP file. Unpack it first and choose the file that is inside.")


class NotABankFile(UnreadableBankFile):
    message = N_(
        "This is not a bank file that can be read. "
        "Download CAMT.053 (XML), CSV or MT940 from your bank."
    )


class UnknownColumns(UnreadableBankFile):
    message = N_(
        "The columns of this file are not known here. "
        "Download CAMT.053 (XML) from your bank instead."
    )


class BrokenBankXml(UnreadableBankFile):
    message = N_("The bank file breaks off or is damaged near line %(line)d. Download it again.")


class EntitiesInBankXml(UnreadableBankFile):
    message = N_("The bank file declares a document type or entities. That is not safe.")


class OtherMessage(UnreadableBankFile):
    message = N_(
        "This XML is no statement of an account but “%(kind)s”. Download CAMT.053 from your bank."
    )


class NoStatement(UnreadableBankFile):
    message = N_("There is no statement in this bank file.")


class TooManyLines(UnreadableBankFile):
    message = N_("The bank file has more than %(limit)d lines. Download a shorter period.")


class BreaksOff(UnreadableBankFile):
    message = N_("Statement %(number)s breaks off: its closing balance is missing.")


class DoubledFile(UnreadableBankFile):
    message = N_("The titles stand again on row %(place)d: the file holds itself twice.")


class WrongCells(UnreadableBankFile):
    message = N_("Row %(place)d has %(found)d cells where %(expected)d were expected.")


class WrongDate(UnreadableBankFile):
    message = N_("Line %(place)d: “%(text)s” is not a date.")


class WrongAmount(UnreadableBankFile):
    message = N_("Line %(place)d: “%(text)s” is not an amount in whole cents.")


class WrongDirection(UnreadableBankFile):
    message = N_("Line %(place)d does not say whether the money came in or went out.")


class WrongBankLine(UnreadableBankFile):
    message = N_("Line %(place)d cannot be read: “%(text)s”.")


class OtherCurrency(UnreadableBankFile):
    message = N_("Line %(place)d is in %(currency)s. Only euros can be booked.")
