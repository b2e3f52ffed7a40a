"""What an operator asks: is it up, is it ready, how is it, and is all of it true?"""

import json
import os
import re
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

import purchasing
from app import heartbeat, vital_signs, workforce
from app.doctor import machine, series
from app.doctor.findings import Grade
from app.documents import requirements
from app.duties import real_time
from app.extensions import db
from purchasing import errands, mail_pause, numbers
from purchasing.books.ledger import Entry
from purchasing.errands import Errand, Kind
from purchasing.numbers import NumberSeries
from purchasing.papers import Paper, PaperKind, StoredDocument
from purchasing.people import Network
from tests.app.coordinator import village
from tests.app.coordinator.village import DAY, NOW
from tests.app.post_office import LISTED, PostOffice
from tests.app.test_backup import a_printed_bill
from tests.builders import ACTOR, a_bill, a_household, a_network

MINUTE = timedelta(minutes=1)
DOMAIN = Path(purchasing.__file__).parent


@pytest.fixture
def running(app, session):
    """A network whose clock has just looked."""
    a_network(session)
    session.commit()
    heartbeat.beat()


def ready(visitor) -> tuple[int, list[str]]:
    answer = visitor.open("/readyz")
    return answer.status_code, json.loads(answer.text)["faults"]


# --- /healthz, /readyz, /metrics -----------------------------------------------------------------


def test_it_is_up_and_ready_when_all_goes_by_itself(running, visitor) -> None:
    assert visitor.open("/healthz").text == "ok"
    assert ready(visitor) == (200, [])


def test_a_clock_that_never_ran_is_not_ready(session, visitor) -> None:
    assert ready(visitor) == (503, ["clock"])


def test_an_errand_that_waits_too_long_is_not_ready(running, session, visitor) -> None:
    at = real_time()  # for a run of all tests takes longer than that
    errands.ask(session, Kind.MAIL_NEWS, "x:1", now=at - 9 * MINUTE)
    session.commit()
    assert ready(visitor) == (200, [])

    errands.ask(session, Kind.MAIL_NEWS, "x:2", now=at - 11 * MINUTE)
    session.commit()
    assert ready(visitor) == (503, ["errands"])


def test_a_mail_that_fails_again_and_again_counts_from_when_it_was_asked(
    running, session, visitor
) -> None:
    errands.ask(session, Kind.MAIL_NEWS, "x:1", now=NOW - DAY)
    later = {"not_before": NOW + 9 * MINUTE, "last_error": "no answer"}
    session.execute(update(Errand).values(**later))
    session.commit()

    assert ready(visitor) == (503, ["errands"])


def test_mail_that_is_paused_is_meant_to_wait(running, session, visitor) -> None:
    errands.ask(session, Kind.MAIL_NEWS, "x:1", now=NOW - DAY)
    mail_pause.pause(session, "", actor=ACTOR, now=NOW)
    session.commit()

    assert ready(visitor) == (200, [])


def test_where_errands_are_left_to_workers_one_must_be_there(
    app, running, session, visitor
) -> None:
    app.config["ERRANDS"] = "workers"
    assert ready(visitor) == (503, ["workers"])

    workforce.beat(session, "here:1", now=real_time() - 3 * MINUTE)
    session.commit()
    assert ready(visitor) == (503, ["workers"])
    workforce.beat(session, "here:1", now=real_time())
    session.commit()
    assert ready(visitor) == (200, [])


def test_a_round_that_should_have_closed_is_not_ready(running, session, visitor) -> None:
    here = village.build(session)
    here.round.closes_at = NOW - 6 * MINUTE
    session.execute(text("DELETE FROM errand"))
    session.commit()

    assert ready(visitor) == (503, ["round"])


def test_a_schema_of_another_version_is_not_ready(running, session, visitor) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()

    assert ready(visitor) == (503, ["migrations"])


def test_a_database_without_tables_is_not_ready(app, session, visitor) -> None:
    session.execute(text("DROP TABLE mail_pause"))
    session.commit()

    assert ready(visitor) == (503, ["database"])


