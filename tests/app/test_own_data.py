"""One's own data on one's own pages: what is held until when, take it along, have it erased."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.codes import SignInRequest
from app.devices import Device
from app.documents.archives.folder import FolderArchive
from purchasing import errands, lifecycle
from purchasing.errands import Errand, ErrandState
from purchasing.papers import Paper, PaperKind, StoredDocument
from purchasing.people import Participant, Person, Role
from tests.app.street import NOW, a_street, words
from tests.builders import (
    ACTOR,
    DAY,
    a_household,
    a_person,
    a_sign_up,
    an_interest_round,
    an_order,
)

PDF = b"%PDF-1.7 the bill of Huis"
SURE = {"sure": "y"}


@pytest.fixture
def street(session):
    return a_street(session)


@pytest.fixture
def ada(visitor, street):
    return visitor.sign_in(street.ada)


@pytest.fixture
def signed_up(session, street):
    """Ada's household is interested in insurance, and so are the neighbours."""
    times = {"opens_at": NOW - 7 * DAY, "closes_at": NOW + DAY}
    round_ = an_interest_round(session, **times)
    for who in (street.household, street.neighbour):
        a_sign_up(session, round_, who, contact=f"{who.name.lower()}@wijk.example", at=NOW)
    session.commit()
    return round_


def bill(session, street) -> Paper:
    """The bill of Ada's household, printed, and one of the neighbours."""
    for who in (street.household, street.neighbour):
        an_order(session, street.round, who, {"Zeep": 2}, at=NOW - DAY)
    lifecycle.close_now(session, street.round, actor=ACTOR, now=NOW)
    lifecycle.order(session, street.round, actor=ACTOR, now=NOW)
    bills = session.scalars(select(Paper).where(Paper.kind == PaperKind.INVOICE))
    return next(one for one in bills if one.participant_id == street.home_id)


def printed(app, session, paper: Paper) -> None:
    stored = FolderArchive(Path(app.config["DOCUMENTS_FOLDER"])).keep(PDF)
    values = stored._asdict() | {"renderer": "test", "stored_at": NOW}
    session.add(StoredDocument(paper_id=paper.id, **values))
    session.execute(update(Errand).values(state=ErrandState.DONE))
    session.commit()


def taken_along(visitor, path: str = "/my-data/download") -> dict[str, bytes]:
    response = visitor.open(path)
    assert response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.data)) as packet:
        return {name: packet.read(name) for name in packet.namelist()}


# --- looking


def test_the_page_tells_which_answers_are_held_and_until_when(ada, signed_up) -> None:
    page = ada.get("/my-data")

    assert page.h1.text == "What we keep of you"
    assert "Woonverzekering" in page.text
    assert "huis@wijk.example" in page.text
    assert "Deleted 30 days after the round has ended." in words(page, "section .card dl + .when")


def test_after_the_round_it_names_the_day(ada, session, signed_up) -> None:
    lifecycle.close_now(session, signed_up, actor=ACTOR, now=NOW)
    lifecycle.order(session, signed_up, actor=ACTOR, now=NOW)
    session.commit()

    assert words(ada.get("/my-data"), "section .card dl + .when").startswith("Deleted on ")


def test_nobody_sees_the_answers_of_another(ada, signed_up) -> None:
    assert "buren@wijk.example" not in ada.get("/my-data").text


def test_who_answered_nothing_is_told_so(ada, street) -> None:
    assert "At this moment we hold no answers." in ada.get("/my-data").text


def test_my_details_and_the_page_on_privacy_lead_there(ada, street) -> None:
    for path in ("/details", "/privacy"):
        assert ada.get(path).select_one("main a[href='/my-data']"), path


# --- taking along


def test_one_file_has_my_papers_and_all_that_is_known_of_me(
    app, session, ada, street, signed_up
) -> None:
    paper = bill(session, street)
    printed(app, session, paper)

    files = taken_along(ada)

    assert files[f"papers/invoice-{paper.number}.pdf"] == PDF
    told = json.loads(files["data.json"])
    assert told["person"]["email"] == "ada@example.org"
    assert [one["device"] for one in told["person"]["devices"]] == [""]
    assert [one["name"] for one in told["participants"]] == ["Huis", "Toko"]
    assert told["participants"][0]["papers"][0]["number"] == paper.number


def test_nothing_of_another_is_in_my_file(app, session, ada, street, signed_up) -> None:
    printed(app, session, bill(session, street))
    theirs = {"Buren", "buren@wijk.example", "Bob", "bob@example.org"}
    theirs |= {
        p.number for p in session.scalars(select(Paper)) if p.participant_id != street.home_id
    }

    files = taken_along(ada)

    assert len(files) == 2
    assert not [secret for secret in theirs if secret in files["data.json"].decode()]


