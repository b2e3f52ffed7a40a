"""What happened: in sentences, by name, the newest first; and whether the seals are whole."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app import trail
from app.pages.happened import COUNTED, HANDS, KINDS, MOVES, NOT_TOLD, PAPERS, WRONG
from app.views.coordinator import happened
from purchasing import acts, lifecycle, people
from purchasing.acts import CHANGES
from purchasing.books import ledger
from purchasing.books.ledger import Booking
from purchasing.papers import PaperKind
from purchasing.people import Role
from purchasing.trail import watched
from purchasing.trail.checking import Wrong
from tests.app.coordinator import village
from tests.app.coordinator.village import DAY, NOW
from tests.builders import ACTOR, a_household, a_person, an_interest_round
from tests.purchasing.test_trail import go_round_the_house

PAGE = "/coordinator/happened/"


@pytest.fixture
def here(session, monkeypatch):
    monkeypatch.setattr(acts, "_told_by", [lambda: ACTOR])
    return village.ordered(session)


@pytest.fixture
def coor(visitor, here):
    return visitor.sign_in(here.coordinator)


@pytest.fixture
def observer(visitor, session, here):
    return visitor.sign_in(a_person(session, "Kijk", role=Role.OBSERVER, language="en"))


def told(page) -> list[str]:
    """Each happening: its hand and round, then its sentences."""
    return [
        " | ".join([one.p.get_text(strip=True), *(li.get_text(strip=True) for li in one("li"))])
        for one in page.select(".happened")
    ]


def book(session, key: str, actor: str, monkeypatch, at=NOW + DAY) -> None:
    monkeypatch.setattr(acts, "_told_by", [lambda: actor])
    ledger.post(session, [Booking(key, key, {"bank": 1, "costs": -1})], round_id=None, at=at)
    session.commit()


# --- words


def test_every_kind_of_row_is_told_under_one_word_or_not_at_all() -> None:
    kinds = [kind for _, some in KINDS.values() for kind in some]
    of_acts = {kind.removeprefix("act:") for kind in kinds if kind.startswith("act:")}

    assert len(kinds) == len(set(kinds))
    assert {kind.partition(":")[0] for kind in kinds} | NOT_TOLD == set(watched.WATCHED)
    assert of_acts == {*CHANGES, "person", "trail"}


def test_there_are_words_for_all_that_is_told() -> None:
    said_one_by_one = {
        "round_event",
        "paper",
        *(f"act:{one}" for one in happened.words.ONE_BY_ONE),
    }
    kinds = {kind for _, some in KINDS.values() for kind in some}

    assert kinds == {*COUNTED, *said_one_by_one}
    assert set(PAPERS) == set(PaperKind)
    assert set(MOVES) == {*lifecycle.LEADS_TO, "publish", "extend", "hold"}
    assert set(WRONG) == set(Wrong)
    assert {"clock", "visitor", "command line", "upgrade", "restore"} <= set(HANDS)


# --- the page


def test_it_tells_who_did_what_the_newest_first(coor, here) -> None:
    lines = told(coor.get(PAGE))

    assert lines[0].startswith(f"{ACTOR}·{here.round.title} | ")
    assert set(lines[0].split(" | ")[1:]) == {
        "The round closed.",
        "It was decided who gets what.",
        "A supplier got an order.",
        "2 amounts were booked.",
        "An order sheet was written.",
        "A list to hand out by was written.",
        "An invoice was written.",
    }


def test_what_was_booked_and_written_with_a_move_stands_under_its_name(
    session, coor, here, monkeypatch
) -> None:
    """The move keeps the coordinator's name, the posting her number: it is one hand."""
    monkeypatch.setattr(acts, "_told_by", [lambda: f"person {here.coordinator.id}"])
    lifecycle.receive(session, here.round, actor="Coor", now=NOW + DAY)
    ledger.post(
        session,
        [Booking("x", "", {"bank": 1, "costs": -1})],
        round_id=here.round.id,
        at=NOW + DAY,
    )
    session.commit()

    assert told(coor.get(PAGE))[0].startswith(f"Coor·{here.round.title} | The goods came.")


def test_a_round_tells_only_its_own(session, coor, here) -> None:
    other = village.ordered(session, 2, title="Another").round

    page = coor.get(f"{PAGE}?round={other.id}")

    assert told(page)
    assert "Another" in page.text
    assert here.round.title not in " ".join(told(page))
    assert coor.get(f"/coordinator/rounds/{other.id}").select(f'a[href="{PAGE}?round={other.id}"]')


def test_it_is_filtered_by_who_and_by_what(session, coor, here, monkeypatch) -> None:
    who = f"person {here.coordinator.id}"
    book(session, "mine", who, monkeypatch)
    book(session, "other", "clock", monkeypatch, at=NOW + 2 * DAY)

    assert told(coor.get(f"{PAGE}?who={who}")) == ["Coor | An amount was booked."]
    assert "By itself | An amount was booked." in told(coor.get(f"{PAGE}?who=clock&kind=money"))
    assert not any("booked" in one for one in told(coor.get(f"{PAGE}?kind=rounds")))
    coor.get(f"{PAGE}?kind=nonsense", 404)
    coor.get(f"{PAGE}?who=person 99999", 404)


