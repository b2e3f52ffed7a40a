"""Photos that people send: looked at before they are trusted, made anew, kept as a file.

A photo is known by its first bytes, not by its name. It is decoded and encoded again as a JPEG of
at most 1600 pixels, so nothing of what a phone writes beside it stays: no place, no moment, no
device. What is no photo, or would take too much memory to open, is refused in a sentence.
"""

from __future__ import annotations

import io
import logging
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import has_app_context
from PIL import Image, ImageFile, ImageOps
from sqlalchemy import event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.database import reading
from app.documents import archives
from app.documents.archives.contract import StoreAway
from app.extensions import db
from purchasing.deliveries.photos import DamagePhoto, Picture
from purchasing.errors import N_, Refused

ACCEPT = "image/jpeg,image/png,image/webp"  # so that an iPhone sends a JPEG
SUFFIX = ".jpg"
MOST_BYTES = 10 * 1024 * 1024
LONGEST_SIDE = 1600
QUALITY = 82
# A JPEG can be opened at a part of its size; the others need all of it in memory.
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
_HEIC = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"mif1", b"msf1"}
_UNREADABLE = (
    *(OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, struct.error),
    *(Image.DecompressionBombError, Image.DecompressionBombWarning),
)
log = logging.getLogger(__name__)
_opening = threading.Lock()
_GONE = "files of photos that were removed"


class NoPhoto(Refused):
    message = N_("Choose a photo first.")


class NotAPhoto(Refused):
    message = N_("This file is no photo that we can read. Send a JPEG, PNG or WebP.")


class IsHeic(Refused):
    message = N_(
        "This photo is in Apple's HEIC format, which we cannot read. Set the camera to “Most "
        "compatible”, or send a screenshot of the photo."
    )


class PhotoTooLarge(Refused):
    message = N_("This photo is too large: at most %(most)s MB and %(pixels)s million pixels.")


@contextmanager
def kept(files: Iterable[FileStorage]) -> Iterator[list[Picture]]:
    """Make and store the photos of a form; fields that were left empty are left out.

    The block notes them and commits; the file of one that it did not note is removed again.
    Raises NotAPhoto, IsHeic, PhotoTooLarge; then none is stored.
    """
    archive = archives.current()
    made = [made_anew(_content(file)) for file in files if file.filename]
    stored: list[Picture] = []
    try:
        for content in made:
            stored.append(Picture(*archive.keep(content, SUFFIX)))
        yield stored
    finally:
        db.session.rollback()
        _let_go({picture.path for picture in stored})


def made_anew(content: bytes) -> bytes:
    """A photo as a JPEG of our own. Raises NotAPhoto, IsHeic, PhotoTooLarge."""
    kind = _kind(content)
    try:
        with _whole_ones_only(), Image.open(io.BytesIO(content), formats=[kind]) as photo:
            if photo.width * photo.height > MOST_PIXELS[kind]:
                raise _too_large(kind)
            return _small(photo)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(kind) from error
    except _UNREADABLE as error:
        raise NotAPhoto from error


@contextmanager
def _whole_ones_only() -> Iterator[None]:
    """WeasyPrint, once imported, lets Pillow open what is cut short, in the whole process."""
    with _opening:
        usual = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = usual


def read(photo: DamagePhoto) -> bytes:
    """The file of a photo; raises Damaged when it is gone or is another."""
    return archives.current().read(photo.path, photo.sha256)


def _content(file: FileStorage) -> bytes:
    content = file.stream.read(MOST_BYTES + 1)
    file.close()
    if len(content) > MOST_BYTES:
        raise _too_large("JPEG")
    return content


def _kind(content: bytes) -> str:
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise IsHeic
    raise NotAPhoto


def _small(photo: Image.Image) -> bytes:
    """Upright, at most so large, on white where it was see-through, and without anything beside.

    It is pasted on a new one: what a format carries along stays behind with the old one.
    """
    photo.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(photo)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    seen = upright.convert("RGBA")
    clean = Image.new("RGB", seen.size, "white")
    clean.paste(seen, mask=seen.getchannel("A"))
    written = io.BytesIO()
    clean.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()


def _too_large(kind: str) -> PhotoTooLarge:
    most = MOST_BYTES // 1024 // 1024
    return PhotoTooLarge(most=most, pixels=MOST_PIXELS[kind] // 1_000_000)


# --- a file goes with its row --------------------------------------------------------------------


@event.listens_for(Session, "after_flush")
def _note_removed(session: Session, _: Any) -> None:
    gone = [row for row in session.deleted if isinstance(row, DamagePhoto)]
    if gone:
        session.info.setdefault(_GONE, set()).update(row.path for row in gone)


@event.listens_for(Session, "before_commit")
def _remove_files(session: Session) -> None:
    """The files go before their rows have gone for sure; one that another photo shares stays.

    Who dies in between finds the rows again, and removes them again. The other way round a
    photo would stay that nobody knows of.
    """
    paths = session.info.pop(_GONE, None)
    if not paths or not has_app_context():
        return
    for path in _of_nobody(session, paths):
        try:
            archives.current().remove(path)
        except StoreAway:
            raise  # nobody commits then, and the photo is found again
        except OSError:
            log.exception("photo %s stays on the disk", path)


def _let_go(paths: set[str]) -> None:
    """Remove those of these files that no photo came of."""
    try:
        with reading(), Session(db.engine) as session:
            for path in _of_nobody(session, paths):
                archives.current().remove(path)
    except (OSError, SQLAlchemyError):
        log.exception("a photo stays that nobody knows of")


def _of_nobody(session: Session, paths: set[str]) -> set[str]:
    """Those of these files that no photo on record is kept in."""
    shared = select(DamagePhoto.path).where(DamagePhoto.path.in_(paths))
    return paths - set(session.scalars(shared))


@event.listens_for(Session, "after_rollback")
def _keep_files(session: Session) -> None:
    session.info.pop(_GONE, None)
