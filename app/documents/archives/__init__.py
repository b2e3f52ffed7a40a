"""Where papers and photos are kept: files named by their hash, which stay as they are.

`contract` says what every archive promises; `folder` keeps them on this machine, `s3` in a store
that many machines share. Everybody asks for `current()`, and nobody else knows where a file lies.
"""

from pathlib import Path

from flask import Flask, current_app

from app.documents.archives.contract import Archive
from app.documents.archives.folder import FolderArchive
from app.documents.archives.s3 import S3Archive


def of(app: Flask) -> Archive:
    """The archive that this application was told to use. Raises StoreAway: no such store."""
    if url := str(app.config["DOCUMENTS_URL"]):
        return at(app, url)
    return FolderArchive(Path(app.config["DOCUMENTS_FOLDER"]))


def at(app: Flask, where: str) -> Archive:
    """The store at `s3://bucket/prefix`, reached as this application was told; else a folder."""
    if "://" not in where:
        return FolderArchive(Path(where).absolute())
    return S3Archive(
        where,
        endpoint=str(app.config["DOCUMENTS_ENDPOINT"]),
        region=str(app.config["DOCUMENTS_REGION"]),
        timeout=float(app.config["DOCUMENTS_TIMEOUT"]),
    )


def told_where(where: str) -> str:
    """How an operator says that papers are at `where` from now on."""
    if "://" in where:
        return f"set KOOPKRACHT_DOCUMENTS_URL={where}"
    return f"set KOOPKRACHT_DOCUMENTS_FOLDER={where}, without KOOPKRACHT_DOCUMENTS_URL"


def folders(app: Flask) -> list[Path]:
    """The folders of this machine that papers fill, if any."""
    return [] if app.config["DOCUMENTS_URL"] else [Path(app.config["DOCUMENTS_FOLDER"])]


def current() -> Archive:
    """The archive of the application that is at work."""
    return of(current_app)
