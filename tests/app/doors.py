"""Everybody who may stand at a door of the site, and every door: what tests of routes share."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.documents.archives.folder import FolderArchive
from app.extensions import db
from purchasing.deliveries import photos
from purchasing.errands import Errand
from purchasing.ordering import SupplierOrderLine
from purchasing.people import Membership, Person, Role
from tests.app.coordinator import village
from tests.app.test_backup import a_printed_bill
from tests.builders import a_household, a_person, an_interest_round
from tests.pages import Visitor

WORDS = {
    "move": "close", "what": "skip", "answer": "retry", "suffix": "csv", "key": "food",
    "ticket": "no-ticket", "digest": "0", "name": "koopkracht.css", "filename": "mark.svg",
    "year": 2026,
}  # fmt: skip
CHOICES = {"coordinator_rhythms.stop": {"what": "stop"}, "answer.sheet": {"suffix": "pdf"}}
# Who is let in is decided before a database is asked much: one kind of it is enough.
ON_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SECRET = (
    "Zwanenburg-Geheim"  # in the name, street and mail of the household that others may not see
)


def a_street(app: Flask, session: Session) -> tuple[dict[str, Person | None], dict[str, int], int]:
    """A household with an order and a bill, a neighbour, a guest without any role, and staff.

    By name: the person, or None for somebody who has not signed in.
    """
    here = village.ordered(session)
    first = here.households[0]
    first.name, first.street, first.email = f"Huis {SECRET}", SECRET, f"{SECRET}@example.org"
    neighbour = a_household(session, "Buur")
    bill = a_printed_bill(session, first, Path(app.config["DOCUMENTS_FOLDER"]))
    interest = an_interest_round(session, **village.TIMES | {"delivery_on": None})
    content = FolderArchive(Path(app.config["DOCUMENTS_FOLDER"])).keep(SECRET.encode(), ".jpg")
    line = session.scalars(select(SupplierOrderLine)).first()
    picture = photos.Picture(*content)
    photos.take(session, line, [picture], key="a photo", actor=SECRET, now=village.NOW)
    people = {
        "anonymous": None,
        "neighbour": a_person(session, "Bea", neighbour),
        "guest": a_person(session, "Otto"),
        "member": session.scalars(
            select(Person).join(Membership).where(Membership.participant_id == first.id)
        ).first(),
        "observer": a_person(session, "Kijk", role=Role.OBSERVER),
        "coordinator": here.coordinator,
        "administrator": a_person(session, "Baas", role=Role.ADMINISTRATOR),
    }
    ids = {
        **here.ids,
        "participant_id": first.id,
        "paper_id": bill.id,
        "item_id": here.round.items[0].id,
        "photo_id": session.scalars(select(photos.DamagePhoto.id)).first(),
        "line_id": line.id,
        "errand_id": session.scalars(select(Errand.id)).first(),
        "person_id": people["member"].id,
        "membership_id": people["member"].memberships[0].id,
    }
    session.commit()
    return people, ids, interest.id


def routes(app: Flask) -> list[Rule]:
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    assert len(found) > 100
    return sorted(found, key=lambda rule: (rule.rule, rule.endpoint))


def path_of(app: Flask, rule: Rule, ids: dict[str, int]) -> str:
    values = {name: ids.get(name, WORDS.get(name, 1)) for name in rule.arguments}
    with app.test_request_context():
        return url_for(rule.endpoint, **values | CHOICES.get(rule.endpoint, {}))


def knock(visitor: Visitor, rule: Rule, path: str, **options: Any) -> TestResponse:
    """A GET, or a POST with a valid token and nothing in it; for the household with a secret."""
    if "GET" in rule.methods:
        return visitor.open(path, **options)
    return visitor.open(path, method="POST", data={"csrf_token": visitor.token()}, **options)


def visitors(app: Flask, people: dict[str, Person | None]) -> Iterator[tuple[str, Visitor]]:
    for who, person in people.items():
        visitor = Visitor(app)
        yield who, visitor.sign_in(person) if person else visitor


def rows_by_table() -> dict[str, Counter[str]]:
    """Every row of every table, to be compared: where nothing was to change."""
    found = {
        table.name: Counter(str(row) for row in db.session.execute(select(table)))
        for table in db.metadata.sorted_tables
    }
    db.session.rollback()
    assert sum(map(len, found.values())) > 30
    return found
