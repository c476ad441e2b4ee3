"""The summary of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from .world import World

COUNTED = {
    "acknowledged": "acknowledged commands",
    "refused": "refused commands",
    "lost": "lost",
    "doubled": "doubled",
    "phantom": "phantom",
    "unknown_happened": "unknown, happened",
    "unknown_not": "unknown, did not happen",
    "duplicates_compared": "duplicates compared byte for byte",
    "events": "events",
}


class Tried(Protocol):
    """The faults of one class."""

    recovered: list[float]
    felt: int
    missing: str


def report(world: World, tried: Mapping[str, Tried], summary: Mapping[str, int], took: float) -> None:
    """Prints the faults and the results."""
    print(f"\n{'fault':24} {'count':>5} {'recovered within, s':>20} {'requests that failed':>21}")
    for name, faults in sorted(tried.items()):
        if faults.missing:
            print(f"{name:24}     - {'needs ' + faults.missing:>20}")
        elif faults.recovered:
            print(f"{name:24} {len(faults.recovered):5} {max(faults.recovered):20.2f} {faults.felt:21}")
        else:
            print(f"{name:24}     0 {'no time':>20}")
    times = [seconds for faults in tried.values() for seconds in faults.recovered]
    classes = sum(bool(faults.recovered) for faults in tried.values())
    answered = sum(count for status, count in world.counts.items() if status.isdigit())
    print(f"\n{len(times)} faults of {classes} classes in {took:.0f} s, seed {world.seed}")
    print(f"{answered + silent(world)} requests, {answered / took:.0f} answered per second")
    for name, words in COUNTED.items():
        print(f"{summary.get(name, 0):10} {words}")
    for name, count in sorted(world.counts.items()):
        print(f"{count:10} {'answers ' if name.isdigit() else ''}{name}")
    for name in sorted(set(summary) - set(COUNTED)):
        print(f"{summary[name]:10} {name} (checker)")
    print(f"{len(world.violations):10} violations")


def silent(world: World) -> int:
    """Requests without an answer."""
    return sum(count for name, count in world.counts.items() if name.startswith("none: "))
