"""Every class of fault by its name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..world import World


@dataclass(frozen=True)
class Fault:
    """A class of faults."""

    do: Callable[[World], Awaitable[None]]
    # What is missing for it on this machine; empty when it can be tried.
    missing: Callable[[World], str]


FAULTS: dict[str, Fault] = {}


def fault(
    missing: Callable[[World], str] = lambda _: "",
) -> Callable[[Callable[[World], Awaitable[None]]], Callable[[World], Awaitable[None]]]:
    """Enters a function as the class of faults of its name."""

    def enter(do: Callable[[World], Awaitable[None]]) -> Callable[[World], Awaitable[None]]:
        FAULTS[do.__name__] = Fault(do, missing)
        return do

    return enter
