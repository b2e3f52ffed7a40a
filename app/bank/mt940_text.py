"""What Dutch banks write in field 86 of MT940: `/NAME/…/REMI/…`, `>20…`, or just text."""

import re
from dataclasses import dataclass

from app.bank.values import account, iban_in, one_line

_WORDS = (
    "ADDR", "BENM", "BIC", "CNTP", "CREF", "CSID", "EREF", "IBAN", "ISDT", "MARF", "NAME", "ORDP",
    "PREF", "PURP", "REMI", "RTRN", "SVCL", "TRCD", "TRTP", "ULTB", "ULTD",
)  # fmt: skip
_FIELD = re.compile(rf"/({'|'.join(_WORDS)})/")
_GERMAN = re.compile(r">[0-9]{2}")
_KNAB = re.compile(r"REK: ?([A-Z0-9]+)/NAAM: ?(.*)")
_NOTHING = frozenset({"NOTPROVIDED", "NONREF"})


@dataclass(frozen=True)
class Told:
    text: str = ""
    name: str = ""
    iban: str = ""
    reference: str = ""
    end_to_end: str = ""
    reason: str = ""


def told_in(raw: str) -> Told:
    """Everything that can be told apart in the text of one line."""
    if _FIELD.search(raw[:40]):
        return _from_fields(raw.replace("\n", ""))
    if found := _KNAB.search(raw):
        return Told(one_line(raw[: found.start()]), one_line(found[2]), account(found[1]))
    if raw.startswith("000>"):
        return Told(one_line(_GERMAN.sub("", raw.replace("\n", "").partition(">20")[2])))
    return Told(one_line(raw), iban=iban_in(raw))


def _from_fields(raw: str) -> Told:
    """A field ends where the next word between slashes begins; lines are wrapped inside words."""
    pieces = _FIELD.split(raw)
    fields: dict[str, str] = {}
    for word, value in zip(pieces[1::2], pieces[2::2], strict=True):
        fields.setdefault(word, value.strip("/ "))
    party = fields.get("CNTP", "").split("/")  # account, BIC, name
    text, reference = _remittance(fields.get("REMI", ""))
    end_to_end = one_line(fields.get("EREF", ""))
    return Told(
        text=text,
        name=one_line(fields.get("NAME", "") or (party[2] if len(party) > 2 else "")),
        iban=account(fields.get("IBAN", "") or party[0]),
        reference=reference,
        end_to_end="" if end_to_end.upper() in _NOTHING else end_to_end,
        reason=one_line(fields.get("RTRN", ""))[:20],
    )


def _remittance(raw: str) -> tuple[str, str]:
    """Text and reference: "USTD//text", "STRD/CUR/reference", "STRD/ISO/RF…", or plain text."""
    kind, _, rest = raw.partition("/")
    if kind == "USTD":
        return one_line(rest.strip("/")), ""
    if kind == "STRD":
        return "", one_line(rest.rpartition("/")[2])
    return one_line(raw), ""
