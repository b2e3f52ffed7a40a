"""XML for programs: written from trees that leave out what is not known.

An empty element says nothing, and the rules of Peppol forbid it: a leaf without text and a
branch without leaves are None, and None is left out.
"""

from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, tostring

Node = Element | None
# Signs that XML has no place for: a file that holds one is read by no program. The eleventh comes
# along when text is pasted from a slide.
_NO_SIGN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF), " ")
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def leaf(name: str, text: str, **attributes: str) -> Node:
    """An element with text; None where there is no text."""
    if not text:
        return None
    element = Element(name, attributes)
    element.text = text.translate(_NO_SIGN)
    return element


def branch(name: str, *children: Node) -> Node:
    """An element with others inside; None where there are none."""
    found = [child for child in children if child is not None]
    if not found:
        return None
    element = Element(name)
    element.extend(found)
    return element


def document(name: str, namespaces: dict[str, str], *children: Node) -> bytes:
    """The whole file, UTF-8. The prefix "" is the namespace of names without one."""
    root = Element(name)
    for prefix, address in namespaces.items():
        root.set(f"xmlns:{prefix}" if prefix else "xmlns", address)
    root.extend(child for child in children if child is not None)
    return _HEAD + tostring(root, encoding="unicode").encode() + b"\n"


def cents(amount: int) -> str:
    """1234 as "12.34"."""
    return f"{Decimal(amount) / 100:.2f}"


def percent(basis_points: int) -> str:
    """900 as "9.00"."""
    return cents(basis_points)


def number(value: Decimal) -> str:
    """A quantity or price without superfluous zeros, never as 1E+2."""
    return f"{value.normalize():f}"


def price(value: Decimal) -> str:
    return f"{value:f}"


def basic_day(day: date | None) -> str:
    """20261204: format 102 of UN/EDIFACT."""
    return f"{day:%Y%m%d}" if day else ""


def iso_day(day: date | None) -> str:
    return day.isoformat() if day else ""
