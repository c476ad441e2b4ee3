"""`python -m checker --database-url … --record …`: checks a run whose database still exists."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from stage import Client

from . import check_database


def main() -> int:
    """Prints the figures, then each violation; ends with 1 when there is any."""
    arguments = argparse.ArgumentParser(prog="checker", description=__doc__)
    arguments.add_argument("--database-url", required=True, help="of a login that sees all tenants")
    arguments.add_argument("--record", required=True, type=Path)
    arguments.add_argument(
        "--port", type=int, action="append", default=[], help="of a service on this machine"
    )
    arguments.add_argument("--key", action="append", default=[], metavar="TENANT=KEY")
    asked = arguments.parse_args()
    services = [partial(Client, port) for port in asked.port]
    keys = dict(key.split("=", 1) for key in asked.key)
    findings = check_database(asked.database_url, services, keys, asked.record)
    for name, figure in sorted(findings.summary.items()):
        print(f"{name:22}{figure:>12,}")
    for violation in findings.violations:
        print(violation)
    return 1 if findings.violations else 0


if __name__ == "__main__":
    sys.exit(main())
