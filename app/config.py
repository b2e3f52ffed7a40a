"""What this installation is told: defaults, then KOOPKRACHT_* in the environment, then the test.

Defaults need no other service: SQLite, files on disk, mail to a folder. Read
`flask --app app config` for what is in force.
"""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.database import engine_options

INSTANCE = Path(
    os.environ.get("KOOPKRACHT_INSTANCE", Path(__file__).parent.parent / "instance")
).absolute()
SECRET_BYTES = 32
THIS_MACHINE = ("127.0.0.1", "localhost")
PREFIX = "KOOPKRACHT"

DEFAULTS: dict[str, Any] = {
    "BASE_URL": "http://127.0.0.1:8000",  # links in mails are built from this alone
    "PROXIES": 0,  # how many proxies of our own stand before us; what others claim is not believed
    "MAIL_FROM": "",  # empty: the network's own address
    "MAIL_FOLDER": "",  # empty: <instance>/mail, unless SMTP_HOST is set
    "SMTP_HOST": "",
    "SMTP_PORT": 587,
    "SMTP_USER": "",
    "SMTP_PASSWORD": "",
    "SMTP_STARTTLS": True,
    "SMTP_TIMEOUT": 20,
    "DOCUMENTS_FOLDER": "",
    "DOCUMENTS_URL": "",  # s3://bucket/prefix: papers are kept there; empty: in DOCUMENTS_FOLDER
    "DOCUMENTS_ENDPOINT": "",  # https://…, the store's own address; empty: Amazon's
    "DOCUMENTS_REGION": "",  # empty: AWS_REGION
    "DOCUMENTS_TIMEOUT": 10,
    "BID_KEY": "",  # seals bids; empty: <instance>/bid_key. The same on every machine there is
    "NUMBERS_FILE": "",  # the highest number of each series; empty: <instance>/issued_numbers.log
    "SECOND_STEP_FOR_STAFF": False,  # coordinators and administrators must have one
    "MOLLIE_KEY": "",  # lets people pay online; empty: off, and no button is shown
    "MOLLIE_URL": "https://api.mollie.com",
    "MOLLIE_TIMEOUT": 10,
    "LOG": "",  # json: a line of JSON for each request and event; empty: problems, as text
    "METRICS_TOKEN": "",  # who sends it may read /metrics; empty: nobody
    "POSTGRES_TOOLS": "",  # the folder of pg_dump and pg_restore; empty: looked for
    "GRACE_SECONDS": 2.0,
    "CLOCK_SECONDS": 2.0,
    "PRESS_WORKERS": 2,
    "ERRANDS": "clock",  # who runs errands: the clock beside its closings, or only `workers`
    "ENGINE": "",  # `procrastinate`, on PostgreSQL: wakes workers at once; empty: they look
    "MAX_CONTENT_LENGTH": 21 * 1024 * 1024,  # the largest file, of a bank, and the form around it
    "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
    "MAX_FORM_PARTS": 5000,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_SECURE": None,  # follows from BASE_URL
    "WTF_CSRF_TIME_LIMIT": None,  # an order form may lie open for an evening
    "SQLALCHEMY_TRACK_MODIFICATIONS": False,
}


def configure(app: Flask, settings: dict[str, object]) -> None:
    """Fill app.config. Makes the instance folder and its secret where they are not there yet."""
    instance = Path(str(settings.get("INSTANCE_FOLDER", INSTANCE)))
    instance.mkdir(parents=True, exist_ok=True)
    app.instance_path = str(instance)
    app.config.update(DEFAULTS)
    app.config.from_prefixed_env(PREFIX)
    app.config.update(settings)
    _fill(app.config, "SECRET_KEY", lambda: _secret(instance / "secret_key"))
    _fill(app.config, "BID_KEY", lambda: _secret(instance / "bid_key"))
    _fill(app.config, "DOCUMENTS_FOLDER", lambda: str(instance / "documents"))
    _fill(app.config, "NUMBERS_FILE", lambda: str(instance / "issued_numbers.log"))
    _fill(app.config, "MAIL_FOLDER", lambda: str(instance / "mail"))
    _fill(
        app.config,
        "SQLALCHEMY_DATABASE_URI",
        lambda: f"sqlite:///{instance / 'koopkracht.sqlite'}",
    )
    options = engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    if app.config["SESSION_COOKIE_SECURE"] is None:
        app.config["SESSION_COOKIE_SECURE"] = app.config["BASE_URL"].startswith("https:")
    _fill(app.config, "TRUSTED_HOSTS", lambda: _hosts(str(app.config["BASE_URL"])))
    look_behind_proxies(app)


def look_behind_proxies(app: Flask) -> None:
    """See the visitor's own address: sign-in codes are counted by it."""
    if proxies := int(app.config["PROXIES"]):
        seen = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
        app.wsgi_app = seen  # type: ignore[method-assign]


def _hosts(base_url: str) -> list[str] | None:
    """The names that a request may call us by: our own, and this machine's for probes.

    While the site only has an address of this machine, whoever tries it out may use any.
    """
    ours = urlsplit(base_url).hostname or ""
    return None if ours in {"", *THIS_MACHINE} else [ours, *THIS_MACHINE]


def _fill(values: dict[str, Any], key: str, make: Any) -> None:
    if not values.get(key):
        values[key] = make()


def _secret(path: Path) -> str:
    """The installation's own secret, made once and readable by its owner only."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(SECRET_BYTES))
    return path.read_text()
