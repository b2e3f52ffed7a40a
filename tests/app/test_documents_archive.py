"""The archive: whole or not at all, and what comes out is what went in."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents.archives.folder import FolderArchive
from app.documents.errors import Damaged

PAPER = b"%PDF-1.7 a paper" * 1000


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@given(content=st.binary(max_size=2000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_what_is_stored_is_read_back(tmp_path, content):
    stored = FolderArchive(tmp_path).keep(content)
    assert stored.size == len(content)
    assert FolderArchive(tmp_path).read(stored.path, stored.sha256) == content


def test_a_file_is_named_by_its_hash(tmp_path):
    stored = FolderArchive(tmp_path).keep(PAPER)
    a, b, name = stored.path.split("/")
    assert name == f"{stored.sha256}.pdf"
    assert stored.sha256.startswith(a + b)


def test_storing_twice_keeps_one_file(tmp_path):
    assert FolderArchive(tmp_path).keep(PAPER) == FolderArchive(tmp_path).keep(PAPER)
    assert len(files(tmp_path)) == 1


def test_a_damaged_file_is_noticed_and_storing_again_repairs_it(tmp_path):
    stored = FolderArchive(tmp_path).keep(PAPER)
    (tmp_path / stored.path).write_bytes(PAPER[:-1] + b"!")
    with pytest.raises(Damaged, match="not what was stored"):
        FolderArchive(tmp_path).read(stored.path, stored.sha256)
    FolderArchive(tmp_path).keep(PAPER)
    assert FolderArchive(tmp_path).read(stored.path, stored.sha256) == PAPER


def test_a_missing_file_is_noticed(tmp_path):
    stored = FolderArchive(tmp_path).keep(PAPER)
    (tmp_path / stored.path).unlink()
    with pytest.raises(Damaged, match="gone"):
        FolderArchive(tmp_path).read(stored.path, stored.sha256)


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "ab/cd/../../../etc/passwd", ""])
def test_only_paths_of_the_archive_are_read(tmp_path, path):
    with pytest.raises(Damaged):
        FolderArchive(tmp_path).read(path, "0" * 64)


def test_a_path_of_another_file_is_not_read(tmp_path):
    one, other = FolderArchive(tmp_path).keep(b"one"), FolderArchive(tmp_path).keep(b"other")
    with pytest.raises(Damaged):
        FolderArchive(tmp_path).read(one.path, other.sha256)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_no_half_file(tmp_path, monkeypatch, call):
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / FolderArchive(tmp_path).keep(PAPER).path).unlink()  # the folders are there
    with monkeypatch.context() as patch:
        patch.setattr(*((os, "fsync", full) if call == "fsync" else (Path, "replace", full)))
        with pytest.raises(OSError, match="No space left"):
            FolderArchive(tmp_path).keep(PAPER)
    assert files(tmp_path) == []
    stored = FolderArchive(tmp_path).keep(PAPER)
    assert FolderArchive(tmp_path).read(stored.path, stored.sha256) == PAPER


_WHERE_FILES_END_EARLY = """
import pathlib, resource, signal, sys
from app.documents.archives.folder import FolderArchive
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    FolderArchive(pathlib.Path(sys.argv[1])).keep(b"x" * 50_000)
except OSError as error:
    print("refused", error.errno)
"""


def test_a_write_that_stops_halfway_leaves_nothing(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", _WHERE_FILES_END_EARLY, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["refused", str(errno.EFBIG)]
    assert files(tmp_path) == []
