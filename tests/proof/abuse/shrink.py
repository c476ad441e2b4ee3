"""The smallest input that still fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from .inputs import Input

_TRIES_MAX = 300


def smallest(failed: Input, fails: Callable[[Input], bool]) -> Input:
    """Drops parts for as long as it still fails."""
    tries = 0
    again = True
    while again:
        again = False
        for smaller in _smaller(failed):
            tries += 1
            if tries > _TRIES_MAX:
                return failed
            if fails(smaller):
                failed, again = smaller, True
                break
    return failed


def _smaller(failed: Input) -> Iterator[Input]:
    if failed.raw is not None:
        for raw in _shorter(failed.raw):
            yield replace(failed, raw=raw)
        return
    request = failed.request
    for dropped in request.headers:
        rest = tuple(header for header in request.headers if header is not dropped)
        yield replace(failed, request=replace(request, headers=rest))
    path, mark, query = request.target.partition("?")
    if mark:
        yield replace(failed, request=replace(request, target=path))
        parts = query.split("&")
        for nth in range(len(parts) if len(parts) > 1 else 0):
            fewer = "&".join(parts[:nth] + parts[nth + 1 :])
            yield replace(failed, request=replace(request, target=f"{path}?{fewer}"))
    for body in _shorter(request.body or b""):
        yield replace(failed, request=replace(request, body=body))


def _shorter(text: bytes) -> Iterator[bytes]:
    size = len(text) // 2
    while size:
        for at in range(0, len(text), size):
            yield text[:at] + text[at + size :]
        size //= 2
