"""The examples for nginx and Caddy, run before the site: only ports and certificate differ."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from app.codes import SignInRequest
from app.config import look_behind_proxies
from app.extensions import db
from tests.live import serving

DEPLOY = Path(__file__).parents[2] / "app" / "deploy"
NAME = "samen.example"
FORM = "application/x-www-form-urlencoded"
FILES = "multipart/form-data; boundary=edge"

NGINX = """
{user} daemon off; pid {folder}/pid; error_log {folder}/log; worker_processes 1;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {site}
}}
"""
CADDY = """
{{
    admin off
    http_port {http}
    https_port {https}
    skip_install_trust
    local_certs
    storage file_system {folder}
}}
{site}
"""


class Proxy:
    """What stands between a visitor and the site."""

    def __init__(self, http: int, https: int) -> None:
        self.http = http
        self.https = https
        self.trusting = ssl.create_default_context()
        self.trusting.check_hostname, self.trusting.verify_mode = False, ssl.CERT_NONE

    def ask(
        self, path: str, data: bytes | None = None, scheme: str = "https", **headers: str
    ) -> tuple[int, str, str]:
        """The answer's code, where it leads to, and its text."""
        line = HTTPConnection(NAME, timeout=20)
        line.sock = self.call() if scheme == "https" else self.call_in_the_open()
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(line):
            method = "GET" if data is None else "POST"
            line.request(method, path, data, {"Content-Type": FORM} | said)
            answer = line.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()

    def begin_a_form(self) -> socket.socket:
        """Somebody whose form never comes to its end."""
        caller = self.call()
        caller.sendall(
            f"POST /sign-in HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: {FORM}\r\n"
            "Content-Length: 5000\r\n\r\nemail=".encode()
        )
        return caller

    def call(self) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.https), timeout=20)
        return self.trusting.wrap_socket(line, server_hostname=NAME)

    def call_in_the_open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.http), timeout=20)


@pytest.fixture(params=["nginx", "caddy"])
def program(request) -> str:
    program = shutil.which(request.param) or shutil.which(request.param, path="/usr/sbin")
    if program is None:
        pytest.skip(f"NOT TESTED HERE: The example for {request.param}: it is not installed.")
    return program


@pytest.fixture
def site(app, session) -> Iterator[str]:
    app.config |= {"PROXIES": 1, "TRUSTED_HOSTS": [NAME], "WTF_CSRF_ENABLED": False}
    look_behind_proxies(app)
    within, app.reached = app.wsgi_app, []

    def noting(environ, start_response):
        app.reached.append(environ["PATH_INFO"])
        return within(environ, start_response)

    app.wsgi_app = noting
    with serving(app) as address:
        yield address.removeprefix("http://")


@pytest.fixture
def proxy(program, site, tmp_path) -> Iterator[Proxy]:
    with standing_before(site, program, tmp_path) as it:
        yield it


@contextmanager
def standing_before(site: str, program: str, tmp_path: Path) -> Iterator[Proxy]:
    ports = Proxy(free_port(), free_port())
    folder = tmp_path / "proxy"
    folder.mkdir()
    prepare = nginx if Path(program).name == "nginx" else caddy
    with subprocess.Popen(
        [program, *prepare(folder, site, ports)], stderr=subprocess.DEVNULL
    ) as it:
        try:
            wait_for(ports)
            yield ports
        finally:
            it.terminate()


def nginx(folder: Path, site: str, ports: Proxy) -> list[str]:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={NAME}",
         "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    text = (DEPLOY / "nginx.conf").read_text().replace("127.0.0.1:8000", site)
    text = text.replace(f"/etc/letsencrypt/live/{NAME}", str(folder))
    text = text.replace("/srv/koopkracht/app/deploy", str(DEPLOY))
    text = re.sub(r"listen \[::\]:.*;", "", text)  # not every machine has it
    text = text.replace("listen 443", f"listen 127.0.0.1:{ports.https}")
    text = text.replace("listen 80", f"listen 127.0.0.1:{ports.http}")
    file = folder / "nginx.conf"
    user = (
        "user root root;" if os.geteuid() == 0 else ""
    )  # else it takes one that may not write here
    file.write_text(NGINX.format(folder=folder, site=text, user=user))
    return ["-c", str(file), "-e", str(folder / "log")]


