"""Frozen dataclasses as plain JSON and back: one text for one value, in every program.

Canonical: keys sorted, no blanks, UTF-8 in composed form (NFC), whole numbers only. A field at
its default is written too, so that a later default never changes the meaning of an old text.
"""

import json
import types
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: object) -> Any:
    """Dataclasses as objects, enumerations by value, sets sorted, moments in ISO 8601."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, int):
        return value
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    return _plain_group(value)


def _plain_group(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(to_plain(key)): to_plain(held) for key, held in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(to_plain(held) for held in value)
    if isinstance(value, tuple | list):
        return [to_plain(held) for held in value]
    raise TypeError(f"no plain form of {type(value).__name__}")


def canonical(value: object) -> bytes:
    """The one text of this value."""
    text = json.dumps(to_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def from_plain(kind: type[T], plain: Any) -> T:
    """The value of a dataclass again. ValueError, TypeError or KeyError if it is no such thing."""
    built: T = _build(kind, plain)
    return built


def from_canonical(kind: type[T], text: bytes | str) -> T:
    return from_plain(kind, json.loads(text))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(kind: Any, plain: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        (inner,) = [part for part in get_args(kind) if part is not type(None)]
        return None if plain is None else _build(inner, plain)
    if origin in (tuple, frozenset, dict):
        return _build_group(origin, get_args(kind), plain)
    if is_dataclass(kind):
        return _build_record(kind, plain)
    if kind is datetime or kind is date:
        return kind.fromisoformat(plain)
    if issubclass(kind, Enum):
        return kind(plain)
    if type(plain) is not kind:
        raise TypeError(f"{plain!r} is not {kind.__name__}")
    return plain


def _build_group(origin: Any, parts: tuple[Any, ...], plain: Any) -> Any:
    if origin is dict:
        return {_build(parts[0], key): _build(parts[1], held) for key, held in plain.items()}
    if origin is tuple and parts[1:] != (...,):
        return tuple(_build(part, held) for part, held in zip(parts, plain, strict=True))
    return origin(_build(parts[0], held) for held in plain)


def _build_record(kind: Any, plain: Any) -> Any:
    names = {field.name for field in fields(kind)}
    if not isinstance(plain, dict) or plain.keys() != names:
        raise ValueError(f"these are not the fields of {kind.__name__}")
    hints = _hints(kind)
    return kind(**{name: _build(hints[name], plain[name]) for name in names})