def test_who_acts_in_ones_own_name_is_found_by_it_too(session, coor, here) -> None:
    lifecycle.receive(session, here.round, actor="Coor", now=NOW + DAY)
    session.commit()

    found = told(coor.get(f"{PAGE}?who=person {here.coordinator.id}"))

    assert any("The goods came." in one for one in found)


def test_a_long_story_has_pages_and_nothing_is_told_twice_or_lost(session, coor, here) -> None:
    who = f"person {here.coordinator.id}"
    for number in range(2 * happened.ON_A_PAGE + 5):
        acts.note(session, "bank_line", 1, "decided", actor=who, now=NOW + number * DAY)
    session.commit()

    pages, path = [], f"{PAGE}?who={who}"
    while path:
        page = coor.get(path)
        pages.append(len(told(page)))
        onward = page.select_one('a[rel="next"]')
        path = onward["href"] if onward else ""

    assert pages == [happened.ON_A_PAGE, happened.ON_A_PAGE, 5]


def test_roles_and_settings_are_told_in_words(session, coor, here) -> None:
    zoe = a_person(session, "Zoe", here.households[0])
    acts.note(session, "person", zoe.id, acts.GIVEN, value="observer", actor="clock", now=NOW)
    acts.note(
        session, "person", zoe.id, acts.GIVEN, value="member for participant 1", actor="clock",
        now=NOW,
    )  # fmt: skip
    acts.note(session, "network", 1, "settings changed", value="iban", actor="clock", now=NOW)
    session.commit()

    text = " ".join(told(coor.get(f"{PAGE}?kind=people")))

    assert "Zoe became observer." in text
    assert "Zoe may order for a household or shop." in text
    assert "The settings of the network were changed." in text


def test_many_new_members_are_counted_and_not_named(session, coor, here) -> None:
    for number in range(5):
        acts.note(
            session, "person", here.coordinator.id, acts.GIVEN, value=f"member for {number}",
            actor="clock", now=datetime.now(UTC),
        )  # fmt: skip
    session.commit()

    text = " ".join(told(coor.get(f"{PAGE}?kind=people")))

    assert "6 people may order for a household or shop." in text  # with who was there before
    assert "Coor may order" not in text


# --- who reads along


def test_an_observer_reads_who_works_for_the_network_and_no_neighbour(
    session, observer, here, monkeypatch
) -> None:
    neighbour = a_person(session, "Geheim", a_household(session, "Huis Geheim"))
    session.commit()
    book(session, "by staff", f"person {here.coordinator.id}", monkeypatch)
    book(session, "by a neighbour", f"person {neighbour.id}", monkeypatch, at=NOW + 2 * DAY)

    page = observer.get(PAGE)

    assert "Geheim" not in page.text
    assert told(page)[0] == "Somebody who takes part | An amount was booked."
    assert not page.select_one(".happened").p.a
    assert "Coor | An amount was booked." in told(page)
    observer.get(f"{PAGE}?who=person {neighbour.id}", 404)


def test_an_observer_sees_nothing_of_a_round_that_was_not_announced(session, observer) -> None:
    made = village.planned(session, 2, published_at=None)

    observer.get(f"{PAGE}?round={made.round.id}", 404)


def test_a_coordinator_sees_what_happened_in_a_round_that_is_being_planned(session, coor) -> None:
    made = village.planned(session, 2, published_at=None)

    coor.get(f"{PAGE}?round={made.round.id}")


def test_where_few_take_part_an_observer_gets_no_number_of_papers(
    session, observer, here, monkeypatch
) -> None:
    round_ = an_interest_round(session, **village.TIMES | {"delivery_on": None})
    ledger.post(
        session,
        [Booking("x", "x", {"bank": 1, "costs": -1}), Booking("y", "y", {"bank": 1, "costs": -1})],
        round_id=round_.id,
        at=NOW,
    )
    session.commit()

    lines = told(observer.get(f"{PAGE}?round={round_.id}&kind=money"))

    assert lines[0].endswith("| Amounts were booked.")


# --- the seals


def test_whole_seals_are_said_to_be_whole(coor, session) -> None:
    trail.seal()

    page = coor.get(f"{PAGE}check")

    assert page.h1.get_text(strip=True) == "All the seals are whole"


def test_a_broken_seal_is_told_with_its_place_and_in_plain_words(coor, session, here) -> None:
    trail.seal()
    go_round_the_house(session, "UPDATE paper SET total_cents = 1 WHERE id = 1")
    place = session.scalar(text("SELECT seq FROM trail WHERE about = 'paper' AND row_id = 1"))

    page = coor.get(f"{PAGE}check")

    assert page.h1.get_text(strip=True) == "Something is wrong with the seals"
    [fault] = page.select("ol.rows li")
    assert fault.get_text(" ", strip=True) == (
        f"Something was changed afterwards. Number {place} in the row. It is about: Papers."
    )


def test_a_role_that_nobody_gave_is_told(coor, session, here) -> None:
    trail.seal()
    go_round_the_house(session, "INSERT INTO membership (person_id, role) VALUES (1, 'observer')")

    assert "Somebody has a role, and nobody gave it." in coor.get(f"{PAGE}check").text


def test_a_neighbour_never_sees_it(session, visitor, here) -> None:
    visitor.sign_in(people.find_person(session, "lid10@example.org"))

    visitor.get(PAGE, 403)
    visitor.get(f"{PAGE}check", 403)
