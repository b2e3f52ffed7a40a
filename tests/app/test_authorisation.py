"""Who is let in where: every address × who asks × what is theirs, another's, or not there at all.

`TABLE` says it for every address, in one word. An address that is not in it fails, and so does one
whose answer is another than the word says. One installation holds one network: what is of another
network does not exist here, as any other thing that does not.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from flask import url_for
from sqlalchemy import select
from werkzeug.routing import Rule

from app import tickets
from app.auth import Device
from app.extensions import db
from purchasing.deliveries import answer_links
from tests import tenders
from tests.app.coordinator import village
from tests.app.doors import CHOICES, ON_ONE_DATABASE, WORDS, a_street, routes, rows_by_table
from tests.pages import Visitor

IN, SIGN_IN, REFUSED, NOT_FOUND = "in", "sign in", "403", "404"
COLUMNS = ("nobody", "supplier", "member", "neighbour", "observer", "coordinator", "administrator")
# What the six get who ask for a thing of a member: there are seven columns, for of two households
# the neighbour asks for what is not theirs. The supplier holds a link, and is signed in nowhere.
MEANING = {
    #                nobody   supplier   member     neighbour  observer   coordinator administrator
    "everybody":     (IN,        IN,        IN,        IN,        IN,        IN,        IN),
    "link":          (NOT_FOUND, IN,        NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND),
    "signed in":     (SIGN_IN,   SIGN_IN,   IN,        IN,        IN,        IN,        IN),
    "member":        (SIGN_IN,   SIGN_IN,   IN,        IN,        REFUSED,   IN,        IN),
    "household":     (SIGN_IN,   SIGN_IN,   IN,        NOT_FOUND, REFUSED,   IN,        IN),
    "paper":         (SIGN_IN,   SIGN_IN,   IN,        NOT_FOUND, NOT_FOUND, IN,        IN),
    "own":           (SIGN_IN,   SIGN_IN,   IN,        NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND),
    "private":       (SIGN_IN,   SIGN_IN,   IN,        NOT_FOUND, REFUSED,   REFUSED,   NOT_FOUND),
    "sums":          (SIGN_IN,   SIGN_IN,   REFUSED,   REFUSED,   IN,        IN,        IN),
    "staff":         (SIGN_IN,   SIGN_IN,   REFUSED,   REFUSED,   REFUSED,   IN,        IN),
    "administrator": (SIGN_IN,   SIGN_IN,   REFUSED,   REFUSED,   REFUSED,   REFUSED,   IN),
}  # fmt: skip
# "~": who is let in finds nothing, for the street of this test has no such thing.
TABLE = """
everybody       GET  /
link            GET  /a/<ticket>
link            POST /a/<ticket>
link ~          GET  /a/<ticket>/order.<any(pdf, csv, xlsx):suffix>
everybody       GET  /accessibility
everybody ~     GET  /assets/<digest>/<name>
link            GET  /bid/<ticket>
link            POST /bid/<ticket>
link            POST /bid/<ticket>/check
link ~          POST /bid/<ticket>/list/<int:list_id>
link            GET  /bid/<ticket>/lots.csv
link ~          GET  /bid/<ticket>/lots.pdf
staff           GET  /coordinator/
staff           GET  /coordinator/answers/<int:order_id>
staff ~         POST /coordinator/answers/<int:order_id>/decide/<int:answer_id>
staff           POST /coordinator/answers/<int:order_id>/link
staff           POST /coordinator/answers/<int:order_id>/revoke
staff           GET  /coordinator/bills/<int:order_id>
staff           POST /coordinator/bills/<int:order_id>
staff           POST /coordinator/bills/<int:order_id>/file
staff           POST /coordinator/bills/<int:order_id>/typed
staff ~         POST /coordinator/bills/bill/<int:bill_id>/dispute
staff ~         POST /coordinator/bills/bill/<int:bill_id>/reverse
staff           GET  /coordinator/books/
staff           GET  /coordinator/books/<int:year>.<any(csv, journal, beancount, xaf):suffix>
administrator   POST /coordinator/books/<int:year>/close
staff           GET  /coordinator/books/round/<int:round_id>
staff           GET  /coordinator/collecting/
staff           POST /coordinator/collecting/
staff ~         GET  /coordinator/collecting/<int:collection_id>.xml
staff ~         POST /coordinator/collecting/<int:collection_id>/call-off
staff ~         POST /coordinator/collecting/<int:collection_id>/refused
staff           GET  /coordinator/deliveries/<int:order_id>
staff           POST /coordinator/deliveries/<int:order_id>
staff           GET  /coordinator/deliveries/lines/<int:line_id>
staff           POST /coordinator/deliveries/lines/<int:line_id>
staff           GET  /coordinator/deliveries/lines/<int:line_id>/instead
staff           POST /coordinator/deliveries/lines/<int:line_id>/instead
staff           GET  /coordinator/deliveries/lines/<int:line_id>/photos
staff           POST /coordinator/deliveries/lines/<int:line_id>/photos
staff           GET  /coordinator/deliveries/photos/<int:photo_id>.jpg
staff           POST /coordinator/deliveries/photos/<int:photo_id>/remove
staff           POST /coordinator/deliveries/rounds/<int:round_id>/list
staff           GET  /coordinator/empties/participants/<int:participant_id>
staff           POST /coordinator/empties/participants/<int:participant_id>
staff           GET  /coordinator/empties/suppliers/<int:supplier_id>
staff           POST /coordinator/empties/suppliers/<int:supplier_id>
staff           GET  /coordinator/errands/
staff           POST /coordinator/errands/<int:errand_id>/<any(retry, arrived):answer>
staff           POST /coordinator/errands/retry-failed
administrator ~ POST /coordinator/figures/<int:figure_id>/drop
administrator ~ GET  /coordinator/figures/<key>
administrator ~ GET  /coordinator/figures/<key>/change
administrator ~ POST /coordinator/figures/<key>/change
sums            GET  /coordinator/happened/
sums            GET  /coordinator/happened/check
administrator   GET  /coordinator/network/
administrator   POST /coordinator/network/
sums ~          GET  /coordinator/papers/<int:paper_id>.<any(csv, xlsx):suffix>
staff           GET  /coordinator/paying/
staff           POST /coordinator/paying/
staff ~         GET  /coordinator/paying/<int:order_id>.xml
staff ~         POST /coordinator/paying/<int:order_id>/call-off
staff           GET  /coordinator/payments/
staff ~         GET  /coordinator/payments/<int:line_id>
staff ~         POST /coordinator/payments/<int:line_id>/accept
staff ~         POST /coordinator/payments/<int:line_id>/another
staff ~         POST /coordinator/payments/<int:line_id>/decide
staff ~         POST /coordinator/payments/<int:line_id>/take-back
staff           GET  /coordinator/payments/online/
staff ~         POST /coordinator/payments/online/<int:payment_id>/ask
staff           POST /coordinator/payments/online/costs
staff           GET  /coordinator/payments/open
staff           POST /coordinator/payments/read
staff           GET  /coordinator/people/
staff           GET  /coordinator/people/<int:participant_id>
staff           GET  /coordinator/people/<int:participant_id>/data
staff           GET  /coordinator/people/<int:participant_id>/data/download
staff           GET  /coordinator/people/<int:participant_id>/data/erase
staff           POST /coordinator/people/<int:participant_id>/data/erase
staff           GET  /coordinator/people/<int:participant_id>/edit
staff           POST /coordinator/people/<int:participant_id>/edit
staff           POST /coordinator/people/<int:participant_id>/persons
staff           POST /coordinator/people/memberships/<int:membership_id>/end
staff           GET  /coordinator/people/new
staff           POST /coordinator/people/new
staff           GET  /coordinator/people/persons/<int:person_id>
staff           POST /coordinator/people/persons/<int:person_id>
administrator   GET  /coordinator/people/staff
administrator   POST /coordinator/people/staff
staff ~         GET  /coordinator/price-lists/<int:import_id>
staff ~         POST /coordinator/price-lists/<int:import_id>/apply
staff ~         GET  /coordinator/price-lists/<int:import_id>/columns
staff ~         POST /coordinator/price-lists/<int:import_id>/columns
staff ~         POST /coordinator/price-lists/<int:import_id>/undo
staff           POST /coordinator/price-lists/of/<int:supplier_id>
staff ~         POST /coordinator/reports/<int:report_id>
staff           GET  /coordinator/reports/rounds/<int:round_id>
staff           GET  /coordinator/rhythms/
staff ~         GET  /coordinator/rhythms/<int:rhythm_id>
staff ~         POST /coordinator/rhythms/<int:rhythm_id>/<any(skip, unskip):what>
staff ~         POST /coordinator/rhythms/<int:rhythm_id>/<any(stop, resume):what>
staff           GET  /coordinator/rhythms/new/<int:round_id>
staff           POST /coordinator/rhythms/new/<int:round_id>
staff           GET  /coordinator/rounds/
staff           GET  /coordinator/rounds/<int:round_id>
staff           GET  /coordinator/rounds/<int:round_id>/<any(close, order, receive, settle):move>
staff           POST /coordinator/rounds/<int:round_id>/<any(close, order, receive, settle):move>
staff           GET  /coordinator/rounds/<int:round_id>/articles
staff           POST /coordinator/rounds/<int:round_id>/articles
staff           POST /coordinator/rounds/<int:round_id>/articles/all
staff           GET  /coordinator/rounds/<int:round_id>/cancel
staff           POST /coordinator/rounds/<int:round_id>/cancel
staff           GET  /coordinator/rounds/<int:round_id>/check
staff           POST /coordinator/rounds/<int:round_id>/copy
staff           GET  /coordinator/rounds/<int:round_id>/extend
staff           POST /coordinator/rounds/<int:round_id>/extend
staff           GET  /coordinator/rounds/<int:round_id>/if-it-closed-now
staff           GET  /coordinator/rounds/<int:round_id>/message
staff           POST /coordinator/rounds/<int:round_id>/message
staff           POST /coordinator/rounds/<int:round_id>/message/preview
staff ~         GET  /coordinator/rounds/<int:round_id>/offer
staff ~         POST /coordinator/rounds/<int:round_id>/offer
staff           POST /coordinator/rounds/<int:round_id>/publish
staff ~         GET  /coordinator/rounds/<int:round_id>/survey
staff ~         GET  /coordinator/rounds/<int:round_id>/survey/<int:participant_id>
staff ~         POST /coordinator/rounds/<int:round_id>/survey/<int:participant_id>
staff           GET  /coordinator/rounds/<int:round_id>/terms
staff           POST /coordinator/rounds/<int:round_id>/terms
staff           GET  /coordinator/rounds/new
staff ~         POST /coordinator/rounds/new
staff           GET  /coordinator/sign-ups/<int:round_id>/check
staff           GET  /coordinator/sign-ups/<int:round_id>/list
staff           POST /coordinator/sign-ups/<int:round_id>/list
staff           GET  /coordinator/sign-ups/<int:round_id>/terms
staff           POST /coordinator/sign-ups/<int:round_id>/terms
staff ~         POST /coordinator/sign-ups/list/<int:list_id>
staff ~         GET  /coordinator/sign-ups/new/<key>
staff ~         POST /coordinator/sign-ups/new/<key>
staff           GET  /coordinator/suppliers/
staff           GET  /coordinator/suppliers/<int:supplier_id>
staff           GET  /coordinator/suppliers/<int:supplier_id>/edit
staff           POST /coordinator/suppliers/<int:supplier_id>/edit
staff           GET  /coordinator/suppliers/new
staff           POST /coordinator/suppliers/new
staff           POST /coordinator/tenders/<int:round_id>/invite
staff           GET  /coordinator/tenders/<int:round_id>/lots.csv
staff ~         POST /coordinator/tenders/bid/<int:bid_id>/list
staff ~         POST /coordinator/tenders/bid/<int:bid_id>/withdraw
staff           POST /coordinator/tenders/invitation/<int:invitation_id>/revoke
staff ~         POST /coordinator/tenders/list/<int:list_id>
signed in       GET  /details
signed in       POST /details
own             POST /details/<int:participant_id>
signed in       GET  /details/second-step
signed in       POST /details/second-step
signed in       POST /details/second-step/confirm
signed in       POST /details/second-step/off
own             POST /devices/<int:device_id>/sign-out
private ~       GET  /direct-debit/<int:participant_id>
private ~       POST /direct-debit/<int:participant_id>
private         POST /direct-debit/<int:participant_id>/revoke
everybody       GET  /healthz
everybody       GET  /how-it-works
private         GET  /in-parts/<int:paper_id>
private         POST /in-parts/<int:paper_id>
private         POST /in-parts/<int:paper_id>/end
everybody       POST /language
everybody ~     GET  /metrics
member          GET  /mine
signed in       GET  /my-data
signed in       GET  /my-data/download
signed in       GET  /my-data/erase
signed in       POST /my-data/erase
sums            GET  /observer/
sums            GET  /observer/books
sums            GET  /observer/books/<int:year>.<any(csv, journal, beancount, xaf):suffix>
sums            GET  /observer/rounds/<int:round_id>
private ~       GET  /online/<int:payment_id>
private ~       POST /online/<int:payment_id>/ask
everybody       POST /online/news
private ~       POST /online/pay/<int:participant_id>
paper           GET  /papers/<int:paper_id>.pdf
paper ~         GET  /papers/<int:paper_id>.xml
everybody       GET  /privacy
everybody       GET  /readyz
everybody       GET  /rounds/<int:round_id>
everybody ~     GET  /rounds/<int:round_id>/bids/<int:bid_id>.bid
household ~     GET  /rounds/<int:round_id>/bills/<int:bill_id>
household ~     POST /rounds/<int:round_id>/bills/<int:bill_id>
everybody       GET  /rounds/<int:round_id>/calendar.ics
household       GET  /rounds/<int:round_id>/changes
household       POST /rounds/<int:round_id>/changes
household ~     GET  /rounds/<int:round_id>/offer
household ~     GET  /rounds/<int:round_id>/offer/accept
household ~     POST /rounds/<int:round_id>/offer/accept
household ~     POST /rounds/<int:round_id>/offer/no-reminder
household ~     POST /rounds/<int:round_id>/offer/stay
household       GET  /rounds/<int:round_id>/order
household       POST /rounds/<int:round_id>/order
household       POST /rounds/<int:round_id>/order/<int:item_id>
household       GET  /rounds/<int:round_id>/order/meant
household       GET  /rounds/<int:round_id>/order/placed
household       POST /rounds/<int:round_id>/order/repeat
household       GET  /rounds/<int:round_id>/order/withdraw
household       POST /rounds/<int:round_id>/order/withdraw
household       GET  /rounds/<int:round_id>/report
household ~     POST /rounds/<int:round_id>/report
household       GET  /rounds/<int:round_id>/sign-up
household       POST /rounds/<int:round_id>/sign-up
household       GET  /rounds/<int:round_id>/sign-up/placed
household       GET  /rounds/<int:round_id>/sign-up/withdraw
household       POST /rounds/<int:round_id>/sign-up/withdraw
household ~     GET  /rounds/<int:round_id>/survey
household ~     POST /rounds/<int:round_id>/survey
everybody       GET  /sign-in
everybody       POST /sign-in
everybody       GET  /sign-in/code
everybody       POST /sign-in/code
everybody       GET  /sign-in/second
everybody       POST /sign-in/second
everybody       POST /sign-out
signed in       POST /sign-out/everywhere
household       GET  /statement/<int:participant_id>
household       GET  /statement/<int:participant_id>.csv
staff           POST /statement/<int:participant_id>/cash
household       POST /statement/<int:participant_id>/paper
staff           POST /statement/<int:participant_id>/write-off/<int:paper_id>
everybody       GET  /terms
"""
LINKS = {"/a/": "answer", "/bid/": "bid"}


def policies() -> dict[tuple[str, str], str]:
    """The word of each address, by its method and path."""
    return {
        (method, path): word.strip()
        for word, method, path in (
            (line[:16], line[16:21].strip(), line[21:]) for line in TABLE.strip().splitlines()
        )
    }


def doors(app) -> list[tuple[str, Rule]]:
    """Every address, first to look at and then to change: the last of it changes the street."""
    return [
        (method, rule)
        for method in ("GET", "POST")
        for rule in routes(app)
        if method in rule.methods
    ]


@pytest.fixture
def street(app, session):
    """The street, with a tender and a supplier who has a link to bid and one to answer."""
    people, ids, interest_id = a_street(app, session)
    tender = tenders.a_tender(
        session,
        opens_at=village.NOW - 3 * village.DAY,
        closes_at=village.NOW - village.DAY,
        bids_until=village.NOW + village.DAY,
        offers_until=village.NOW + 3 * village.DAY,
        particulars={"start_on": f"{village.NOW.year + 1}-06-01"},
    )
    tenders.close(session, tender, at=village.NOW - village.DAY)
    invitation = tenders.an_invitation(session, tender, at=village.NOW)
    answering = answer_links.standing_link(session, ids["order_id"])
    session.commit()
    people["nobody"] = people["supplier"] = None
    held = {
        "bid": tickets.ticket("bid", invitation.id),
        "answer": tickets.ticket("answer", answering.id),
    }
    return people, ids, interest_id, held


def asked_for(rule: Rule, who: str, street: Any, device_id: int) -> dict[str, Any]:
    """What stands in the address: the member's thing, of the round that has such things."""
    _, ids, interest_id, held = street
    values = {name: ids.get(name, WORDS.get(name, 1)) for name in rule.arguments}
    if "/sign-up" in rule.rule:
        values |= {"round_id": interest_id, "key": "insurance"} if "round_id" in values else {}
    if "device_id" in values:
        values["device_id"] = device_id
    for start, purpose in LINKS.items():
        if rule.rule.startswith(start) and who == "supplier":
            values["ticket"] = held[purpose]
    return {name: values[name] for name in rule.arguments} | CHOICES.get(rule.endpoint, {})


