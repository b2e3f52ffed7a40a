"""What the installation stands on: settings, fonts, database, mail, disk, clock, what waits."""

import shutil
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import current_app
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import engine, online, vital_signs, workforce
from app.config import SECRET_BYTES
from app.database import SAFE_SQLITE, engine_options
from app.doctor.findings import Finding, Findings, fine, warning, wrong
from app.documents import archives, requirements
from app.duties import real_time
from app.extensions import db
from app.heartbeat import clock_age
from app.mail import transport_for
from app.mail.errors import Unreachable
from purchasing import mail_pause
from purchasing.people import Network

HERE = ("127.0.0.1", "localhost", "::1")
LITTLE, TOO_LITTLE = 2_000, 200  # MB on a disk


def settings(_session: Session) -> Findings:
    config = current_app.config
    address = urlsplit(str(config["BASE_URL"]))
    if address.scheme != "https" and address.hostname not in HERE:
        yield wrong("settings", "BASE_URL is not https: codes to sign in with travel in the open.")
    elif address.hostname in HERE:
        yield warning("settings", "BASE_URL is this machine: links in mails lead nowhere else.")
    elif not int(config["PROXIES"]):
        told = "PROXIES is 0: behind a proxy, limits would take all visitors for one. Say 1."
        yield warning("settings", told)
    for key in ("SECRET_KEY", "BID_KEY"):
        if len(str(config[key])) < SECRET_BYTES:
            yield wrong("settings", f"{key} is shorter than {SECRET_BYTES} characters.")
        file = Path(current_app.instance_path) / key.lower()
        if file.exists() and file.stat().st_mode & 0o077:
            yield wrong("settings", f"{file} can be read by others: chmod 600.")
    yield fine("settings", f"the site is {config['BASE_URL']}")


def time_zones(session: Session) -> Findings:
    name = session.scalar(select(Network.timezone).limit(1)) or "Europe/Amsterdam"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        yield wrong("time zone", f"{name} is not known here: install tzdata.")
    else:
        yield fine("time zone", f"{name} is known")


def fonts(_session: Session) -> Findings:
    lacking = requirements.missing()
    told = requirements.sentence(lacking) if lacking else "all that printing needs is here"
    yield wrong("fonts", told) if lacking else fine("fonts", told)


def database(session: Session) -> Findings:
    kind = session.get_bind().dialect.name
    if kind == "sqlite":
        yield _sqlite_version()
        for (told,) in session.execute(text("PRAGMA quick_check(5)")):
            if told != "ok":
                yield wrong("database", f"SQLite finds damage: {told}")
        for row in session.execute(text("PRAGMA foreign_key_check")).fetchmany(5):
            yield wrong("database", f"A row of {row[0]} leads to nothing in {row[2]}.")
    else:
        version = session.scalar(text("SHOW server_version"))
        yield fine("database", f"PostgreSQL {version}")
    if vital_signs.is_in_step(session):
        yield fine("database", "its schema fits this code")
    else:
        yield wrong("database", "its schema does not fit this code: flask --app app db upgrade")


def _sqlite_version() -> Finding:
    module = engine_options("sqlite:")["module"]
    told = f"SQLite {module.sqlite_version}"
    if module.sqlite_version_info < SAFE_SQLITE:
        fault = f"{told} can damage a WAL file under two writers: 3.51.3 or later is needed."
        return wrong("database", fault)
    return fine("database", told)


def mail(session: Session) -> Findings:
    if paused := mail_pause.current(session):
        yield warning("mail", f"paused since {paused.since:%Y-%m-%d %H:%M} UTC: {paused.reason}")
    where = current_app.config["SMTP_HOST"] or current_app.config["MAIL_FOLDER"]
    with closing(transport_for(current_app.config)) as transport:
        try:
            transport.connect()
        except Unreachable as problem:
            yield wrong("mail", f"{where}: {problem}")
        else:
            yield fine("mail", f"{where} takes mail")
    if not current_app.config["SMTP_HOST"]:
        yield warning("mail", "mails go to a folder, not to people: set SMTP_HOST")
    elif not _can_say_who_writes(session):
        told = "no address to send from, so all mails wait: network setup NAME --email ADDRESS"
        yield wrong("mail", told)


