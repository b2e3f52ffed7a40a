"""What the processes tell of themselves: a line each, with the request it belongs to.

Nothing that a visitor sent is repeated in a line, and no mail address: what is secret stands in
addresses of pages, in forms and in the answers of mail servers. With LOG=json each line is JSON
and each request has one; else only what somebody should look at, as text.
"""

import logging
import re
import secrets
import sys
import time
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from typing import Any, TextIO

import structlog
from flask import Flask, current_app, g, has_request_context, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

HEADER = "X-Request-ID"
HIDDEN = "…"
SHORTEST = 4  # what is shorter is a number of a page, or yes
OURS = ("app", "purchasing", "suppliers")
_MAIL = re.compile(r"[^\s<>\"'(),;:=]+@[^\s<>\"'(),;:]+")
_GIVEN_ID = re.compile(r"[\w.-]{8,64}")

log = logging.getLogger(__name__)

Event = MutableMapping[str, Any]


def register(app: Flask) -> None:
    """Give each request an id, and tell of it. Tests listen for themselves."""
    app.before_request(_receive)
    app.after_request(_tell)
    if not app.testing and not _handlers():
        as_json = app.config["LOG"] == "json"
        listen(sys.stderr, as_json=as_json, level=logging.INFO if as_json else logging.WARNING)


def listen(stream: TextIO, *, as_json: bool, level: int) -> logging.Handler:
    """Write what is told to this stream, from now on: ours from `level`, others' warnings."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(as_json))
    logging.getLogger().addHandler(handler)
    tell_from(level)
    return handler


def tell_from(level: int) -> None:
    """From which level our own lines are told."""
    for name in OURS:
        logging.getLogger(name).setLevel(level)


def _handlers() -> list[logging.Handler]:
    return [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    ]


def _formatter(as_json: bool) -> logging.Formatter:
    ends: list[Any] = (
        [structlog.processors.JSONRenderer(ensure_ascii=False)]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=("method", "route", "status", "ms")),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_request,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _hide,
            *ends,
        ],
    )


def _add_request(_logger: object, _method: str, event: Event) -> Event:
    if has_request_context() and "request_id" in g:
        event["request_id"] = g.request_id
    return event


def _hide(_logger: object, _method: str, event: Event) -> Event:
    """Take out mail addresses, and whatever the visitor sent."""
    sent = sorted(set(_sent()), key=len, reverse=True)
    for key in ("event", "exception"):
        if isinstance(event.get(key), str):
            event[key] = _without(event[key], sent)
    return event


def _without(text: str, sent: list[str]) -> str:
    for value in sent:
        text = text.replace(value, HIDDEN)
    return _MAIL.sub(HIDDEN, text)


def _sent() -> Iterator[str]:
    if not has_request_context():
        return
    values = [*(request.view_args or {}).values(), request.query_string.decode("latin-1")]
    with suppress(HTTPException):  # a form that is too large
        values += [text for _, texts in request.values.lists() for text in texts]
    for value in values:
        if isinstance(value, str) and len(value) >= SHORTEST:
            yield value


def _receive() -> None:
    given = request.headers.get(HEADER, "")
    trusted = int(current_app.config["PROXIES"]) and _GIVEN_ID.fullmatch(given)
    g.request_id = given if trusted else secrets.token_hex(8)
    g.begun = time.perf_counter()


def _tell(response: Response) -> Response:
    """By the route, never by the address: a link may be all that one needs to get in."""
    if "request_id" in g:
        response.headers[HEADER] = g.request_id
        facts = {
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else "",
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.begun) * 1000, 1),
        }
        log.info("request", extra=facts)
    return response
