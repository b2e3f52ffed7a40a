"""Every text field of every paper, found by itself, with every way to make a paper fetch a thing.

`test_documents_safety` shows that the press refuses; here nothing a person writes gets that far.
"""

import copy
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints, is_typeddict

import pytest
from bs4 import BeautifulSoup

from app.documents import (
    account_samples,
    account_shapes,
    correction_samples,
    correction_shapes,
    render,
    samples,
    shapes,
    signup_samples,
    tender_samples,
    tender_shapes,
)
from app.documents.pages import page
from tests.app.test_documents_safety import ASKING, IDLE, aimed, leaks, trap  # noqa: F401

Place = tuple[str | int, ...]
WORD = "Zeldzaamwoord"
INSTEAD: Any = samples.invoice(lines=3)
INSTEAD["lines"][0]["instead_of"] = "Iets anders"
PAPERS: dict[str, tuple[str, Any]] = {
    "invoice": (
        "invoice",
        samples.invoice(lines=3, gaps=1, notes=["Een regel."], exempt_reason="Vrijgesteld"),
    ),
    "invoice with a substitute": ("invoice", INSTEAD),
    "invoice of a shop": ("invoice", samples.invoice(lines=3, gaps=1, shop=True)),
    "settlement": ("settlement", samples.settlement(lines=3)),
    "credit note": ("credit_note", correction_samples.credit_note()),
    "credit note of a shop": ("credit_note", correction_samples.credit_note(shop=True)),
    "supplement": ("supplement", correction_samples.supplement()),
    "order sheet": ("order_sheet", samples.order_sheet(lines=3, notes=["Bel aan."])),
    "order sheet with a link": (
        "order_sheet",
        samples.order_sheet(lines=2, answer_url="https://samen.example/a/1"),
    ),
    "packing list": ("packing_list", samples.packing_list(participants=2, articles=2)),
    "receipt": ("receipt", signup_samples.receipt()),
    "referral list": ("referral_list", signup_samples.referral_list(people=2)),
    "premium invoice": ("invoice", signup_samples.premium_invoice()),
    "premium order": ("order_sheet", signup_samples.premium_order()),
    "confirmation": ("confirmation", tender_samples.confirmation()),
    "lot sheet": ("lot_sheet", tender_samples.lot_sheet()),
    "switch list": ("switch_list", tender_samples.switch_list(people=1)),
    "account": ("account", account_samples.account(lines=3)),
    "cash receipt": ("cash_receipt", account_samples.cash_receipt()),
}
VECTORS = [*ASKING, *IDLE, '"><img src={u}/out alt=x>', "' onload='x' style='background:url({u})"]


def texts(value: Any, at: Place = ()) -> Iterator[Place]:
    """Where in a record a text stands."""
    if isinstance(value, dict):
        ours = {"key"} | ({"text"} if "values" in value else set())  # a sentence of ours
        for key, inner in value.items():
            if key not in ours:
                yield from texts(inner, (*at, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from texts(inner, (*at, index))
    elif isinstance(value, str):
        yield at


def with_text(record: Any, wanted: dict[Place, str]) -> Any:
    made = _open(copy.deepcopy(record))
    for place, text in wanted.items():
        inner = made
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = text
    return made


def _open(value: Any) -> Any:
    """With lists for tuples, which cannot be written in."""
    if isinstance(value, dict):
        return {key: _open(inner) for key, inner in value.items()}
    return [_open(inner) for inner in value] if isinstance(value, list | tuple) else value


def shown(kind: str, record: Any) -> list[Place]:
    """Where a word may be written that the paper then shows; the rest are days, keys and codes."""
    return [place for place in texts(record) if _shows(kind, record, place)]


def _shows(kind: str, record: Any, place: Place) -> bool:
    try:
        return WORD in page(kind, with_text(record, {place: WORD}))
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, LookupError):
        return False


@pytest.fixture(scope="module")
def places() -> dict[str, list[Place]]:
    return {name: shown(*paper) for name, paper in PAPERS.items()}


def skeleton(html: str) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """All tags with what they may fetch with or do, and none of the words."""
    return [
        (tag.name, tuple(sorted((name, _acts(name, value)) for name, value in tag.attrs.items())))
        for tag in BeautifulSoup(html, "html.parser").find_all(True)
    ]


def _acts(name: str, value: object) -> str:
    """What stands in an attribute, unless it is only words."""
    words = ("alt", "title", "content", "viewbox", "d")  # or the squares of a QR code
    only_words = name in words or name.startswith(("data-", "aria-"))
    return "" if only_words else str(value)


def test_every_paper_has_fields_that_people_write_in(places) -> None:
    assert {name: len(found) > 5 for name, found in places.items()} == dict.fromkeys(PAPERS, True)
    assert sum(map(len, places.values())) > 200


def test_every_kind_of_text_that_a_record_can_hold_is_in_a_sample() -> None:
    """A field that a shape declares and no sample has would be tried by nothing."""
    held = {place[-1] for _, record in PAPERS.values() for place in texts(record)}
    held |= {step for _, record in PAPERS.values() for place in texts(record) for step in place}
    held |= {"key", "text"}  # ours, and never written by a person
    declared = {
        key
        for module in (shapes, account_shapes, correction_shapes, tender_shapes)
        for shape in vars(module).values()
        if is_typeddict(shape)
        for key, hint in get_type_hints(shape).items()
        if hint is str or str in get_args(hint)
    }
    assert len(declared) > 20
    assert declared - held == set()


@pytest.mark.parametrize("name", PAPERS)
def test_what_is_written_anywhere_adds_no_tag_and_no_attribute(name, places, trap) -> None:  # noqa: F811
    """Every vector in every field: the page has the same tags as with an ordinary word."""
    kind, record = PAPERS[name]
    ordinary = skeleton(page(kind, with_text(record, dict.fromkeys(places[name], WORD))))
    for vector in VECTORS:
        text = aimed(vector, trap)
        html = page(kind, with_text(record, dict.fromkeys(places[name], text)))
        assert skeleton(html) == ordinary, vector
        assert "{u}" not in html


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_full_of_it_is_printed_and_fetches_nothing(name, places, trap) -> None:  # noqa: F811
    """Through the whole press: each field has a vector, and the next one in the next paper."""
    kind, record = PAPERS[name]
    for turn in range(2):
        wanted = {
            place: aimed(VECTORS[(at + turn * 7) % len(VECTORS)], trap)
            for at, place in enumerate(places[name])
        }
        assert not leaks(render(kind, with_text(record, wanted)))
    assert trap.calls == []
