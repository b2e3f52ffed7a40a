"""What stands in app/deploy is tried: the units are in order, and their commands run."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from app.config import DEFAULTS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "app" / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
HOME = "/srv/koopkracht"


def as_here(text: str) -> str:
    """A unit as if the house stood where these tests run."""
    return text.replace(HOME, str(ROOT))


def commands(unit: str) -> list[list[str]]:
    text = as_here((DEPLOY / "systemd" / unit).read_text())
    return [shlex.split(line) for line in re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)]


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("NOT TESTED HERE: The units of systemd: there is no systemd-analyze.")
    for unit in UNITS:
        (tmp_path / unit.name).write_text(as_here(unit.read_text()))

    told = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", "--man=no",
         *[str(tmp_path / unit.name) for unit in UNITS]],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert (told.returncode, told.stderr) == (0, "")


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    (tmp_path / "instance").mkdir()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("KOOPKRACHT_")
    }
    return kept | {"KOOPKRACHT_INSTANCE": str(tmp_path / "instance"), "KOOPKRACHT_LOG": "json"}


def test_the_commands_of_the_units_serve_the_site_and_back_it_up(environment, tmp_path) -> None:
    (upgrade,) = commands("koopkracht-upgrade.service")
    subprocess.run(upgrade, cwd=ROOT, env=environment, check=True, capture_output=True)
    create, _doctor = commands("koopkracht-backup.service")
    create[-1] = str(tmp_path)

    with the_site(environment) as (site, address):
        assert answer_of(address) == "ok"
        subprocess.run(create, cwd=ROOT, env=environment, check=True, capture_output=True)
        # Of two processes that serve, one may die: the other goes on, and there are two again.
        until(lambda: listening_at(address) == 2)
        os.kill(children_of(site)[0], signal.SIGKILL)
        until(lambda: listening_at(address) == 1)
        assert answer_of(address) == "ok"
        until(lambda: listening_at(address) == 2)
        assert site.poll() is None

    assert len(list(tmp_path.glob("koopkracht-*.backup"))) == 1


def test_the_site_stops_at_once_also_while_it_starts(environment) -> None:
    """It took until systemd killed it, 20 seconds later: who had forgotten a setting waited."""
    begun = Path(environment["KOOPKRACHT_INSTANCE"]) / "bid_key"

    with the_site(environment) as (site, _):
        until(begun.exists)
        site.terminate()
        assert site.wait(timeout=10) == 0


@contextmanager
def the_site(environment) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """As its unit starts it, on a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    (serve,) = commands("koopkracht-web.service")
    serve = [word.replace("--port=8000", f"--port={port}") for word in serve]
    with subprocess.Popen(serve, cwd=ROOT, env=environment, process_group=0) as site:
        try:
            yield site, f"http://127.0.0.1:{port}/healthz"
            site.terminate()
            site.wait(timeout=20)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(site.pid, signal.SIGKILL)


def listening_at(address: str) -> int:
    """How many processes wait for callers there; 0A is the kernel's word for it."""
    end = f":{urlsplit(address).port:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(1 for row in rows if row[1].endswith(end) and row[3] == "0A")


def children_of(process: subprocess.Popen[bytes]) -> list[int]:
    told = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(child) for child in told.split()]


def until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("that took too long")


@pytest.mark.parametrize(
    ("days", "left"),
    [
        ({"new": 0, "month": 30, "old": 40}, {"new", "month"}),
        ({"week": 7, "old": 40}, {"week", "old"}),  # none was made today: keep what there is
    ],
)
def test_old_backups_go_once_there_is_a_new_one_whatever_else_was_found_wrong(
    tmp_path, days, left
) -> None:
    """After a paper was lost every backup says so, and the disk would fill for ever."""
    text = (DEPLOY / "systemd" / "koopkracht-backup.service").read_text()
    assert "ExecStartPost" not in text  # which is left out after any command that failed
    (line,) = re.findall(r"^ExecStopPost=(.*)$", text, re.MULTILINE)
    backups = tmp_path / "koopkracht-backups"
    for name, age in days.items():
        killed = backups / f".backup-{name}"
        killed.mkdir(parents=True)
        files = (killed / "database", killed, backups / f"{name}.backup", backups / f"{name}.txt")
        for file in files:
            file.is_dir() or file.write_text("")
            os.utime(file, (time.time() - age * 86_400,) * 2)

    command = shlex.split(line.replace("/var/lib", str(tmp_path)))
    subprocess.run(command, capture_output=True, timeout=20)

    assert {file.stem for file in backups.glob("*.backup")} == left
    assert {file.stem for file in backups.glob("*.txt")} == set(days)
    assert {folder.name for folder in backups.glob(".*")} == {f".backup-{name}" for name in left}


