"""What somebody takes along as one file; and sign-ins that go with who is erased."""

import io
import json
import logging
import zipfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app import second_step
from app.codes import SignInRequest
from app.devices import Device
from app.documents.archives.contract import Archive
from app.documents.errors import Damaged
from purchasing import own_data, papers
from purchasing.deliveries import photos
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.people import Participant, Person
from purchasing.privacy import Erased

log = logging.getLogger(__name__)
NAME = "data.json"


def packed(
    session: Session,
    archive: Archive,
    participants: Collection[Participant],
    *,
    person: Person | None = None,
    at: datetime,
) -> bytes:
    """A ZIP with all that is kept of these participants, and of `person`.

    Papers are PDF, photos JPEG.
    """
    ids = [one.id for one in participants]
    files = _pdfs(session, archive, ids) | _photos(session, archive, ids)
    told: dict[str, Any] = {"made_at": at.isoformat()}
    if person is not None:
        told["person"] = own_data.of_person(person) | _sign_ins(session, person)
    told["participants"] = [own_data.of_participant(session, one) for one in participants]
    return _zip(at, {NAME: json.dumps(told, indent=2, ensure_ascii=False).encode(), **files})


def forget_sign_ins(session: Session, erased: Erased) -> None:
    """Where and when they signed in goes, with the mails that brought a code."""
    asked = or_(
        SignInRequest.person_id.in_(erased.persons), SignInRequest.email.in_(erased.addresses)
    )
    keys = [
        f"{Kind.MAIL_SIGN_IN}:{request_id}"
        for request_id in session.scalars(select(SignInRequest.id).where(asked))
    ]
    waiting = Errand.state == ErrandState.WAITING
    nobody = {"recipient": "", "last_error": ""}
    for values, only in (({"state": ErrandState.CANCELLED}, [waiting]), (nobody, [])):
        session.execute(update(Errand).where(Errand.key.in_(keys), *only).values(**values))
    session.execute(delete(SignInRequest).where(asked))
    for person_id in erased.persons:
        second_step.turn_off(session, person_id)
    session.execute(delete(Device).where(Device.person_id.in_(erased.persons)))


def _sign_ins(session: Session, person: Person) -> dict[str, Any]:
    devices = select(Device).where(Device.person_id == person.id).order_by(Device.id)
    asked = select(SignInRequest).where(SignInRequest.person_id == person.id)
    return {
        "devices": [
            {
                "device": one.label,
                "signed_in_at": one.signed_in_at.isoformat(),
                "seen_at": one.seen_at.isoformat(),
                "signed_out_at": one.ended_at.isoformat() if one.ended_at else None,
            }
            for one in session.scalars(devices)
        ],
        "codes_asked_for": [
            {"at": one.asked_at.isoformat(), "from": one.address}
            for one in session.scalars(asked.order_by(SignInRequest.id))
        ],
        "second_step": second_step.is_on(session, person.id),
    }


def _pdfs(session: Session, archive: Archive, ids: list[int]) -> dict[str, bytes]:
    found = {}
    for paper in papers.list_for_participants(session, ids):
        if (document := paper.document) is None:
            continue
        try:
            content = archive.read(document.path, document.sha256)
            data = paper.data
            xml = archive.read(data.path, data.sha256) if data else b""
        except Damaged:  # what can be taken along is
            log.exception("paper %s cannot be read", paper.number)
            continue
        found[own_data.path_of(paper)] = content
        if xml:
            found[own_data.path_of(paper).replace(".pdf", ".xml")] = xml
    return found


def _photos(session: Session, archive: Archive, ids: list[int]) -> dict[str, bytes]:
    found = {}
    for photo in photos.of_participants(session, ids):
        with suppress(Damaged):  # what can be taken along is
            found[photos.name_of(photo)] = archive.read(photo.path, photo.sha256)
    return found


def _zip(at: datetime, files: Mapping[str, bytes]) -> bytes:
    made, packet = at.timetuple()[:6], io.BytesIO()
    with zipfile.ZipFile(packet, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(zipfile.ZipInfo(name, made), content, zipfile.ZIP_DEFLATED)
    return packet.getvalue()
