"""The addresses of the site, worked out once for all the applications that tests make."""

from copy import copy
from typing import Any

from werkzeug.routing import Rule

from app.addresses import LazyRule

_KNOWN: dict[Any, Rule] = {}


def remember_addresses() -> None:
    """From here on.

    Werkzeug reads each of hundreds of addresses piece by piece and compiles how it is written,
    which was two thirds of making an application; and nearly every test has one of its own.
    """
    LazyRule.compile = _compile_once  # type: ignore[method-assign]


def _compile_once(rule: LazyRule) -> None:
    assert rule.map is not None
    reads = tuple(rule.map.converters.values())
    key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, str(rule.defaults), reads)
    if key not in _KNOWN:
        Rule.compile(rule)
        _KNOWN[key] = copy(rule)
        return
    known: Any = _KNOWN[key]
    rule._parts, rule._trace, rule._converters = known._parts, known._trace, known._converters
    rule.arguments |= known.arguments
    rule._build = known._build.__func__.__get__(rule, None)
    rule._build_unknown = known._build_unknown.__func__.__get__(rule, None)
