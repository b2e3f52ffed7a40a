"""ZIP files, unpacked with a measure in the hand: sizes are counted, never believed."""

import io
import zipfile
import zlib
from collections.abc import Iterator

from suppliers.readers.refusals import (
    BrokenArchive,
    Locked,
    NestedArchive,
    NothingInside,
    SeveralLists,
    TooManyMembers,
    UnpacksTooLarge,
)

SIGNATURE = b"PK\x03\x04"
MAX_UNPACKED = 100 * 2**20
MAX_MEMBERS = 200
MAX_RATIO = 100  # of unpacked to packed, for what unpacks to more than RATIO_FROM
RATIO_FROM = 10 * 2**20
_CHUNK = 2**20
_ENCRYPTED = 0x1
_WORKBOOKS = ("xl/", "content.xml")
_A_DOCUMENT = {"[Content_Types].xml", "mimetype"}  # a letter, a presentation, an e-book
_LISTS = (".xml", ".csv", ".bnn", ".txt", ".tsv", ".xlsx", ".ods", ".xls")


def is_workbook(data: bytes) -> bool:
    """XLSX, XLSB and ODS are ZIP files with a known member. Raises Unreadable."""
    with _opened(data) as archive:
        return any(name.startswith(_WORKBOOKS) for name in archive.namelist())


def check(data: bytes) -> None:
    """Unpack everything once, keeping nothing, and refuse what is too large. Raises Unreadable."""
    with _opened(data) as archive:
        total = 0
        for member in archive.infolist():
            for chunk in _inflate(archive, member):
                total += len(chunk)
                if total > MAX_UNPACKED:
                    raise UnpacksTooLarge


def only_list(data: bytes) -> bytes:
    """The one price list in a ZIP file. Raises Unreadable if there is none, or more."""
    with _opened(data) as archive:
        if _A_DOCUMENT & set(archive.namelist()):
            raise NothingInside
        members = [member for member in archive.infolist() if _may_be_list(member.filename)]
        lists = [one for one in members if one.filename.lower().endswith(_LISTS)] or members
        if not lists:
            raise NothingInside
        if len(lists) > 1:
            raise SeveralLists(count=len(lists))
        content = b"".join(_inflate(archive, lists[0]))
    if content.startswith(SIGNATURE) and not is_workbook(content):
        raise NestedArchive
    return content


def _opened(data: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise BrokenArchive from error
    if len(archive.infolist()) > MAX_MEMBERS:
        raise TooManyMembers(limit=MAX_MEMBERS)
    return archive


def _inflate(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    if member.flag_bits & _ENCRYPTED:
        raise Locked
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BrokenArchive
    seen = 0
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                seen += len(chunk)
                if seen > MAX_UNPACKED or _suspicious(seen, member.compress_size):
                    raise UnpacksTooLarge
                yield chunk
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError) as error:
        raise BrokenArchive from error


def _suspicious(unpacked: int, packed: int) -> bool:
    return unpacked > RATIO_FROM and unpacked > MAX_RATIO * max(packed, 1)


def _may_be_list(name: str) -> bool:
    base = name.rsplit("/", 1)[-1]
    return bool(base) and not base.startswith(".") and not name.startswith("__MACOSX/")