def test_a_paper_that_is_damaged_keeps_nothing_else_behind(app, session, ada, street) -> None:
    paper = bill(session, street)
    printed(app, session, paper)
    path = session.scalars(select(StoredDocument.path)).one()
    (Path(app.config["DOCUMENTS_FOLDER"]) / path).write_bytes(b"something else")

    assert set(taken_along(ada)) == {"data.json"}


# --- erasing


def test_the_page_says_plainly_what_goes_and_what_stays(ada, street) -> None:
    page = ada.get("/my-data/erase")

    assert "You and Huis then no longer take part." in page.text
    assert "The law wants these to be kept for 7 years." in page.text


def test_who_is_not_sure_is_asked_again(ada, session, street) -> None:
    page = ada.submit(ada.get("/my-data/erase"), "/my-data/erase", status=422)

    assert "Tick this if you are sure." in page.text
    assert session.get(Person, street.ada.id).name == "Ada"


def test_erased_is_signed_out_and_forgotten(session, ada, street, signed_up) -> None:
    session.add(SignInRequest(email="ada@example.org", asked_at=NOW, address="10.0.0.7"))
    session.flush()
    request_id = session.scalars(select(SignInRequest.id)).one()
    kind = errands.Kind.MAIL_SIGN_IN
    errands.ask(session, kind, request_id, recipient="ada@example.org", now=NOW)
    session.commit()

    page = ada.submit(ada.get("/my-data/erase"), "/my-data/erase", **SURE)

    assert "Your data has been erased." in page.text
    assert page.select_one("a[href^='/sign-in']")
    household = session.get(Participant, street.home_id)
    assert (household.name, household.email) == (f"№ {household.number}", "")
    assert session.scalars(select(Device)).all() == []
    assert session.scalars(select(SignInRequest)).all() == []
    assert "ada@example.org" not in session.scalars(select(Errand.recipient)).all()


def test_the_file_of_a_bill_stays_as_it_is(app, session, ada, street) -> None:
    paper = bill(session, street)
    printed(app, session, paper)
    for move in (lifecycle.receive, lifecycle.settle):
        move(session, street.round, actor=ACTOR, now=NOW)
    session.commit()

    ada.submit(ada.get("/my-data/erase"), "/my-data/erase", **SURE)

    document = session.scalars(select(StoredDocument)).one()
    folder = Path(app.config["DOCUMENTS_FOLDER"])
    assert FolderArchive(folder).read(document.path, document.sha256) == PDF
    assert paper.snapshot["recipient"]["name"] == "Huis"


def test_an_order_that_is_being_handled_is_a_clear_no(session, ada, street) -> None:
    bill(session, street)
    session.commit()

    page = ada.submit(ada.get("/my-data/erase"), "/my-data/erase", status=409, **SURE)

    assert "An order in “Proefronde” is being handled." in words(page, "[role=alert]")
    assert session.get(Person, street.ada.id).name == "Ada"


def test_the_household_of_two_stays_for_the_other(session, visitor, street) -> None:
    two = a_person(session, "Tweede", street.household, language="en")
    session.commit()
    visitor.sign_in(two)

    page = visitor.get("/my-data/erase")
    assert "Huis goes on: somebody else acts for it too." in page.text
    visitor.submit(page, "/my-data/erase", **SURE)

    assert session.get(Participant, street.home_id).name == "Huis"


# --- for who has no computer


@pytest.fixture
def oma(session, street, visitor) -> Participant:
    """She has no computer; the coordinator who sits beside her is signed in."""
    oma = a_household(session, "Oma", email="")
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    visitor.sign_in(coordinator)
    return oma


def test_a_coordinator_finds_it_on_the_participant_s_page(visitor, oma) -> None:
    page = visitor.get(f"/coordinator/people/{oma.id}")
    assert page.select_one(f"a[href='/coordinator/people/{oma.id}/data']")
    assert visitor.get(f"/coordinator/people/{oma.id}/data").h1.text == "What we keep of Oma"


def test_a_coordinator_hands_it_over(visitor, oma) -> None:
    files = taken_along(visitor, f"/coordinator/people/{oma.id}/data/download")

    told = json.loads(files["data.json"])
    assert [one["name"] for one in told["participants"]] == ["Oma"]
    assert "person" not in told


def test_a_coordinator_erases_it(session, visitor, oma) -> None:
    path = f"/coordinator/people/{oma.id}/data/erase"
    visitor.submit(visitor.get(path), path, status=422)

    page = visitor.submit(visitor.get(path), path, **SURE)

    assert "Erased." in page.text
    assert session.get(Participant, oma.id).erased_at is not None
    visitor.get(f"/coordinator/people/{oma.id}/data", 404)
    visitor.get(f"/coordinator/people/{oma.id}")
