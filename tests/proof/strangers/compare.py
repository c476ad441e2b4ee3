"""Comparison of answers, and search for foreign texts."""

from __future__ import annotations

import re
from statistics import median

from stage import Names, Reply
from .access import masked

_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_POSITION = re.compile(rb'(?<=["\s])\d{1,2}\.\d+(?=["\r])')
_SHOWN = re.compile(rb"\b[a-z]+_[0-9A-Z]{26}\b")
_LENGTH = re.compile(rb"(?<=content-length: )\d+")
_SPELLED = re.compile(rb"[0-9A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{3}")


def without_chance(reply: Reply, sent: dict[str, str]) -> bytes:
    """An answer to a write without its new ids, times and positions.

    `sent` is what callers have sent that their likes have not, by what it is called in both.
    """
    masked_reply = masked(reply)
    for number, pattern in enumerate((_UUID, _TIME, _POSITION, _SHOWN, _SPELLED, _LENGTH)):
        masked_reply = pattern.sub(b"<%d>" % number, masked_reply)
    for name in sorted(sent, key=lambda name: (-len(sent[name]), name)):
        masked_reply = masked_reply.replace(sent[name].encode(), f"<{name}>".encode())
    return masked_reply


def first_difference(one: bytes, other: bytes) -> str:
    """The first difference of two answers."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"…{one[max(0, at - 60) : at + 60]!r} and …{other[max(0, at - 60) : at + 60]!r}"


def never_sent(names: Names, canary: str) -> list[bytes]:
    """Texts of a tenant that no other tenant's request contains."""
    return [canary.encode(), names["hidden"].encode()]


class Times:
    """The times of answers by kind of object: for foreign and for missing ones."""

    def __init__(self) -> None:
        self._taken: dict[str, tuple[list[float], list[float]]] = {}

    def add(self, kind: str, foreign: float, random: float) -> None:
        """Records a pair of consecutive requests."""
        both = self._taken.setdefault(kind, ([], []))
        both[0].append(foreign)
        both[1].append(random)

    def with_those_of(self, other: Times) -> Times:
        """These and others."""
        for kind, both in other._taken.items():
            for foreign, random in zip(*both, strict=True):
                self.add(kind, foreign, random)
        return self

    def report(self) -> list[str]:
        """Prints the medians of each kind, and of the differences within its pairs; returns failures.

        That is a kind with many pairs that are far apart. The bound is generous: a look-up that went through
        another's data would be far beyond it, and a busy machine isn't.
        """
        wrong = []
        for kind, (foreign, random) in sorted(self._taken.items()):
            one, other = median(foreign) * 1e6, median(random) * 1e6
            apart = median(a - b for a, b in zip(foreign, random, strict=True)) * 1e6
            print(f"  {kind:<22} {len(foreign):>6} pairs {one:>8.0f} µs {other:>8.0f} µs {apart:>8.0f} µs apart")
            if len(foreign) >= 200 and abs(apart) > 500 + min(one, other) / 2:
                wrong.append(f"{kind} takes {one:.0f} µs when it is another's, {other:.0f} µs when nobody's")
        return wrong
