"""Reads and commands per second, beside the stock stack and a static server."""

from __future__ import annotations

from statistics import median

from stage import Service, Stage, Watch

from .beside import Beside
from .crowd import Crowd
from .wrk import Run, Target, load

CONNECTIONS = 64
# Alternately, so other load on the machine affects all.
ROUNDS = 3


def rates(stage: Stage, service: Service, ours: Target, crowd: Crowd, seconds: float) -> list[str]:
    """Prints the table; returns failures."""
    assert service.process is not None
    wrong = []
    with Beside(stage.postgres, crowd) as beside:
        stage.postgres.sql("vacuum (analyze)", "checkpoint")
        watches = {"this service": Watch(service.process.pid), "stock stack": Watch(beside.process.pid)}
        for what, share in (("reads of a customer", 0.0), ("commands that change one", 1.0)):
            targets = {"this service": (ours, crowd), "stock stack": (beside.stock, crowd)}
            if share == 0.0:
                targets["hello of 1 KB"] = (beside.hello, None)
            runs: dict[str, list[Run]] = {name: [] for name in targets}
            for _ in range(ROUNDS):
                for name, (target, known) in targets.items():
                    runs[name].append(load(target, known, CONNECTIONS, seconds, share))
                    if name in watches:
                        watches[name].look()
            print(f"\n{what}, {CONNECTIONS} connections, the median of {ROUNDS} runs of {seconds:.0f} s")
            first = median(run.rate for run in runs["this service"])
            for name, of_name in runs.items():
                middle = sorted(of_name, key=lambda run: run.rate)[ROUNDS // 2]
                print(f"  {name:<14} {middle}   {first / middle.rate:5.2f}", flush=True)
            wrong += [f"{what}: {run}" for run in runs["this service"] if run.refused or run.broken]
        for name, watch in watches.items():
            print(f"  {name}: {watch.report()}")
    return wrong
