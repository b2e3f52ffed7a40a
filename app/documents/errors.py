"""What can go wrong in the print room."""


class PrintError(Exception):
    """A paper could not be made; the message is for the operator's log."""


class ForeignAddress(PrintError):
    """A paper asked for a file or an address that is not ours; it was refused and not printed."""

    def __init__(self, addresses: list[str]) -> None:
        shown = ", ".join(address[:200] for address in addresses)
        super().__init__(f"a paper asked for what is not ours: {shown}")
        self.addresses = addresses


class CannotPrint(PrintError):
    """This machine lacks a library or a font that printing needs."""


class Damaged(PrintError):
    """A stored paper is not what was stored: it is gone or its bytes have changed."""