def of_nothing(values: dict[str, Any]) -> dict[str, Any]:
    return {name: 999_999 if name.endswith("_id") else value for name, value in values.items()}


def answer_of(visitor: Visitor, method: str, rule: Rule, values: dict[str, Any], **fields) -> str:
    with visitor.app.test_request_context():
        path = url_for(rule.endpoint, **values)
    if method == "POST":
        data = {"csrf_token": visitor.token(), **fields}
        answer = visitor.open(path, method="POST", data=data)
    else:
        answer = visitor.open(path, query_string=fields)
    if answer.status_code in (301, 302, 303) and answer.location.startswith("/sign-in"):
        return IN if rule.rule.startswith("/sign-in") else SIGN_IN
    return str(answer.status_code) if answer.status_code in (403, 404) else IN


def enter(app, people, who: str) -> tuple[Visitor, int]:
    """Somebody at the door, and the device of the member, which is signed in meanwhile."""
    member = Visitor(app).sign_in(people["member"])
    device = select(Device.id).where(Device.person_id == people["member"].id)
    newest = db.session.scalars(device.order_by(Device.id.desc())).first()
    if who == "member":
        return member, newest
    person = people[who]
    return (Visitor(app).sign_in(person) if person else Visitor(app)), newest


def expected(word: str, who: str) -> str:
    policy = word.removesuffix("~").strip()
    cell = MEANING[policy][COLUMNS.index(who)]
    return NOT_FOUND if word.endswith("~") and cell == IN else cell


