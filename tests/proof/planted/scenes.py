"""Short runs in each of which some defects show, and nothing does when there is none."""

from __future__ import annotations

import json
import signal
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from checker import sample
from stage import Answer

from .play import Play

WRITERS = 4
# How long is written before something is killed.
BEFORE_SECONDS = 1.0
# How long what got no answer is tried again, in all.
AGAIN_SECONDS = 10.0
ROUNDS = 15

Kept = list[tuple[str, dict[str, str], Any]]


def _profile(name: str) -> dict[str, Any]:
    return {"profile": {"name": name}}


def _write_until(play: Play, stop: threading.Event, open_ended: Kept) -> Callable[[], None]:
    """A writer that keeps what it got no answer to."""
    send = play.sender()

    def write() -> None:
        known: list[str] = []
        while not stop.is_set():
            path, body, key = "/v1/customers", _profile(f"n{play.chance.random()}"), play.key()
            if known and play.chance.random() < 0.5:
                path = f"/v1/customers/{play.chance.choice(known)}/commands/update-profile"
                body = {"title": f"t{play.chance.random()}"}
            answer = send("POST", path, body, key)
            if answer is None or answer.status >= 500:
                open_ended.append((path, key, body))
            elif answer.status == 201:
                known.append(answer.json["id"])

    return write


def _while_writing(play: Play, kind: str, fault: Callable[[], None]) -> None:
    """Lets a fault happen while there are writers, and sends again what got no answer."""
    stop, open_ended = threading.Event(), Kept()

    def director() -> None:
        time.sleep(BEFORE_SECONDS)
        play.record.fault(kind)
        fault()
        stop.set()

    play.at_once(director, *(_write_until(play, stop, open_ended) for _ in range(WRITERS)))
    send, until = play.sender(), time.monotonic() + AGAIN_SECONDS
    for path, key, body in open_ended:
        answer = send("POST", path, body, key)
        while (answer is None or answer.status >= 500) and time.monotonic() < until:
            time.sleep(0.25)
            answer = send("POST", path, body, key)
    play.record.healed(kind)


def service_killed(play: Play) -> None:
    """The service is killed among writes, started again, and asked again."""
    service = play.serve()
    for _ in range(2):
        _while_writing(play, "kill9_service", lambda: (service.kill(), service.start())[0])


def postgres_killed(play: Play) -> None:
    """PostgreSQL is killed among writes. Its own writer of the log is slow, so that what isn't
    flushed by a commit is lost."""
    postgres = play.stage.postgres
    postgres.sql("alter system set wal_writer_delay = '10s'", "select pg_reload_conf()")
    play.serve()

    def kill() -> None:
        postgres.signal(signal.SIGKILL)
        postgres.wait()
        for _ in range(20):
            # Its backends need a moment to notice.
            time.sleep(0.5)
            try:
                return postgres.start()
            except RuntimeError:
                continue

    _while_writing(play, "kill9_postgres", kill)


def two_instances(play: Play) -> None:
    """Two instances get the same name, the same customer and the same key at the same time."""
    play.serve(), play.serve()
    first, second = play.sender(instance=0), play.sender(instance=1)
    made = first("POST", "/v1/customers", _profile("Shared"))
    assert made is not None
    shared = f"/v1/customers/{made.json['id']}/commands/update-profile"
    for nth in range(ROUNDS):
        name = _profile("Racer") | {"external_id": f"race-{nth}"}
        play.at_once(
            lambda: first("POST", "/v1/customers", name),
            lambda: second("POST", "/v1/customers", name),
        )
        for send in (first, second):
            send("POST", shared, {"title": f"{send is first} {nth}"})
        key, body = play.key(), _profile(f"Retried {nth}")
        first("POST", "/v1/customers", body, key)
        for send in (second, first, second):
            send("POST", "/v1/customers", body, key)


def two_tenants(play: Play) -> None:
    """Two tenants send the same requests under the same keys."""
    play.serve()
    for nth in range(ROUNDS):
        key, body = play.key(), _profile(f"Twin {nth}")
        for tenant in (0, 1):
            play.sender(tenant)("POST", "/v1/customers", body, key)


def everything(play: Play) -> None:
    """Every command, every kind of refusal, and more events than a page of the feed has."""
    play.serve()
    for tenant in (0, 1):
        send = play.sender(tenant)
        sample.tenant(send)
        ids = sample.customers(send, 7)
        _refusals(play, send, ids)
    lines = [
        json.dumps({"command": "update-profile", "customer": ids[0], "body": {"title": f"t{nth}"}})
        for nth in range(250)
    ]
    send("POST", "/v1/commands", "\n".join(lines), {"Content-Type": "application/x-ndjson"})
    send("GET", "/v1/feed?limit=200")


def _refusals(play: Play, send: Callable[..., Answer | None], ids: list[str]) -> None:
    """What must be refused: each of it would break a rule."""
    top, below = (f"/v1/customers/{whose}/commands" for whose in ids[:2])
    send("POST", f"{top}/restore-customer", {})
    send("POST", f"{below}/set-parent", {"parent_customer_id": ids[0]})
    send("POST", f"{top}/set-parent", {"parent_customer_id": ids[1]})
    send("POST", f"{below}/attach-payment-profile", {"id": "gone", "status": "EXPIRED"})
    send("POST", f"{below}/set-default-payment-profile", {"payment_profile_id": "gone"})
    send("POST", f"{below}/archive-customer", {})
    send("POST", f"{below}/update-profile", {"title": "Too late"})
    send("POST", f"{below}/restore-customer", {})
    nobody = str(uuid.UUID(int=play.chance.getrandbits(128), version=4))
    send("POST", top, {"commands": [
        {"command": "update-profile", "body": {"title": f"t{play.chance.random()}"}},
        {"command": "set-parent", "body": {"parent_customer_id": nobody}},
    ]})
    key = play.key()
    send("POST", f"{top}/update-profile", {"title": "one"}, key)
    send("POST", f"{top}/update-profile", {"title": "other"}, key)


SCENES = {
    scene.__name__: scene
    for scene in (service_killed, postgres_killed, two_instances, two_tenants, everything)
}
