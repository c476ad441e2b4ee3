"""Bytes and documents, changed at random."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

_TOKENS = [
    b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\\u0000", b"\\ud800", b"\\udc00\\ud800", b"null", b"{}",
    b"[]", b'"', b"\\", b",", b":", b"}", b"{", b"]", b"[", b"1e400", b"-0", b"0.1", b"9007199254740993", b"1E5",
    b"18446744073709551616", b"true", b"NaN", b"//", b"/**/", b"\r\n", b"\n", b"\t", b" ", b"'", b'"":""', b'"a":1,"a":2',
    b"%00", b"%ff", b"%2e%2e", b"&", b"=", b"?", b"#", b"[" * 40, b'{"a":' * 40, b"\xf0\x9f\x90\xa6",
]  # fmt: skip


def bytes_of(random: Random, good: bytes) -> bytes:
    """A few changes of bytes."""
    changed = bytearray(good)
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        at = random.randrange(len(changed) + 1)
        end = min(len(changed), at + random.choice((1, 1, 2, 4, 16)))
        match random.randrange(7):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << random.randrange(8)
            case 1 if changed:
                changed[at % len(changed)] = random.randrange(256)
            case 2:
                del changed[at:end]
            case 3:
                changed[at:at] = random.choice(_TOKENS)
            case 4:
                changed[at:end] = random.choice(_TOKENS)
            case 5:
                changed[at:at] = changed[at:end] * random.choice((1, 2, 50))
            case _:
                del changed[at:]
    return bytes(changed)


def body_of(random: Random, good: bytes) -> bytes:
    """A body that is almost a good one: other bytes, or the same document with something moved."""
    if random.random() < 0.6:
        return bytes_of(random, good)
    try:
        document = json.loads(good)
    except ValueError:
        return bytes_of(random, good)
    places = list(_places(document))
    for _ in range(random.choice((1, 1, 2, 3))):
        place = random.choice(places)
        document = changed_at(document, place, lambda value: _another(random, value))
    return json.dumps(document).encode()


def _another(random: Random, value: Any) -> Any:
    simple: list[Any] = [None, True, 0, -1, 1, 2**53, -(2**63), 0.5, "", "a", [], {}, [value], {"a": value}, [value] * 201]
    if isinstance(value, dict) and value:
        name = random.choice(list(value))
        less = {other: inner for other, inner in value.items() if other != name}
        simple += [less, value | {"extra": 1}, less | {name.upper(): value[name]}, value | {"id": "x"}]
    if isinstance(value, str):
        simple += [value * 2, value * 500, value.upper(), value + "\u0301", value[::-1], f" {value} ", [value, value]]
    return random.choice(simple)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path] + [place for name, one in inner for place in _places(one, (*path, name))]


def texts_of(value: Any) -> list[tuple[Any, ...]]:
    """The places of the texts of a document."""
    places = _places(value)
    return [place for place in places if isinstance(_at(value, place), str)]


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        value = value[step]
    return value


def changed_at(value: Any, place: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """The document with the value at a place changed, if that place is still there."""
    if not place:
        return change(value)
    if isinstance(value, dict) and place[0] in value:
        return value | {place[0]: changed_at(value[place[0]], place[1:], change)}
    if isinstance(value, list) and isinstance(place[0], int) and place[0] < len(value):
        return [
            changed_at(one, place[1:], change) if nth == place[0] else one for nth, one in enumerate(value)
        ]
    return value