def caddy(folder: Path, site: str, ports: Proxy) -> list[str]:
    text = (DEPLOY / "Caddyfile").read_text().replace("127.0.0.1:8000", site)
    file = folder / "Caddyfile"
    file.write_text(CADDY.format(folder=folder, site=text, http=ports.http, https=ports.https))
    return ["run", "--config", str(file), "--adapter", "caddyfile"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_for(proxy: Proxy) -> None:
    """Until it speaks as it should: it listens before its certificate is made."""
    for _ in range(400):
        try:
            proxy.call().close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the proxy did not come up")


def a_file_of(size: int) -> bytes:
    """A form of so many bytes in all, with one file in it."""
    head = b'--edge\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\n'
    tail = b"\r\n--edge--\r\n"
    return head + b"0" * (size - len(head) - len(tail)) + tail


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # no proxy knows of it
def test_a_proxy_lets_through_what_is_for_visitors_and_hides_what_is_not(app, proxy) -> None:
    app.config["METRICS_TOKEN"] = "a token"
    assert proxy.ask("/healthz")[::2] == (200, "ok")
    for path in ("/metrics", "/readyz", "/%6detrics", "//readyz"):
        assert proxy.ask(path, Authorization="Bearer a token")[0] == 404
    assert proxy.ask("/online/news", b"id=tr_1")[0] == 200
    code, leads_to, _ = proxy.ask("/sign-in?next=/", scheme="http")
    assert (code, leads_to) in {(301, there := f"https://{NAME}/sign-in?next=/"), (308, there)}

    # What is as large as may be goes through; what is larger is told by the site, in words.
    most = app.config["MAX_CONTENT_LENGTH"]
    assert proxy.ask("/sign-in", a_file_of(most), Content_Type=FILES)[0] == 422
    code, _, told = proxy.ask("/sign-in", a_file_of(most + 1), Content_Type=FILES)
    assert (code, "Koopkracht" in told) == (413, True)

    # Nobody is somebody else by saying so, and nobody names his own line in the log.
    claims = {"X_Forwarded_For": "10.9.8.7", "X_Real_IP": "10.9.8.7", "X_Forwarded_Host": "evil"}
    assert proxy.ask("/sign-in", b"email=a@example.org", **claims)[0] == 303
    db.session.rollback()
    assert db.session.scalars(select(SignInRequest.address)).all() == ["127.0.0.1"]

    # Who sends slowly reaches the site when all is there, and holds nobody up until then.
    app.reached.clear()
    waiting = [proxy.begin_a_form() for _ in range(20)]
    assert proxy.ask("/healthz")[0] == 200
    assert app.reached == ["/healthz"]
    for caller in waiting:
        caller.close()


def test_who_comes_while_the_site_starts_anew_is_told_or_waits(program, tmp_path) -> None:
    port = free_port()

    with standing_before(f"127.0.0.1:{port}", program, tmp_path) as proxy:
        if Path(program).name == "nginx":
            code, _, told = proxy.ask("/sign-in", b"email=a@example.org")
            assert (code, "Een ogenblik" in told, "One moment" in told) == (502, True, True)
            assert proxy.ask("/away.html")[0] == 404  # it is no page of its own
        else:
            with ThreadPoolExecutor(1) as visitor:
                asked = visitor.submit(proxy.ask, "/sign-in", b"email=a@example.org")
                time.sleep(0.5)
                with HTTPServer(("127.0.0.1", port), Thanks) as site:
                    site.handle_request()
                assert asked.result()[::2] == (200, "thanks")


class Thanks(BaseHTTPRequestHandler):
    """A site that has started."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"thanks")

    def log_message(self, *_: object) -> None:
        """Nothing."""
