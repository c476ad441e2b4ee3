"""Checks the service against its OpenAPI document by schemathesis."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from stage import Names, Stage, furnish, new_names, routes
from stage.health import healthy
from stage.service import environment

HERE = Path(__file__).parent
MADE = HERE.parents[2] / "target/proof/schemas"
SCOPES = "read,write,admin,audit"
# Disabled checks, with reasons.
UNASKED = {
    # A schema can't say which commands a customer's state allows.
    "positive_data_acceptance",
}


def configuration(key: str, operator: str, names: Names) -> str:
    """The configuration of schemathesis: the keys, and the customer of the requests."""

    def of(path: str, customer: str) -> str:
        return f"[[operations]]\ninclude-path = {json.dumps(path)}\nparameters = {{ \"path.ref\" = {json.dumps(customer)} }}\n"

    commands = "/v1/customers/{ref}/commands/"
    return "\n".join(
        [
            f'hooks = "{HERE / "hooks.py"}"',
            f'headers = {{ "X-Api-Key" = "{key}" }}',
            # Otherwise it would wait for events that never come.
            f'parameters = {{ "path.ref" = "{names["customer"]}", "header.Dossier-At-Least" = "{names["position"]}" }}',
            # Other values would be refused, and nothing else tested.
            "generation.with-security-parameters = false",
            f'[[operations]]\ninclude-path-regex = "^/admin/"\nheaders = {{ "X-Api-Key" = "{operator}" }}',
            # A refused line is reported in its place, in an answer with 200.
            "[[operations]]\ninclude-path = \"/v1/commands\"\nchecks.negative_data_rejection.enabled = false\n",
            # The other routes need an active customer.
            of(commands + "archive-customer", names["hidden"]),
            of(commands + "restore-customer", names["hidden"]),
        ]
    )


def main() -> int:
    """Runs the tool; returns the exit code."""
    parser = argparse.ArgumentParser(prog="schemas", description=__doc__)
    parser.add_argument("--examples", type=int, default=20, help="made-up requests for each route")
    parser.add_argument("--seconds", type=int, default=600, help="when to stop")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default="", help="a regular expression that the paths asked must match")
    asked = parser.parse_args()
    print(f"schemas --seed {asked.seed} --examples {asked.examples}", flush=True)
    MADE.mkdir(parents=True, exist_ok=True)
    with Stage() as stage:
        service = stage.service()
        tenant = stage.tenant("schemas")
        key, operator = stage.key(tenant, SCOPES), stage.key(tenant, "operator")
        client = service.client(key)
        names = new_names(Random(asked.seed), tenant)
        furnish(client, routes(client), names, "schemas")
        names["position"] = client.get("/v1/feed").headers["dossier-position"]
        client.close()
        settings = stage.directory / "schemathesis.toml"
        settings.write_text(configuration(key, operator, names))
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                *("--config-file", str(settings), "--no-color", "run", f"http://127.0.0.1:{service.port}/openapi.json"),
                *("--seed", str(asked.seed), "--max-examples", str(asked.examples), "--max-time", str(asked.seconds)),
                *("--exclude-checks", ",".join(UNASKED), "--request-timeout", "40", "--continue-on-failure"),
                *("--report", "junit,har", "--report-dir", str(MADE), "--generation-database", "none"),
                *(("--include-path-regex", asked.only) if asked.only else ()),
            ],
            cwd=MADE,
            env=environment(),
        )
        wrong = healthy(stage, service)
    for one in wrong:
        print(f"WRONG {one}")
    return int(bool(wrong) or done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
