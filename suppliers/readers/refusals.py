"""Why a whole file cannot be read as a price list, each reason in one sentence."""

from purchasing.errors import N_, Refused


class Unreadable(Refused):
    """Nothing of this file was read; the sentence says why and what to do about it."""

    message = N_("This file cannot be read.")


class EmptyFile(Unreadable):
    message = N_("The file is empty.")


class FileTooLarge(Unreadable):
    message = N_("The file is larger than %(limit)d MB.")


class NotAPriceList(Unreadable):
    message = N_(
        "“%(filename)s” is not a price list that can be read. "
        "Use CSV, XLSX, ODS, XLS, XML or BNN, or a ZIP file with one of these."
    )


class ItIsPdf(Unreadable):
    message = N_("This is a PDF. Ask the supplier for the same list as XLSX or CSV.")


class ItIsAWebPage(Unreadable):
    message = N_("This is a web page. Open it in a spreadsheet program and save it as XLSX.")


class UnpacksTooLarge(Unreadable):
    message = N_("The file becomes too large when it is unpacked. That is not safe.")


class TooManyMembers(Unreadable):
    message = N_("The ZIP file holds more than %(limit)d files.")


class BrokenArchive(Unreadable):
    message = N_("The file is damaged: it cannot be unpacked.")


class NestedArchive(Unreadable):
    message = N_("The ZIP file holds another ZIP file. Unpack it first.")


class SeveralLists(Unreadable):
    message = N_("The ZIP file holds %(count)d lists. Upload them one by one.")


class NothingInside(Unreadable):
    message = N_("The ZIP file holds no price list.")


class Locked(Unreadable):
    message = N_("The file is protected with a password. Save it without one.")


class BrokenWorkbook(Unreadable):
    message = N_("The spreadsheet is damaged: it cannot be opened.")


class TooHeavy(Unreadable):
    message = N_("Opening this file takes too much time or memory. Ask for the list as CSV.")


class BrokenXml(Unreadable):
    message = N_("The XML breaks off or is wrong near line %(line)d.")


class EntitiesInXml(Unreadable):
    message = N_("The XML declares a document type or entities. That is not safe.")


class UnknownXml(Unreadable):
    message = N_("This XML is of a kind that is not known here.")


class OpenQuote(Unreadable):
    message = N_("A quotation mark is opened near line %(line)d and never closed.")


class LineTooLong(Unreadable):
    message = N_("Line %(line)d is too long to be a line of a price list.")


class TooManyRows(Unreadable):
    message = N_("The list has more than %(limit)d rows.")


class TooManyColumns(Unreadable):
    message = N_("The list has more than %(limit)d columns.")


class UnknownFormat(Unreadable):
    message = N_("There is no format called “%(format)s”.")


class AnotherFormat(Unreadable):
    message = N_("This file is not laid out as “%(format)s”: its column titles were not found.")


class ColumnMissing(Unreadable):
    message = N_("The column “%(column)s” was not found in this file.")


class WrongMapping(Unreadable):
    message = N_("The choice of columns is not complete: %(field)s is wrong.")


class ForeignCurrency(Unreadable):
    message = N_("The prices of this list are in %(currency)s. Only euros can be read.")
