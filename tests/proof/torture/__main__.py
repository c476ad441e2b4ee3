"""`python -m torture`: tries the service for a while, and says what held."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import shutil
import signal
import sys
from pathlib import Path

from stage import Stage

from .disks import Disks
from .run import Options, run


def main() -> int:
    """The exit code: 1 when anything was violated."""
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    environment = os.environ.get
    parser.add_argument("--seconds", type=float, default=float(environment("TORTURE_SECONDS", "120")))
    parser.add_argument("--seed", default=environment("SEED") or secrets.token_hex(4))
    parser.add_argument("--only", default="", help="classes of faults, by commas; else all")
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--check-every", type=float, default=120.0, help="seconds between checks")
    parser.add_argument("--keep", action="store_true", help="keep the record even if all held")
    options_given = parser.parse_args()
    only = [name for name in options_given.only.split(",") if name]
    kept = Path(__file__).resolve().parents[3] / "target" / "proof" / "torture" / options_given.seed
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    options = Options(options_given.seed, options_given.seconds, only, options_given.writers, options_given.check_every, kept)
    print(f"SEED={options_given.seed}, {options_given.seconds:.0f} s", flush=True)

    # A signal leaves no processes and no disks behind, either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stage = Stage()
    with Disks(stage) as disks, stage:
        try:
            violations = asyncio.run(run(options, stage, disks))
        finally:
            for log in [*stage.directory.glob("*.log"), *stage.directory.glob("*/postgres.log")]:
                shutil.copy(log, kept)
    if violations:
        print(f"{violations} violations; SEED={options_given.seed}; record and logs: {kept}")
        return 1
    if not options_given.keep:
        shutil.rmtree(kept)
    print("Everything held.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