# --- the table -----------------------------------------------------------------------------------


@ON_ONE_DATABASE
def test_every_address_has_a_word_and_no_word_is_left_over(app) -> None:
    addresses = {(method, rule.rule) for method, rule in doors(app)}

    assert addresses - set(policies()) == set(), "say in TABLE who is let in there"
    assert set(policies()) - addresses == set(), "TABLE names what is not there any more"
    assert len(TABLE.strip().splitlines()) == len(addresses)


@ON_ONE_DATABASE
def test_the_word_is_what_the_view_itself_says(app) -> None:
    """The guard of each view and the table were written apart; they must agree."""
    guards: dict[str, set[frozenset[str]]] = defaultdict(set)
    for method, rule in doors(app):
        word = policies()[method, rule.rule].removesuffix("~").strip()
        guards[word].add(frozenset(app.view_functions[rule.endpoint].open_to))

    assert guards["everybody"] == guards["link"] == {frozenset({"everybody"})}
    assert guards["administrator"] == {frozenset({"administrator"})}
    assert all("member" not in guard and "observer" not in guard for guard in guards["staff"])
    assert all("observer" in guard and "member" not in guard for guard in guards["sums"])
    assert guards["private"] == {frozenset({"member"})}


@ON_ONE_DATABASE
@pytest.mark.parametrize("who", COLUMNS)
def test_each_is_let_in_where_the_table_says_and_nowhere_else(app, street, who) -> None:
    """The member asks for what is theirs, all others for the same: a neighbour's is not found."""
    people, ids, *_ = street
    word_of = policies()
    wrong = {}
    for method, rule in doors(app):
        visitor, device_id = enter(app, people, who)
        values = asked_for(rule, who, street, device_id)
        got = answer_of(visitor, method, rule, values, **{"for": ids["participant_id"]})
        word = word_of[method, rule.rule]
        if got != expected(word, who):
            wrong[f"{method} {rule.rule}"] = f"{got}, and the table says {word!r}"
    assert wrong == {}


