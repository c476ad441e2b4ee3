"""Measures the service under load by wrk, with many customers in the database."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from stage import Stage

from .cost import cost
from .crowd import Crowd, gather, register, wait_for_read_models
from .crowding import crowding
from .floods import neighbours, overload, rate_limit
from .rates import rates
from .sizes import sizes
from .soak import soak
from .wrk import Target

TENANTS = 16
OF_TENANT = 10_000
RATE = 200
PARTS = ("rates", "cost", "overload", "neighbours", "crowding", "limit", "soak", "sizes")


def main() -> int:
    """The exit code: 1 when any answer was wrong. Figures do not affect it."""
    parser = argparse.ArgumentParser(prog="load", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000, help="of one tenant; others have more")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run")
    parser.add_argument("--soak", type=float, default=60.0, help="seconds of steady work")
    parser.add_argument("--rest", type=float, default=0.02, help="seconds between two requests of a connection of the soak")
    parser.add_argument("--only", default="", help=f"parts, by commas: {', '.join(PARTS)}")
    asked = parser.parse_args()
    wrong: list[str] = []
    with Stage() as stage:
        service = stage.service()
        ours = Target(service.port, "/v1/customers/", "/commands/update-profile")
        begun = time.monotonic()
        tenant = stage.tenant("big")
        big = register(stage, service, "big", [tenant], asked.customers)
        taken = time.monotonic() - begun
        print(f"{asked.customers:,} customers registered in {taken:.0f} s, {asked.customers / taken:,.0f}/s", flush=True)
        operator = stage.key(tenant, scopes="operator")
        waited = wait_for_read_models(service, operator)
        print(f"read models had them {waited:.0f} s later", flush=True)

        def others(name: str, tenants: int = 1, per_second: int = 0) -> Crowd:
            return gather(stage, service, name, tenants, tenants * OF_TENANT, per_second=per_second)

        parts: dict[str, Callable[[], list[str]]] = {
            "rates": lambda: rates(stage, service, ours, big, asked.seconds),
            "cost": lambda: cost(stage, service, ours, big, operator, asked.seconds),
            "overload": lambda: overload(service, ours, others("many", TENANTS), asked.seconds),
            "neighbours": lambda: neighbours(ours, big, others("beside"), asked.seconds),
            "crowding": lambda: crowding(stage, service, ours, asked.seconds),
            "limit": lambda: rate_limit(service, ours, others("limited", per_second=RATE), RATE, asked.seconds),
            "soak": lambda: soak(service, ours, big, asked.soak, asked.rest),
            "sizes": lambda: sizes(stage, service, tenant, big),
        }
        for name, part in parts.items():
            if not asked.only or name in asked.only.split(","):
                wrong += part()
        stage.dossier("verify")
        print("\nthe log was verified")
    for finding in wrong:
        print(f"WRONG {finding}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