def test_figures_are_off_until_a_token_is_set_and_only_for_who_has_it(
    app, running, visitor
) -> None:
    assert visitor.open("/metrics").status_code == 404

    app.config["METRICS_TOKEN"] = "a token"
    assert visitor.open("/metrics").status_code == 404
    wrong = visitor.open("/metrics", headers={"Authorization": "Bearer another"})
    assert wrong.status_code == 404
    right = visitor.open("/metrics", headers={"Authorization": "Bearer a token"})
    assert right.content_type.startswith("text/plain")


def test_figures_are_in_the_format_of_prometheus_and_name_nobody(
    app, running, session, visitor
) -> None:
    village.ordered(session)
    app.config["METRICS_TOKEN"] = "a token"

    lines = visitor.open("/metrics", headers={"Authorization": "Bearer a token"}).text.splitlines()

    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert values['koopkracht_rounds{state="ordered"}'] == "1"
    assert values["koopkracht_migrations_in_step"] == "1"
    assert values["koopkracht_workers"] == "0"
    assert float(values["koopkracht_clock_age_seconds"]) < 60
    assert float(values['koopkracht_errands{state="waiting"}']) > 0
    assert not any("@" in line or "Huis" in line for line in lines)


# --- a coordinator is told -----------------------------------------------------------------------


def test_mail_that_stands_still_is_told_to_who_coordinates(running, session, visitor) -> None:
    here = village.build(session)
    session.execute(text("DELETE FROM errand"))
    session.commit()
    page = visitor.sign_in(here.coordinator).get("/coordinator/")
    assert not page.select_one("#mail-waits")

    errands.ask(session, Kind.MAIL_NEWS, "x:1", now=NOW - DAY)
    session.commit()

    assert visitor.get("/coordinator/").select_one("#mail-waits")


# --- doctor --------------------------------------------------------------------------------------


@pytest.fixture
def examine(app, running, session, monkeypatch):
    """`examine()`: what is wrong, by what it is about; and the exit code."""
    monkeypatch.setattr(vital_signs, "CLOCK", timedelta(days=1))
    app.config["BID_KEY"] = app.config["SECRET_KEY"] = "x" * 40

    def look() -> tuple[dict[str, str], int]:
        session.commit()
        session.remove()
        result = app.test_cli_runner().invoke(args=["doctor", "--json"])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        found = json.loads(result.stdout)
        assert {f["about"] for f in found} >= {
            "settings", "time zone", "fonts", "database", "mail", "disk", "clock", "documents",
            "books", "numbers",
        }  # fmt: skip
        return {f["about"]: f["told"] for f in found if f["grade"] == "wrong"}, result.exit_code

    return look


def test_a_healthy_installation_has_nothing_wrong(app, session, examine) -> None:
    a_printed_bill(session, a_household(session), Path(app.config["DOCUMENTS_FOLDER"]))

    assert examine() == ({}, 0)


def test_a_paper_whose_bytes_changed_is_found(app, session, examine) -> None:
    folder = Path(app.config["DOCUMENTS_FOLDER"])
    a_printed_bill(session, a_household(session), folder)
    path = session.scalars(select(StoredDocument.path)).one()
    (folder / path).write_bytes(b"something else")

    wrong, code = examine()

    assert (set(wrong), code) == ({"documents"}, 1)


def test_a_number_that_is_missing_is_found_unless_its_gap_is_on_record(session, examine) -> None:
    household = a_household(session)
    a_bill(session, household, 100)
    series = session.scalars(select(NumberSeries).where(NumberSeries.key == "invoice:2026")).one()
    series.last = 3
    session.flush()
    a_bill(session, household, 100)
    assert "2 numbers are missing" in examine()[0]["numbers"]

    series = session.scalars(select(NumberSeries).where(NumberSeries.key == "invoice:2026")).one()
    series.last = 1
    session.flush()
    numbers.lift(session, {"invoice:2026": 3}, reason="a restore", actor=ACTOR, now=NOW)
    series.last = 4
    assert examine() == ({}, 0)


@pytest.mark.parametrize("name", sorted(series.KNOWN))
def test_a_series_of_which_all_is_gone_is_found(session, examine, name) -> None:
    numbers.take(session, f"{name}:2026", 3)

    told = f"{name}:2026: 3 numbers are missing without a reason (1, 2, 3, …)"
    assert examine() == ({"numbers": told}, 1)