@ON_ONE_DATABASE
@pytest.mark.parametrize("who", COLUMNS)
def test_what_does_not_exist_is_not_found_and_never_told_apart(app, street, who) -> None:
    """Who may enter gets 404, who may not the same answer as for a thing that does exist."""
    people, *_ = street
    word_of, wrong, asked = policies(), {}, 0
    for method, rule in doors(app):
        if not any(name.endswith("_id") for name in rule.arguments):
            continue
        visitor, device_id = enter(app, people, who)
        values = of_nothing(asked_for(rule, who, street, device_id))
        got = answer_of(visitor, method, rule, values)
        should = expected(word_of[method, rule.rule], who)
        asked += 1
        if got != (NOT_FOUND if should == IN else should):
            wrong[f"{method} {rule.rule}"] = got
    assert asked > 100
    assert wrong == {}


@ON_ONE_DATABASE
def test_a_link_opens_nothing_but_what_it_was_made_for(app, street) -> None:
    """Cut, lengthened, of the other purpose, of another thing without its seal: not found."""
    *_, held = street
    opened = []
    for method, rule in doors(app):
        for start, purpose in LINKS.items():
            if not rule.rule.startswith(start):
                continue
            right = held[purpose]
            number, _, seal = right.partition(".")
            other = held["bid" if purpose == "answer" else "answer"]
            for wrong in (right[:-1], right + "A", other, f"2.{seal}", number, f"{number}.", "."):
                values = asked_for(rule, "supplier", street, 0) | {"ticket": wrong}
                if answer_of(Visitor(app), method, rule, values) != NOT_FOUND:
                    opened.append(f"{method} {rule.rule} {wrong}")
    assert opened == []


@ON_ONE_DATABASE
def test_an_observer_changes_nothing_but_their_own_account(app, street) -> None:
    """By any POST of the site: no row is written but of their own sign-in and second step."""
    people, *_ = street
    before = rows_by_table()
    for method, rule in doors(app):
        if method == "POST":
            visitor, device_id = enter(app, people, "observer")
            answer_of(visitor, method, rule, asked_for(rule, "observer", street, device_id))

    after = rows_by_table()
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"device", "second_step", "use_count"}
