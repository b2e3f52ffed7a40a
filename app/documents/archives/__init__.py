"""Where papers and photos are kept: files named by their hash, which stay as they are.

`contract` says what every archive promises; `folder` keeps them on this machine. Everybody asks
for `current()`, and nobody else knows where a file lies.
"""

from pathlib import Path

from flask import Flask, current_app

from app.documents.archives.contract import Archive
from app.documents.archives.folder import FolderArchive


def of(app: Flask) -> Archive:
    """The archive that this application was told to use."""
    return FolderArchive(Path(app.config["DOCUMENTS_FOLDER"]))


def current() -> Archive:
    """The archive of the application that is at work."""
    return of(current_app)