def test_every_series_of_a_year_is_looked_at() -> None:
    taken = re.compile(
        r"""Series\("([\w-]+)"|take\(session, f["'](\w+):|next_number\(session, "(\w+)\""""
    )
    sources = [path.read_text(encoding="utf-8") for path in DOMAIN.rglob("*.py")]
    found = {name for source in sources for names in taken.findall(source) for name in names}

    assert found - {"", "mandate"} == series.KNOWN


@pytest.mark.parametrize(
    ("kind", "number", "key"),
    [
        (PaperKind.SUPPLEMENT, "2026-0001", "invoice"),
        (PaperKind.PREPAYMENT, "2026-0001", "invoice"),
        (PaperKind.INVOICE, "D-2026-0001", "fee"),
        (PaperKind.SUPPLEMENT, "A-2026-0001", "settlement"),
        (PaperKind.CREDIT_NOTE, "AC-2026-0001", "credit-settlement"),
        (PaperKind.LOT_SHEET, "K-2026-0001", "lot_sheet"),
        (PaperKind.LOT_SHEET, "T-2026-0001", "lot_sheet"),
        (PaperKind.CASH_RECEIPT, "K-2026-0001", "cash"),
    ],
)
def test_a_paper_counts_in_the_series_that_numbered_it(
    session, examine, kind, number, key
) -> None:
    numbers.take(session, f"{key}:2026")
    session.add(
        Paper(
            kind=kind, number=number, language="nl", issued_on=NOW.date(), issued_at=NOW,
            snapshot={},
        )
    )  # fmt: skip
    assert examine() == ({}, 0)


def test_a_round_that_was_ordered_has_its_numbers(session, examine) -> None:
    village.ordered(session)

    assert "numbers" not in examine()[0]


def test_books_that_do_not_add_up_are_found(session, examine) -> None:
    a_bill(session, a_household(session), 100)
    session.flush()
    if db.engine.dialect.name == "sqlite":
        for (name,) in session.execute(
            text("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='entry'")
        ).all():
            session.execute(text(f"DROP TRIGGER {name}"))
    else:
        session.execute(text("ALTER TABLE entry DISABLE TRIGGER USER"))
    session.execute(update(Entry).where(Entry.cents > 0).values(cents=101))

    wrong, code = examine()

    assert (set(wrong), code) == ({"books"}, 1)


def test_mail_without_a_server_that_answers_is_found(app, examine) -> None:
    app.config |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": 9, "SMTP_TIMEOUT": 2}

    assert set(examine()[0]) == {"mail"}


def test_a_network_that_cannot_say_who_writes_is_found(app, session, examine) -> None:
    """The server answers, and still every mail waits: also the codes to sign in with."""
    session.execute(update(Network).values(email=""))
    office = PostOffice()
    app.config |= {"SMTP_HOST": LISTED, "SMTP_PORT": office.port, "SMTP_STARTTLS": False}
    office.open()
    try:
        assert "no address to send from" in examine()[0]["mail"]
        app.config["MAIL_FROM"] = "samen@example.org"
        assert examine() == ({}, 0)
    finally:
        office.close()


def test_errands_that_nobody_runs_are_found(app, examine) -> None:
    app.config["ERRANDS"] = "workers"
    assert "none runs" in examine()[0]["workers"]

    app.config["ERRANDS"] = "somebody"
    assert "say 'clock' or 'workers'" in examine()[0]["workers"]


def test_an_address_in_the_open_and_a_secret_that_all_can_read_are_found(app, examine) -> None:
    app.config["BASE_URL"] = "http://samen.example"
    assert "not https" in examine()[0]["settings"]

    app.config["BASE_URL"] = "https://samen.example"
    file = Path(app.instance_path) / "bid_key"
    file.write_text("x")
    file.chmod(0o644)
    assert "can be read by others" in examine()[0]["settings"]


def test_a_schema_of_another_version_is_found(session, examine) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    assert "db upgrade" in examine()[0]["database"]


def test_a_key_that_is_too_short_is_found(app, examine) -> None:
    app.config["BID_KEY"] = "guessed"

    assert "BID_KEY is shorter" in examine()[0]["settings"]


