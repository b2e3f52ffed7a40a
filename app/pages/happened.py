"""What happened, as the audit trail has it, in sentences that a volunteer understands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext, ngettext

from purchasing import acts
from purchasing.errors import N_
from purchasing.headcounts import FEWEST
from purchasing.papers import PaperKind
from purchasing.people import Role
from purchasing.trail.checking import Wrong
from purchasing.trail.telling import Told

Count = Callable[[int], str]
MOST_NAMES = 3  # in one breath


def _kinds(names: str) -> tuple[str, ...]:
    return tuple(names.split())


# What is told, under the words by which one asks for it. `act:` is an act about such a row.
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "rounds": (
        N_("Rounds and orders"),
        _kinds("round_event award supplier_order answer_decision order_change"),
    ),
    "papers": (N_("Papers"), _kinds("paper data_file stored_document number_gap")),
    "money": (
        N_("Money"),
        _kinds(
            "posting bank_statement act:bank_line payment_order act:payment_order collection"
            " act:collection collection_refusal book_year"
        ),
    ),
    "deliveries": (
        N_("Deliveries"),
        _kinds(
            "delivery_count hand_share item_report report_decision substitute returned_deposit"
        ),
    ),
    "bills": (
        N_("Bills of suppliers"),
        _kinds("supplier_bill bill_dispute_end bill_reversal"),
    ),
    "people": (
        N_("People and settings"),
        _kinds(
            "act:person act:network act:supplier act:catalogue_import act:trail mail_pause"
            " act:mail_pause"
        ),
    ),
}
ONE_BY_ONE = frozenset({"person", "supplier", "catalogue_import", "trail"})  # acts with a name
# Each of these is said by another row, written with it: the file of the bank, the posting.
NOT_TOLD = frozenset({"bank_line", "paid_part"})

MOVES = {
    "publish": N_("The round was announced."),
    "open": N_("The round opened."),
    "extend": N_("The round stays open for longer."),
    "close": N_("The round closed."),
    "hold": N_("The round came out too low, and waits for a coordinator."),
    "offer": N_("Everybody got an offer."),
    "order": N_("It was decided who gets what."),
    "receive": N_("The goods came."),
    "settle": N_("The round was settled."),
    "cancel": N_("The round was called off."),
}
ROLES = {
    Role.COORDINATOR: N_("coordinator"),
    Role.ADMINISTRATOR: N_("administrator"),
    Role.OBSERVER: N_("observer"),
}
HANDS = {
    "clock": N_("By itself"),
    "upgrade": N_("An upgrade of this site"),
    "command line": N_("Who runs this site"),
    "restore": N_("Who runs this site"),
    "visitor": N_("Somebody who was not signed in"),
    "participant": N_("Somebody who takes part"),
    "": N_("Not noted who"),
}
WRONG = {
    Wrong.CHANGED: N_("Something was changed afterwards."),
    Wrong.GONE: N_("Something was taken out."),
    Wrong.NOT_NOTED: N_("Something was put in, and nobody did it here."),
    Wrong.NOT_GIVEN: N_("Somebody has a role, and nobody gave it."),
    Wrong.LACKING: N_("A piece of the row is missing."),
    Wrong.BROKEN: N_("The row itself was tampered with."),
}

UNCOUNTED = {
    "paper": N_("Papers were written."),
    "data_file": N_("Papers were written."),
    "stored_document": N_("Papers were made as PDFs."),
    "posting": N_("Amounts were booked."),
}
PAPERS: Mapping[str, Count] = {
    PaperKind.INVOICE: lambda n: ngettext(
        "An invoice was written.", "%(num)s invoices were written.", n
    ),
    PaperKind.SETTLEMENT: lambda n: ngettext(
        "A settlement was written.", "%(num)s settlements were written.", n
    ),
    PaperKind.PREPAYMENT: lambda n: ngettext(
        "A bill for what is paid ahead was written.",
        "%(num)s bills for what is paid ahead were written.",
        n,
    ),
    PaperKind.CONFIRMATION: lambda n: ngettext(
        "A confirmation was written.", "%(num)s confirmations were written.", n
    ),
    PaperKind.RECEIPT: lambda n: ngettext(
        "A receipt was written.", "%(num)s receipts were written.", n
    ),
    PaperKind.ORDER_SHEET: lambda n: ngettext(
        "An order sheet was written.", "%(num)s order sheets were written.", n
    ),
    PaperKind.PACKING_LIST: lambda n: ngettext(
        "A list to hand out by was written.", "%(num)s lists to hand out by were written.", n
    ),
    PaperKind.CASH_RECEIPT: lambda n: ngettext(
        "A receipt for cash was written.", "%(num)s receipts for cash were written.", n
    ),
    PaperKind.ACCOUNT: lambda n: ngettext(
        "A statement of account was written.", "%(num)s statements of account were written.", n
    ),
    PaperKind.LOT_SHEET: lambda n: ngettext(
        "A lot sheet was written.", "%(num)s lot sheets were written.", n
    ),
    PaperKind.CREDIT_NOTE: lambda n: ngettext(
        "A credit note was written.", "%(num)s credit notes were written.", n
    ),
    PaperKind.SUPPLEMENT: lambda n: ngettext(
        "A supplement was written.", "%(num)s supplements were written.", n
    ),
}
COUNTED: Mapping[str, Count] = {
    "award": lambda n: gettext("The bids were opened and compared."),
    "supplier_order": lambda n: ngettext(
        "A supplier got an order.", "%(num)s suppliers got an order.", n
    ),
    "answer_decision": lambda n: ngettext(
        "An answer of a supplier was decided on.",
        "%(num)s answers of suppliers were decided on.",
        n,
    ),
    "order_change": lambda n: ngettext(
        "An order to a supplier changed.", "%(num)s orders to suppliers changed.", n
    ),
    "data_file": lambda n: ngettext(
        "An invoice was written for a program.", "%(num)s invoices were written for programs.", n
    ),
    "stored_document": lambda n: ngettext(
        "A paper was made as a PDF.", "%(num)s papers were made as PDFs.", n
    ),
    "number_gap": lambda n: gettext("It was noted why numbers are missing."),
    "posting": lambda n: ngettext("An amount was booked.", "%(num)s amounts were booked.", n),
    "bank_statement": lambda n: ngettext(
        "A file of the bank was read.", "%(num)s files of the bank were read.", n
    ),
    "act:bank_line": lambda n: ngettext(
        "It was decided whose payment it was.", "Of %(num)s payments it was decided whose.", n
    ),
    "payment_order": lambda n: gettext("A file to pay suppliers was made for the bank."),
    "act:payment_order": lambda n: gettext("A file to pay suppliers was called off."),
    "collection": lambda n: gettext("A file to collect bills was made for the bank."),
    "act:collection": lambda n: gettext("A file to collect bills was called off."),
    "collection_refusal": lambda n: ngettext(
        "A bill could not be collected.", "%(num)s bills could not be collected.", n
    ),
    "book_year": lambda n: gettext("The books of a year were closed."),
    "delivery_count": lambda n: ngettext(
        "An article was counted.", "%(num)s articles were counted.", n
    ),
    "hand_share": lambda n: ngettext(
        "It was changed who gets how much.", "%(num)s times it was changed who gets how much.", n
    ),
    "item_report": lambda n: ngettext(
        "Somebody told what was wrong with their goods.",
        "%(num)s times somebody told what was wrong with their goods.",
        n,
    ),
    "report_decision": lambda n: ngettext(
        "A complaint was decided on.", "%(num)s complaints were decided on.", n
    ),
    "substitute": lambda n: ngettext(
        "Something else came than was ordered.",
        "%(num)s times something else came than was ordered.",
        n,
    ),
    "returned_deposit": lambda n: ngettext(
        "Empties came back.", "%(num)s times empties came back.", n
    ),
    "supplier_bill": lambda n: ngettext(
        "A bill of a supplier was entered.", "%(num)s bills of suppliers were entered.", n
    ),
    "bill_dispute_end": lambda n: ngettext(
        "A dispute about a bill ended.", "%(num)s disputes about bills ended.", n
    ),
    "bill_reversal": lambda n: ngettext(
        "A bill of a supplier was taken back.", "%(num)s bills of suppliers were taken back.", n
    ),
    "act:network": lambda n: gettext("The settings of the network were changed."),
    "mail_pause": lambda n: gettext("All mail was held up."),
    "act:mail_pause": lambda n: gettext("Mail may go out again."),
}


@dataclass(frozen=True)
class Names:
    """The names that may be shown to who reads, by id."""

    people: Mapping[int, str]
    suppliers: Mapping[int, str]


def lines(done: Sequence[Told], names: Names, *, coy: bool = False) -> list[str]:
    """What was done, in sentences, in the order in which it was done; alike things are counted.

    `coy`: where so few take part that their number says too much, papers are not counted.
    """
    alike: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for one in reversed(done):
        alike[_likeness(one)].append(one)
    said = (
        line
        for (kind, _), some in alike.items()
        for line in (
            [gettext(UNCOUNTED[kind])]
            if coy and kind in UNCOUNTED and len(some) < FEWEST
            else _said(kind, some, names)
        )
    )
    return list(dict.fromkeys(said))


def kind_of(about: str) -> str:
    """The words under which a kind of row is told; empty where it is not."""
    told = (label for label, kinds in KINDS.values() if about in kinds or f"act:{about}" in kinds)
    return next(told, "")


def _likeness(one: Told) -> tuple[str, str]:
    if one.about == "act":
        return f"act:{one.facts['about']}", str(one.facts["what"])
    return one.about, str(one.facts.get("kind" if one.about == "paper" else "move", ""))


def _said(kind: str, some: Sequence[Told], names: Names) -> Iterator[str]:
    if kind == "round_event":
        yield from (gettext(MOVES.get(str(one.facts["move"]), "")) for one in some)
    elif kind == "paper":
        yield PAPERS[str(some[0].facts["kind"])](len(some))
    elif kind in COUNTED:
        yield COUNTED[kind](len(some))
    else:
        yield from _named(some, names)


def _named(some: Sequence[Told], names: Names) -> Iterator[str]:
    """Each by name; but of many who may order for somebody only how many."""
    members = [one for one in some if _is_of_member(one)]
    if len(members) > MOST_NAMES:
        yield _MEMBERS[members[0].facts["what"] == acts.GIVEN](len(members))
        some = [one for one in some if not _is_of_member(one)]
    yield from dict.fromkeys(_act(one, names) for one in some)


def _is_of_member(one: Told) -> bool:
    return one.facts["what"] in (acts.GIVEN, acts.TAKEN) and one.facts["value"] not in set(Role)


def _act(one: Told, names: Names) -> str:
    about, what = str(one.facts["about"]), str(one.facts["what"])
    value, id_ = str(one.facts.get("value", "")), int(one.facts["about_id"])
    if about == "person":
        return _about_person(what, value, names.people.get(id_, gettext("Somebody")))
    if about == "supplier":
        name = names.suppliers.get(id_, "–")
        return gettext("The details of %(supplier)s were changed.", supplier=name)
    if about == "catalogue_import":
        return _IMPORTS["undone_at" in value]()
    return _TRAIL[what == "begun"]()


def _about_person(what: str, value: str, name: str) -> str:
    if what in (acts.GIVEN, acts.TAKEN):
        is_role = value in set(Role)
        role = gettext(ROLES[Role(value)]) if is_role else ""
        return _APPOINTED[what == acts.GIVEN, is_role](name, role)
    if what == "second step off":
        return gettext("The second step of %(person)s was taken away.", person=name)
    return gettext("It was changed whether %(person)s may sign in.", person=name)


_APPOINTED: Mapping[tuple[bool, bool], Callable[[str, str], str]] = {
    (True, True): lambda who, role: gettext("%(person)s became %(role)s.", person=who, role=role),
    (False, True): lambda who, role: gettext(
        "%(person)s is no longer %(role)s.", person=who, role=role
    ),
    (True, False): lambda who, _: gettext(
        "%(person)s may order for a household or shop.", person=who
    ),
    (False, False): lambda who, _: gettext(
        "%(person)s no longer orders for a household or shop.", person=who
    ),
}
_MEMBERS: Mapping[bool, Count] = {
    True: lambda n: ngettext(
        "%(num)s person may order for a household or shop.",
        "%(num)s people may order for a household or shop.",
        n,
    ),
    False: lambda n: ngettext(
        "%(num)s person no longer orders for a household or shop.",
        "%(num)s people no longer order for a household or shop.",
        n,
    ),
}
_IMPORTS: Mapping[bool, Callable[[], str]] = {
    True: lambda: gettext("A price list was taken back."),
    False: lambda: gettext("A price list was taken over."),
}
_TRAIL: Mapping[bool, Callable[[], str]] = {
    True: lambda: gettext("From here on it is noted what happens."),
    False: lambda: gettext("A backup was put back. What was done after it is not here."),
}
