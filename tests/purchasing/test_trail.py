"""The audit trail: every act once, in a chain that shows who went round the house."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from purchasing import acts, lifecycle, privacy
from purchasing.base import Base
from purchasing.books import ledger
from purchasing.books.ledger import Booking, Posting
from purchasing.papers import Paper, StoredDocument
from purchasing.people import Membership, Role
from purchasing.rounds import RoundEvent
from purchasing.trail import checking, sealing, telling, watched
from purchasing.trail.rows import Note
from tests.builders import (
    ACTOR,
    NOON,
    a_household,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

WITHOUT_GUARDS = {
    "sqlite": "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT 'ALTER TABLE ' || quote_ident(relname) || ' DISABLE TRIGGER USER' "
    "FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
}


@pytest.fixture
def acting(session) -> Session:
    """A session whose acts are noted, as the application has them noted."""
    event.listen(session, "after_flush", note_as_somebody)
    return session


def note_as_somebody(session, flushed) -> None:
    acts.note_changes(session, flushed, actor="person 7", now=NOON)


@pytest.fixture
def lived(acting, network) -> Session:
    """A round that was closed and ordered, a stored paper, an administrator; all of it sealed."""
    session = acting
    product = a_product(session, a_supplier(session), "Rijst")
    round_ = a_round(session, product)
    ada = a_household(session, "Ada")
    an_order(session, round_, ada, {"Rijst": 6})
    a_person(session, "Anna", role=Role.ADMINISTRATOR)
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    paper = session.scalars(select(Paper).where(Paper.participant_id == ada.id)).one()
    session.add(
        StoredDocument(
            paper_id=paper.id, sha256="a" * 64, size=1, path="a", renderer="x", stored_at=NOON
        )
    )
    session.commit()
    seal(session)
    return session


def seal(session) -> None:
    while prepared := sealing.prepare(session):
        sealing.chain(session, prepared, now=NOON)
        session.commit()


def faults(session) -> list[checking.Fault]:
    session.expire_all()
    return list(checking.check(session))


def go_round_the_house(session, *statements: str) -> None:
    """What somebody can do who has the database and no scruples."""
    kind = session.get_bind().dialect.name
    for (statement,) in session.execute(text(WITHOUT_GUARDS[kind])).all():
        session.execute(text(statement))
    for statement in statements:
        session.execute(text(statement))
    session.commit()


def place_of(session, about: str) -> Note:
    """The last note of a kind of row."""
    query = select(Note).where(Note.about == about).order_by(Note.seq.desc()).limit(1)
    return session.scalars(query).one()


def everything_watched(session) -> list[tuple[str, int]]:
    return sorted(
        (name, id_)
        for name in watched.WATCHED
        for id_ in session.scalars(select(watched.table(name).c.id))
    )


# --- what is in it -----------------------------------------------------------------------------


def test_every_act_is_sealed_once_and_nothing_else(lived) -> None:
    notes = lived.scalars(select(Note).order_by(Note.seq)).all()

    assert [note.seq for note in notes] == list(range(1, len(notes) + 1))
    assert sorted((note.about, note.row_id) for note in notes) == everything_watched(lived)
    assert {"act", "paper", "posting", "round_event", "supplier_order"} <= {n.about for n in notes}
    assert faults(lived) == []


def test_the_first_note_says_that_the_chain_begins(lived) -> None:
    first = list(telling.tell(lived))[-1]

    assert (first.seq, first.who, first.facts["what"]) == (1, "upgrade", "begun")


def test_what_is_watched_is_there(app) -> None:
    for name, kind in watched.WATCHED.items():
        named = {*kind.columns, kind.when, *kind.tells, kind.who or "id", kind.round or "id"}
        assert named <= {*kind.columns, "id"}
        assert named <= set(Base.metadata.tables[name].c.keys())
        for part in kind.parts:
            assert {part.to, *part.columns} <= set(Base.metadata.tables[part.table].c.keys())


def test_what_is_undone_leaves_no_note(lived) -> None:
    ledger.post(lived, [Booking("x", "x", {"bank": 1, "costs": -1})], round_id=None, at=NOON)
    lived.rollback()

    assert sealing.prepare(lived) == []


def test_a_role_given_or_taken_is_an_act_without_a_name(lived) -> None:
    zoe = a_person(lived, "Zoe", role=Role.COORDINATOR)
    lived.commit()
    zoe.memberships.clear()
    lived.commit()

    taken, given_ = [one for one in telling.tell(lived) if one.about == "act"][:2]

    assert (given_.facts["what"], given_.facts["about_id"]) == ("role given", zoe.id)
    assert (taken.facts["what"], taken.facts["value"]) == ("role taken", "coordinator")


def test_settings_are_acts_that_name_the_column(lived, network) -> None:
    lived.merge(network).iban = "NL20INGB0001234567"
    lived.commit()

    newest = next(telling.tell(lived))

    assert (newest.facts["what"], newest.facts["value"]) == ("settings changed", "iban")


def test_papers_and_postings_say_who_wrote_them(acting, network, monkeypatch) -> None:
    monkeypatch.setattr(acts, "_told_by", [lambda: "person 7"])
    round_ = a_round(acting, a_product(acting, a_supplier(acting), "Rijst"))
    an_order(acting, round_, a_household(acting, "Ada"), {"Rijst": 6})
    lifecycle.close(acting, round_, actor=ACTOR, now=NOON)
    lifecycle.order(acting, round_, actor=ACTOR, now=NOON)
    acting.commit()

    signed = {one.about: one.who for one in telling.tell(acting) if one.about != "act"}

    assert (signed["paper"], signed["posting"]) == ("person 7", "person 7")


def test_what_was_signed_cannot_be_signed_by_another(lived) -> None:
    place = place_of(lived, "posting").seq

    go_round_the_house(lived, "UPDATE posting SET actor = 'person 8' WHERE id = 2")

    assert [fault.seq for fault in faults(lived)] == [place]


def test_who_did_what_in_a_round(lived) -> None:
    moves = list(telling.tell(lived, telling.Wanted(round_id=1), who=ACTOR))

    assert [one.facts["move"] for one in moves if one.about == "round_event"][:2] == [
        "order",
        "close",
    ]


# --- tampering ---------------------------------------------------------------------------------


def test_the_database_refuses_to_change_what_is_sealed(lived) -> None:
    for statement in (
        "UPDATE trail SET digest = '' WHERE seq = 2",
        "UPDATE trail SET seq = NULL WHERE seq = 2",
        "DELETE FROM trail WHERE seq = 2",
        "INSERT INTO trail (about, row_id, seq) VALUES ('act', 99, 99)",
        "UPDATE act SET actor = 'somebody else'",
        "DELETE FROM act",
    ):
        with pytest.raises(DBAPIError):
            lived.execute(text(statement))
        lived.rollback()


@pytest.mark.parametrize(
    ("about", "statement"),
    [
        ("posting", "UPDATE entry SET cents = cents + 1 WHERE posting_id = {row}"),
        ("posting", "DELETE FROM entry WHERE posting_id = {row}"),
        ("paper", "UPDATE paper SET total_cents = 1 WHERE id = {row}"),
        ("paper", "UPDATE paper SET snapshot = '{{}}' WHERE id = {row}"),
        ("stored_document", "UPDATE stored_document SET sha256 = 'b' WHERE id = {row}"),
        ("round_event", "UPDATE round_event SET actor = 'somebody else' WHERE id = {row}"),
        ("supplier_order", "UPDATE supplier_order_line SET pieces = 7"),
        ("act", "UPDATE act SET at = '2001-01-01' WHERE id = {row}"),
        ("round_event", "DELETE FROM round_event WHERE id = {row}"),
    ],
)
def test_a_row_that_was_edited_is_found_at_its_place(lived, about, statement) -> None:
    place = place_of(lived, about)
    seq = place.seq

    go_round_the_house(lived, statement.format(row=place.row_id))

    assert [fault.seq for fault in faults(lived)] == [seq]


def test_demand_that_was_edited_after_closing_is_found(lived) -> None:
    closed = lived.scalars(select(RoundEvent.id).where(RoundEvent.move == "close")).one()
    seq = lived.scalars(
        select(Note.seq).where(Note.about == "round_event", Note.row_id == closed)
    ).one()

    go_round_the_house(lived, "UPDATE want SET ordered_quantity = 60")

    assert [fault.seq for fault in faults(lived)] == [seq]


def test_a_seal_that_was_edited_is_found(lived) -> None:
    go_round_the_house(lived, "UPDATE trail SET sealed_at = '2001-01-01' WHERE seq = 3")

    assert [fault.seq for fault in faults(lived)] == [3]


def test_a_note_that_was_deleted_is_found(lived) -> None:
    go_round_the_house(lived, "DELETE FROM trail WHERE seq = 3")

    assert [(f.seq, f.told) for f in faults(lived)][:1] == [(3, "it is not there")]


def test_an_end_that_was_cut_off_is_found(lived) -> None:
    last = sealing.head(lived).seq

    go_round_the_house(lived, f"DELETE FROM trail WHERE seq > {last - 2}")

    assert "the end was cut off" in faults(lived)[0].told
    assert faults(lived)[0].seq == last - 1


def test_notes_that_changed_places_are_found(lived) -> None:
    go_round_the_house(
        lived,
        "UPDATE trail SET seq = -2 WHERE seq = 2",
        "UPDATE trail SET seq = 2 WHERE seq = 3",
        "UPDATE trail SET seq = 3 WHERE seq = -2",
    )

    assert faults(lived)[0].seq == 2


def test_a_row_that_was_slipped_in_is_found(lived) -> None:
    go_round_the_house(
        lived, f"INSERT INTO posting (key, at, memo) VALUES ('mine', '{NOON:%Y-%m-%d}', '')"
    )

    assert [str(fault) for fault in faults(lived)] == [
        f"posting {lived.scalars(select(Posting.id).where(Posting.key == 'mine')).one()}"
        " was never noted"
    ]


def test_a_row_that_was_taken_out_before_it_was_sealed_is_found(lived) -> None:
    a_posting(lived, 7)
    lived.commit()
    mine = lived.scalars(select(Posting.id).where(Posting.key == "posting 7")).one()

    go_round_the_house(
        lived,
        f"DELETE FROM entry WHERE posting_id = {mine}",
        f"DELETE FROM posting WHERE id = {mine}",
    )
    seal(lived)

    assert [str(fault) for fault in faults(lived)] == [
        f"broken at {sealing.head(lived).seq}: posting {mine} is gone"
    ]


def test_a_role_that_somebody_gave_himself_is_found(lived) -> None:
    zoe = a_person(lived, "Zoe")
    lived.commit()

    go_round_the_house(
        lived, f"INSERT INTO membership (person_id, role) VALUES ({zoe.id}, 'administrator')"
    )

    assert f"person {zoe.id} is administrator, and nobody made them that" in map(
        str, faults(lived)
    )


# --- erasing -----------------------------------------------------------------------------------


def test_who_is_erased_takes_nothing_of_the_chain_along(lived) -> None:
    ada = a_person(lived, "Ada", role=Role.COORDINATOR)
    lived.commit()

    privacy.erase_person(lived, ada, actor="Ada", now=NOON)
    lived.commit()
    seal(lived)

    assert faults(lived) == []
    assert lived.scalars(select(Membership).where(Membership.person_id == ada.id)).all() == []


def test_no_name_stands_in_what_is_sealed(lived) -> None:
    rows = lived.execute(select(Note.about, Note.row_id, Note.salt, Note.digest, Note.seal)).all()

    assert not [row for row in rows if "Ada" in str(row) or "@" in str(row)]


# --- sealing -----------------------------------------------------------------------------------


def test_two_sealers_who_prepared_the_same_seal_it_once(lived) -> None:
    a_posting(lived, 1)
    lived.commit()
    before = sealing.head(lived).seq
    theirs, ours = sealing.prepare(lived), sealing.prepare(lived)

    sealing.chain(lived, theirs, now=NOON)
    lived.commit()
    sealing.chain(lived, ours, now=NOON)
    lived.commit()

    assert sealing.head(lived).seq == before + 1
    assert faults(lived) == []


Step = st.sampled_from(["book", "undo", "seal", "prepare", "late seal", "crash"])


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(steps=st.lists(Step, max_size=14))
def test_whatever_stops_when_every_committed_act_is_sealed_once(session, steps) -> None:
    prepared: list[sealing.Prepared] = []
    for step in steps:
        if step in ("book", "undo"):
            a_posting(session, (session.query(Posting).count() + 1) * 10)
            session.commit() if step == "book" else session.rollback()
        elif step == "seal":
            seal(session)
        elif step == "prepare":
            prepared = sealing.prepare(session, limit=2)
        elif prepared:  # of a sealer that slept, and perhaps dies before its commit
            sealing.chain(session, prepared, now=NOON)
            session.commit() if step == "late seal" else session.rollback()
    seal(session)

    sealed = session.execute(select(Note.about, Note.row_id).order_by(Note.seq)).all()
    assert sorted(map(tuple, sealed)) == everything_watched(session)
    assert faults(session) == []


def a_posting(session, cents: int) -> None:
    key = f"posting {cents}"
    ledger.post(
        session, [Booking(key, key, {"bank": cents, "costs": -cents})], round_id=None, at=NOON
    )
