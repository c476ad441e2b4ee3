"""Writes what fuzzing begins with: the shapes that are stored, and a few texts of each kind."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "crates/domain/fixtures/events"
TENANT = "00000000-0000-4000-8000-000000000001"
CUSTOMER = "00000000-0000-4000-8000-00000000000a"

BODIES: dict[str, object] = {
    "register-customer": {"id": CUSTOMER, "external_id": "acme", "profile": {"name": "Ada"}},
    "update-profile": {"name": "Ada", "email": "ada@example.com", "notes": None},
    "set-custom-fields": {"fields": {"plan": "gold", "vat": "1"}},
    "set-tax-settings": {"rate": "19.5"},
    "archive-customer": {},
}
KEYS = [
    "dossier_0123456789abcdef_" + "0" * 64,
    "PRIVATE+KEY+log.test+00000000+" + base64.b64encode(bytes([1]) + bytes(32)).decode(),
    "log.test/3+00000000+" + base64.b64encode(bytes([1]) + bytes(32)).decode(),
    "read",
    CUSTOMER,
    "2026-01-02T03:04:05.000006+02:00",
]


def event_line(event_type: str, sequence: int, data: object, customer: str | None) -> str:
    """A line of an exported log."""
    line = {
        "aggregate_type": "customer" if customer else "tenant",
        "aggregate_id": f"{TENANT}/{customer}" if customer else TENANT,
        "sequence": sequence,
        "event_type": event_type,
        "event_version": "1.0",
        "recorded_at": "2026-01-02T03:04:05.000006Z",
        "payload": {"type": event_type, "data": data},
        "metadata": {"actor": "a"},
    }
    return json.dumps(line, separators=(",", ":"))


def seeds() -> dict[str, list[str]]:
    """The seeds of each target."""
    stored = [json.loads(path.read_text()) for path in sorted(FIXTURES.rglob("*.json"))]
    events = [json.dumps(event) for event in stored]
    bodies = [json.dumps(body) for body in BODIES.values()]
    lines = [
        json.dumps({"command": name, "customer": "external:acme", "body": body, "if_match": 1})
        for name, body in BODIES.items()
    ]
    tenant = event_line("TenantCreated", 1, {"name": "Acme"}, None)
    registered = {"profile": {"name": "Ada"}}
    customer = event_line("CustomerRegistered", 1, registered, CUSTOMER)
    archived = event_line("CustomerArchived", 2, {}, CUSTOMER)
    decimals = ["0.1", "-1e3", "1.50", "[1e400]", '{"a":[null,true,"\\ud83d\\ude00"]}']
    return {
        "json": events + bodies + decimals,
        "command": bodies + [json.dumps(event.get("data", {})) for event in stored],
        "event": events,
        "key": KEYS,
        "note": ["", '{"previous_hash":"","partition":3,"position":1}'],
        "cursor": ["", "AAAA"],
        "lines": ["\n".join(lines), lines[0] + "\n\n", "{}\n"],
        "csv": ["=1+1\n'@", '"a,b"\r\n'],
        "transfer": [tenant, "\n".join([tenant, customer, archived])],
    }


def main(folder: Path) -> None:
    """Writes each seed into the folder of its target."""
    for target, texts in seeds().items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for number, text in enumerate(texts):
            (folder / target / f"{number:03}").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