def test_a_site_behind_a_proxy_that_nobody_told_of_is_warned_about(app, session) -> None:
    app.config |= {"BASE_URL": "https://samen.example", "PROXIES": 0}
    told = [found.told for found in machine.settings(session) if found.grade == Grade.WARNING]
    assert "PROXIES is 0" in told[0]

    app.config["PROXIES"] = 1
    assert not [found for found in machine.settings(session) if found.grade == Grade.WARNING]


def test_a_time_zone_that_is_not_known_here_is_found(session, examine) -> None:
    session.execute(update(Network).values(timezone="Europe/Schalkwijk"))

    assert "install tzdata" in examine()[0]["time zone"]


def test_fonts_that_printing_lacks_are_found(examine, monkeypatch) -> None:
    monkeypatch.setattr(requirements, "missing", lambda: ["fonts-lato"])

    assert "apt-get install fonts-lato" in examine()[0]["fonts"]


def test_a_library_of_sqlite_that_can_damage_a_database_is_found(app, monkeypatch) -> None:
    monkeypatch.setattr(machine, "SAFE_SQLITE", (99, 0, 0))

    assert machine._sqlite_version().grade == Grade.WRONG


def test_a_disk_that_is_nearly_full_is_found(examine, monkeypatch) -> None:
    monkeypatch.setattr(machine, "TOO_LITTLE", 10**12)

    assert "MB free" in examine()[0]["disk"]


def test_a_clock_that_stands_still_is_found(examine, monkeypatch) -> None:
    monkeypatch.setattr(vital_signs, "CLOCK", timedelta(days=-1))

    assert "The clock last looked" in examine()[0]["clock"]


def test_a_clock_that_looked_in_a_time_that_is_still_to_come_is_not_taken_for_one_that_runs(
    app, examine, monkeypatch
) -> None:
    monkeypatch.setattr(vital_signs, "CLOCK", timedelta(minutes=2))
    ahead = time.time() + 86_400
    os.utime(Path(app.instance_path) / "clock_heartbeat", (ahead, ahead))

    assert "The clock last looked" in examine()[0]["clock"]


@pytest.mark.parametrize(
    ("setting", "about"),
    [("NUMBERS_FILE", "trail"), ("BASE_URL", "settings"), ("DOCUMENTS_FOLDER", "documents")],
)
def test_what_cannot_be_looked_at_is_wrong_and_the_rest_is_looked_at(
    app, session, examine, tmp_path, setting, about
) -> None:
    """Each is what a slip of the hand makes of it: a folder for a file, a name cut in two."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    slips = {"NUMBERS_FILE": "folder", "DOCUMENTS_FOLDER": "file/below"}
    a_printed_bill(session, a_household(session), Path(app.config["DOCUMENTS_FOLDER"]))
    session.commit()
    app.config[setting] = str(tmp_path / slips[setting]) if setting in slips else "https://[::1"

    assert about in examine()[0]


def test_the_disk_of_the_database_is_looked_at_wherever_it_lies(app, session) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("of SQLite")
    app.config["NUMBERS_FILE"] = "/dev/numbers"

    looked_at = {found.told.partition(" free at ")[2] for found in machine.disk(session)}

    assert {str(Path(str(db.engine.url.database)).parent), "/dev"} <= looked_at


def test_a_row_that_leads_to_nothing_is_found(session, examine) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("of SQLite; PostgreSQL lets nobody make one")
    a_bill(session, a_household(session), 100)
    session.commit()
    session.remove()
    with closing(db.engine.raw_connection()) as by_hand:
        by_hand.driver_connection.execute("PRAGMA foreign_keys=OFF")
        by_hand.driver_connection.execute("DELETE FROM participant")
        by_hand.driver_connection.execute("PRAGMA foreign_keys=ON")

    assert "leads to nothing in participant" in examine()[0]["database"]


def test_what_waits_too_long_is_found(session, examine) -> None:
    errands.ask(session, Kind.MAIL_NEWS, "x:1", now=datetime.now(UTC) - 3 * DAY)

    assert "An errand waits, since 4320 minutes" in examine()[0]["errands"]


def test_a_round_that_is_open_past_its_end_is_found(session, examine) -> None:
    here = village.build(session)
    here.round.closes_at = NOW - DAY

    assert "A round is open past its end" in examine()[0]["errands"]
