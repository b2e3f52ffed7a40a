"""The switch list: who is on it, what of them, and that an issue is taken along once."""

import csv
import io

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from purchasing import handover, lifecycle
from purchasing.papers import PaperKind, list_for_round
from purchasing.tenders import offer_retention, switching
from purchasing.tenders.switching import SwitchList
from suppliers import tender_tables, writers
from tests.builders import ACTOR, DAY, a_household, a_shop
from tests.tenders import (
    BID_B,
    FLAT,
    OFFERS_UNTIL,
    a_tender,
    accepts,
    bids_on,
    close,
    concludes,
    joins,
    opens_bids,
)

TAKEN = OFFERS_UNTIL + DAY
ALLOWED = {
    "reference", "name", "postcode", "house_number", "addition", "correspondence", "email",
    "phone", "kvk", "product", "ean_power", "ean_gas", "start_on", "contract_end", "dwelling",
    "advance", "accepted_at", "agreed_version",
}  # fmt: skip


@pytest.fixture
def street(session, network):
    """Ada and Bo take what they are offered, Cas says no, Dee says nothing, the shop takes it."""
    people = {name: a_household(session, name, email=f"{name}@buurt.example") for name in "ABCD"}
    people["S"] = a_shop(session, "Salon")
    return people


@pytest.fixture
def concluded(session, street):
    round_ = a_tender(session)
    for name, who in street.items():
        joins(session, round_, who, **(FLAT if name == "B" else {}))
    close(session, round_)
    bids_on(session, round_, "Noord")
    bids_on(session, round_, "Zuid", BID_B)
    opens_bids(session, round_)
    for name in "ABS":
        accepts(session, round_, street[name], **({"advance": "150"} if name == "A" else {}))
    concludes(session, round_)
    return round_


def take(session, issue, **more):
    return switching.take_along(session, issue, **{"actor": ACTOR, "now": TAKEN} | more)


def names_on(record) -> list[str]:
    return [row[1]["text"] for row in record["rows"]]


def test_each_bid_that_stands_has_a_list_of_those_who_accepted_it(session, concluded) -> None:
    issues = switching.list_issues(session, concluded.id)

    listed = {issue.bid.supplier.name: names_on(take(session, issue)) for issue in issues}

    assert {name for names in listed.values() for name in names} == {"A", "B", "Salon"}
    assert sum(map(len, listed.values())) == 3
    assert [issue.number for issue in issues] == [
        f"W-{OFFERS_UNTIL.year}-{n:04d}" for n in range(1, len(issues) + 1)
    ]


def test_no_column_but_the_allowed_ones_is_on_it(session, concluded) -> None:
    columns = concluded.category.tender.switch_columns()
    record = take(session, switching.list_issues(session, concluded.id)[0])

    assert {column.key for column in columns} == ALLOWED
    assert len(record["columns"]) == len(ALLOWED)
    assert {len(row) for row in record["rows"]} == {len(ALLOWED)}
    assert set(record) == {
        "kind", "number", "language", "issued_on", "round", "sender", "supplier", "columns",
        "rows", "notes",
    }  # fmt: skip


def test_the_reference_is_the_number_of_the_confirmation(session, concluded) -> None:
    confirmed = {
        paper.participant.name: paper.number
        for paper in list_for_round(session, concluded.id)
        if paper.kind == PaperKind.CONFIRMATION
    }
    rows = [
        row
        for issue in switching.list_issues(session, concluded.id)
        for row in take(session, issue)["rows"]
    ]

    assert {row[1]["text"]: row[0]["text"] for row in rows} == confirmed


def test_an_issue_is_taken_along_once(session, concluded) -> None:
    issue = switching.list_issues(session, concluded.id)[0]
    with pytest.raises(handover.ListNotTaken):
        switching.issue_again(session, issue.bid, actor=ACTOR, now=TAKEN)
    take(session, issue, actor="Noord")

    with pytest.raises(handover.ListTaken):
        take(session, issue)

    assert (issue.taken_by, issue.taken_at, issue.people) == ("Noord", TAKEN, issue.people)
    again = switching.issue_again(session, issue.bid, actor=ACTOR, now=TAKEN)
    assert again.number != issue.number
    assert switching.waiting_list(session, issue.bid).id == again.id


def test_who_left_while_the_list_was_printed_is_not_handed_over(
    session, street, concluded
) -> None:
    issue = switching.list_issues(session, concluded.id)[0]
    printed = switching.read_list(session, issue)
    left = next(who for who in street.values() if who.name in names_on(printed))
    offer_retention.forget(session, concluded.id, left.id)

    with pytest.raises((handover.ListChanged, handover.NobodyOnTheList)):
        take(session, issue, printed=printed)


def test_what_was_read_is_what_is_taken_along(session, concluded) -> None:
    issue = switching.list_issues(session, concluded.id)[0]
    printed = switching.read_list(session, issue)
    assert issue.taken_at is None

    taken = take(session, issue, printed=printed)

    assert taken == printed and issue.people == len(printed["rows"])
    with pytest.raises(handover.ListTaken):
        switching.read_list(session, issue)


@pytest.mark.parametrize(
    "change",
    [update(SwitchList).values(taken_by="somebody else"), delete(SwitchList)],
    ids=["changed", "deleted"],
)
def test_the_database_keeps_what_was_taken(session, concluded, change) -> None:
    for issue in switching.list_issues(session, concluded.id):
        take(session, issue)
    session.commit()

    with pytest.raises(DBAPIError, match="taken along"):
        session.execute(change)


def test_who_was_forgotten_is_on_no_list(session, street, concluded) -> None:
    for who in street.values():
        offer_retention.forget(session, concluded.id, who.id)

    for issue in switching.list_issues(session, concluded.id):
        with pytest.raises(handover.NobodyOnTheList):
            take(session, issue)
        assert issue.taken_at is None


def test_a_bid_that_falls_through_has_no_list(session, street) -> None:
    round_ = a_tender(session)
    for who in street.values():
        joins(session, round_, who)
    close(session, round_)
    bids_on(session, round_, "Noord", minimum="2")
    opens_bids(session, round_)
    accepts(session, round_, street["A"])
    concludes(session, round_)

    assert switching.list_issues(session, round_.id) == []


def test_a_cancelled_round_has_no_list(session, street) -> None:
    round_ = a_tender(session)
    joins(session, round_, street["A"])
    close(session, round_)
    lifecycle.cancel(session, round_, reason="Te weinig", actor=ACTOR, now=OFFERS_UNTIL - 9 * DAY)

    assert switching.list_issues(session, round_.id) == []


def test_its_table_has_the_same_rows_and_runs_no_formula(session, street, concluded) -> None:
    street["A"].name = "=cmd|' /C calc'!A0"
    session.flush()
    records = [take(session, issue) for issue in switching.list_issues(session, concluded.id)]

    texts = [writers.WRITERS["csv"](tender_tables.switch_list(r)).decode() for r in records]

    rows = [row for text in texts for row in csv.reader(io.StringIO(text[1:]), delimiter=";")]
    assert "'=cmd|' /C calc'!A0" in {row[1] for row in rows}
    assert not any(cell.startswith("=") for row in rows for cell in row)