def _can_say_who_writes(session: Session) -> bool:
    if current_app.config["MAIL_FROM"]:
        return True
    addresses = session.scalars(select(Network.email)).all()
    return all(addresses)  # before there is a network there is nobody to write in its name


def online_payments(_session: Session) -> Findings:
    """Whether people can pay online. Whoever asks is told no key."""
    config = current_app.config
    try:
        provider = online.provider(config)
    except ValueError as problem:
        yield wrong("online payment", f"MOLLIE_URL: {problem}")
        return
    if provider is None:
        yield fine("online payment", "off: no MOLLIE_KEY is set")
    elif urlsplit(str(config["BASE_URL"])).hostname in HERE:
        yield warning("online payment", "on; the provider cannot reach BASE_URL, so we ask it")
    elif str(config["MOLLIE_KEY"]).startswith("test_"):
        yield warning("online payment", "on, with a key for tests: no money moves")
    else:
        yield fine("online payment", f"on, by {provider.name}")


def disk(_session: Session) -> Findings:
    for place in sorted(place for place in _written_to() if place.is_dir()):
        free = shutil.disk_usage(place).free // 1_000_000
        told = f"{free} MB free at {place}"
        grade = wrong if free < TOO_LITTLE else warning if free < LITTLE else fine
        yield grade("disk", told)


def _written_to() -> set[Path]:
    """The folders of this machine that fill up, which may be on disks of their own."""
    numbers = Path(current_app.config["NUMBERS_FILE"]).parent
    places = {Path(current_app.instance_path), numbers, *archives.folders(current_app)}
    if db.engine.dialect.name == "sqlite" and db.engine.url.database:
        places.add(Path(db.engine.url.database).parent)
    return places


def clock(_session: Session) -> Findings:
    age = clock_age()
    if age is None or age > vital_signs.CLOCK:
        since = "never ran here" if age is None else f"last looked {age.total_seconds():.0f} s ago"
        yield wrong("clock", f"The clock {since}: flask --app app clock run")
    else:
        yield fine("clock", "the clock runs")


def workers(session: Session) -> Findings:
    """Who runs errands: the clock, workers beside it, or workers alone."""
    try:
        clock_too = workforce.clock_runs_errands(current_app.config)
    except ValueError as problem:
        yield wrong("workers", str(problem))
        return
    alive = workforce.count_alive(session, now=real_time())
    if not alive and not clock_too:
        yield wrong("workers", "errands wait for workers, and none runs: flask --app app worker")
    elif not alive:
        yield fine("workers", "the clock runs errands")
    else:
        beside = ", beside the clock" if clock_too else ""
        woken = f", woken by {engine.NAME}" if engine.is_on(current_app.config) else ""
        yield fine("workers", f"{alive} heard of in the last two minutes{beside}{woken}")


def errands(session: Session) -> Findings:
    """Whether anything waits that should have been done: a mail, a paper, a round to be closed."""
    signs = vital_signs.take(session, now=real_time())
    late = [
        (signs.errand > vital_signs.ERRAND, signs.errand, "An errand waits", "errands list"),
        (
            signs.round_ > vital_signs.ROUND,
            signs.round_,
            "A round is open past its end",
            "rounds list",
        ),
    ]
    for is_late, since, what, command in late:
        if is_late:
            minutes = since.total_seconds() // 60
            yield wrong(
                "errands", f"{what}, since {minutes:.0f} minutes: flask --app app {command}"
            )
    if not any(is_late for is_late, *_ in late):
        yield fine("errands", "nothing waits that should have been done")
