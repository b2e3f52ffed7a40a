"""How a bank lays out its CSV, as data: which titles, what stands where, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TableLayout:
    """`columns` says per field the titles under which it may stand, in lower case.

    Fields: account, day, amount, direction, currency, iban, name, text (all columns of it),
    reference, bank_reference, balance_before, balance_after, reason. `needs` recognise the
    layout. Where a file has no titles, `places` are the columns and `width` is how many there
    are. `marks` are labels inside the text behind which the reference or the name stands.
    """

    key: str
    name: str
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)
    width: int = 0
    needs: Sequence[str] = ("account", "day", "amount")
    days: str = "%Y-%m-%d"
    came_in: Sequence[str] = ()
    went_out: Sequence[str] = ()
    quote: str = '"'
    newest_first: bool = False


ING = TableLayout(
    key="ing-csv",
    name="ING (CSV)",
    columns={
        "account": ("rekening", "account"),
        "day": ("datum", "date"),
        "amount": ("bedrag (eur)", "amount (eur)"),
        "direction": ("af bij", "debit/credit"),
        "iban": ("tegenrekening", "counterparty"),
        "name": ("naam / omschrijving", "name / description"),
        "text": ("mededelingen", "notifications"),
        "balance_after": ("saldo na mutatie", "resulting balance"),
    },
    needs=("account", "day", "amount", "direction", "text"),
    days="%Y%m%d",
    came_in=("bij", "credit"),
    went_out=("af", "debit"),
    newest_first=True,
)

RABOBANK = TableLayout(
    key="rabobank-csv",
    name="Rabobank (CSV)",
    columns={
        "account": ("iban/bban",),
        "day": ("datum",),
        "amount": ("bedrag",),
        "currency": ("munt",),
        "iban": ("tegenrekening iban/bban",),
        "name": ("naam tegenpartij",),
        "text": ("omschrijving-1", "omschrijving-2", "omschrijving-3"),
        "reference": ("betalingskenmerk",),
        "bank_reference": ("volgnr",),
        "end_to_end": ("transactiereferentie",),
        "balance_after": ("saldo na trn",),
        "reason": ("reden retour",),
    },
    needs=("account", "day", "amount", "bank_reference", "balance_after"),
)

BUNQ = TableLayout(
    key="bunq-csv",
    name="bunq (CSV)",
    columns={
        "account": ("rekening", "account"),
        "day": ("datum", "date"),
        "amount": ("bedrag", "amount"),
        "iban": ("tegenrekening", "counterparty"),
        "name": ("naam", "name"),
        "text": ("omschrijving", "description"),
    },
    needs=("account", "day", "amount", "iban", "name", "text"),
)

KNAB = TableLayout(
    key="knab-csv",
    name="Knab (CSV)",
    columns={
        "account": ("rekeningnummer",),
        "day": ("boekdatum", "transactiedatum"),
        "amount": ("bedrag",),
        "direction": ("creditdebet",),
        "currency": ("valutacode",),
        "iban": ("tegenrekeningnummer",),
        "name": ("tegenrekeninghouder",),
        "text": ("omschrijving",),
        "bank_reference": ("referentie",),
    },
    needs=("account", "day", "amount", "direction", "bank_reference"),
    days="%d-%m-%Y",
    came_in=("c",),
    went_out=("d",),
)

ASN = TableLayout(
    key="asn-csv",
    name="ASN Bank, SNS, RegioBank (CSV)",
    places={
        "account": (1,),
        "day": (0,),
        "amount": (10,),
        "currency": (9,),
        "iban": (2,),
        "name": (3,),
        "text": (17,),
        "reference": (16,),
        "bank_reference": (15,),
        "balance_before": (8,),
    },
    width=19,
    days="%d-%m-%Y",
    quote="'",
)

LAYOUTS = (ING, RABOBANK, KNAB, BUNQ, ASN)
