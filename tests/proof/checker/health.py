"""Checks after the faults: no idle transaction, and the service's own verification agrees."""

from __future__ import annotations

import os
import subprocess
import time

from stage.service import environment

from .findings import Findings
from .log import Connection

# The service never pauses this long between two statements of a transaction.
IDLE_SECONDS = 2.0


def sessions(connection: Connection, findings: Findings) -> None:
    """I23: no session of the service is idle in the same transaction twice in a row."""
    asked = (
        "select pid, xact_start, usename from pg_stat_activity"
        " where state like 'idle in transaction%' and pid <> pg_backend_pid()"
    )
    before = connection.execute(asked).fetchall()
    if not before:
        return
    time.sleep(IDLE_SECONDS)
    for session in connection.execute(asked).fetchall():
        if session in before:
            findings.violation("I23", f"session {session[0]} of {session[2]} is idle in a transaction")


def verified(url: str, findings: Findings) -> None:
    """`dossier verify` agrees with the checker."""
    done = subprocess.run(
        [os.environ["DOSSIER"], "verify"],
        env=environment(DATABASE_URL=url),
        capture_output=True,
        text=True,
        timeout=600,
    )
    if done.returncode == 0:
        return
    said = (done.stdout + done.stderr).strip().splitlines()
    findings.violation("I21", f"dossier verify ends with {done.returncode}: {' / '.join(said[:3])}")
