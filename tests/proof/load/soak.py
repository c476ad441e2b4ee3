"""Steady load for a long time: memory and file descriptors must not grow."""

from __future__ import annotations

import time
from statistics import linear_regression

from stage import Service, Watch

from .crowd import Crowd
from .wrk import Target, load

CONNECTIONS = 32
COMMANDS = 0.3
SLICE = 30.0
# Caches are full by then.
WARM_UP = 0.25


def soak(service: Service, target: Target, crowd: Crowd, seconds: float, rest: float) -> list[str]:
    """Reads and commands at a constant rate, with a pause between two requests of a connection; returns failures."""
    assert service.process is not None
    watch = Watch(service.process.pid)
    print(f"\nsoak: {seconds:.0f} s, {COMMANDS:.0%} commands, {CONNECTIONS} connections that rest {1e3 * rest:.0f} ms")
    begun = time.monotonic()
    seen: list[tuple[float, int, int]] = []
    wrong = []
    print_at = 0.0
    answers = 0
    while (left := begun + seconds - time.monotonic()) > 1:
        run = load(target, crowd, CONNECTIONS, min(SLICE, left), COMMANDS, rest)
        answers += run.answers
        watch.look()
        now = time.monotonic() - begun
        seen.append((now, *watch.last))
        if run.refused or run.broken:
            wrong.append(f"soak: {run}")
        if now >= print_at:
            print(f"  {now:6.0f} s  {run}   {watch.last[0]} MiB, {watch.last[1]} descriptors", flush=True)
            print_at = now + seconds / 12
    print(f"  {answers:,} answers; {watch.report()}")
    warm = [one for one in seen if one[0] > WARM_UP * seconds]
    if len(warm) > 2:
        hours = [at / 3600 for at, _, _ in warm]
        memory = linear_regression(hours, [mib for _, mib, _ in warm]).slope
        files = linear_regression(hours, [files for _, _, files in warm]).slope
        print(f"  after the first quarter: {memory:+.1f} MiB and {files:+.1f} descriptors an hour")
    return wrong