def answer_of(address: str) -> str:
    for _ in range(300):
        try:
            with urlopen(address, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the site did not come up")


def test_every_setting_of_the_example_is_one_that_there_is() -> None:
    text = (DEPLOY / "koopkracht.env.example").read_text()
    named = set(re.findall(r"^(?:# )?KOOPKRACHT_(\w+)=", text, re.MULTILINE))

    assert named <= set(DEFAULTS) | {"INSTANCE", "SQLALCHEMY_DATABASE_URI"}


def test_the_container_has_all_that_printing_needs() -> None:
    needed = re.search(r'library_packages="(.*)"', (ROOT / "dev").read_text())
    assert needed

    assert set(needed[1].split()) <= set((DEPLOY / "Containerfile").read_text().split())


def test_the_page_makes_a_network_that_can_mail_and_be_paid() -> None:
    """Who typed what stood here had a site to which nobody could sign in: no mail left."""
    page = (DEPLOY / "operation.md").read_text().replace("\\\n", "")
    (setup,) = re.findall(r"koopkracht network setup (.*)", page)

    assert {"--email", "--iban", "--street", "--postcode", "--city"} <= set(setup.split())


def test_after_copying_the_units_systemd_is_told_to_read_them() -> None:
    """Else it starts the site by the old ones, and only warns."""
    page = (DEPLOY / "operation.md").read_text()
    copying = [line for line in page.splitlines() if "cp app/deploy/systemd/*" in line]

    assert len(copying) == 2  # setting up, upgrading
    assert all(line.endswith("&& sudo systemctl daemon-reload") for line in copying)


def test_a_command_of_an_operator_runs_as_the_clock_does() -> None:
    command = (DEPLOY / "koopkracht").read_text()
    clock = (DEPLOY / "systemd" / "koopkracht-clock.service").read_text()

    for setting in ("EnvironmentFile", "WorkingDirectory", "StateDirectoryMode", "CacheDirectory"):
        (value,) = re.findall(rf"--property={setting}=(\S+)", command)
        assert f"\n{setting}={value}\n" in clock
    assert "--uid=koopkracht " in command and "\nUser=koopkracht\n" in clock
    assert "UMask=0077 " in command and "\nUMask=0077\n" in clock
    begun = command.rpartition(" /srv/")[2].partition(' "$@"')[0]
    assert f"\nExecStart=/srv/{begun} clock run\n" in clock


@pytest.mark.parametrize("unit", [one.name for one in UNITS if one.suffix == ".service"])
def test_every_unit_is_shut_in_alike(unit) -> None:
    shut_in = re.compile(r"(?:Protect|Private|Restrict|Lock|Memory|NoNew|SystemCall|Capab).*=.*")
    clock, this = (
        shut_in.findall((DEPLOY / "systemd" / name).read_text())
        for name in ("koopkracht-clock.service", unit)
    )

    assert len(clock) == 23
    assert this == clock


def test_what_the_container_writes_only_its_user_reads(tmp_path) -> None:
    containerfile = (DEPLOY / "Containerfile").read_text()
    said = re.search("^ENTRYPOINT (.*)$", containerfile, re.MULTILINE)
    made = tmp_path / "koopkracht.sqlite"

    subprocess.run([*json.loads(said[1]), "touch", str(made)], check=True)

    assert made.stat().st_mode & 0o777 == 0o600
    # What `podman exec` writes has the mask of the engine: there only the folder shuts it off.
    assert "install --directory --mode 700 --owner koopkracht" in containerfile
