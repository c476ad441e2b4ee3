"""Registers a customer, changes it twice, reads its blame, and draws the answer as an SVG.

DOSSIER_URL=http://127.0.0.1:8080 DOSSIER_KEY=… python3 docs/examples/blame.py > docs/examples/blame.svg
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from html import escape

CUSTOMER = "/v1/customers/external:acme"
# Path, body, actor and reason of each command.
COMMANDS: list[tuple[str, dict[str, object], str, str]] = [
    (
        "/v1/customers",
        {"external_id": "acme", "profile": {"name": "Acme", "email": "billing@acme.example"}},
        "ada@example.com",
        "TICKET-1",
    ),
    (
        f"{CUSTOMER}/commands/update-profile",
        {"address": {"line1": "Cobalt Street 163", "city": "Bern"}},
        "ben@example.com",
        "TICKET-1850: the company moved",
    ),
    (
        f"{CUSTOMER}/commands/update-profile",
        {"email": "invoices@acme.example", "phone": "+41 31 555 01 63"},
        "crm-sync",
        "nightly import",
    ),
]

# The widths of characters and lines of a 14 pixel monospaced font.
CHAR, LINE, PAD = 8.43, 26, 24
HEADINGS = ("field", "value", "changed", "actor", "reason")
STYLE = """
    .card { fill: #ffffff; stroke: #d0d7de }
    .bar { fill: #f6f8fa }
    text { font: 14px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1f2328 }
    .title, .heading { fill: #59636e }
    .heading { font-weight: 600 }
    .field { fill: #0550ae }
    .c0 { fill: #8250df }
    .c1 { fill: #116329 }
    .c2 { fill: #953800 }
    .m0 { fill: #8250df }
    .m1 { fill: #2da44e }
    .m2 { fill: #bc4c00 }
    @media (prefers-color-scheme: dark) {
      .card { fill: #0d1117; stroke: #3d444d }
      .bar { fill: #151b23 }
      text { fill: #f0f6fc }
      .title, .heading { fill: #9198a1 }
      .field { fill: #79c0ff }
      .c0 { fill: #d2a8ff }
      .c1 { fill: #7ee787 }
      .c2 { fill: #ffa657 }
    }
"""


def send(path: str, body: dict[str, object] | None = None, **headers: str) -> dict[str, list[dict[str, object]]]:
    """Sends a request; the answer's JSON."""
    request = urllib.request.Request(os.environ["DOSSIER_URL"] + path)
    request.add_header("Authorization", "Bearer " + os.environ["DOSSIER_KEY"])
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request) as answer:
        read: dict[str, list[dict[str, object]]] = json.load(answer)
        return read


def cells(field: dict[str, object]) -> tuple[str, ...]:
    """A row: what the field is, and the event that set it."""
    value = field["value"]
    shown = value if isinstance(value, str) else json.dumps(value)
    changed = str(field["recorded_at"])[:16].replace("T", " ")
    return str(field["field"]), shown, changed, str(field["actor"]), str(field.get("reason", ""))


def draw(title: str, answer: dict[str, list[dict[str, object]]]) -> str:
    """The picture: a row for each field, a colour for each event."""
    fields = answer["fields"]
    rows = [cells(field) for field in fields]
    versions = sorted({int(str(field["version"])) for field in fields})
    widths = [max(len(row[at]) for row in [HEADINGS, *rows]) + 2 for at in range(len(HEADINGS))]
    starts = [PAD + CHAR * sum(widths[:at]) for at in range(len(widths))]
    width = round(starts[-1] + CHAR * (widths[-1] - 2) + PAD)
    height = 40 + LINE * (len(rows) + 1) + PAD
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"  <title>{escape(title)}</title>",
        f"  <style>{STYLE}  </style>",
        f'  <rect class="card" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>',
        f'  <path class="bar" d="M1 40V9a8 8 0 0 1 8-8h{width - 18}a8 8 0 0 1 8 8v31z"/>',
        f'  <text class="title" x="{PAD}" y="26">{escape(title)}</text>',
    ]

    def row(number: int, texts: tuple[str, ...], classes: tuple[str, ...]) -> None:
        y = 40 + LINE * (number + 1)
        for x, text, kind in zip(starts, texts, classes, strict=True):
            lines.append(f'  <text class="{kind}" x="{x:.0f}" y="{y}" xml:space="preserve">{escape(text)}</text>')

    row(0, HEADINGS, ("heading",) * len(HEADINGS))
    for number, (field, texts) in enumerate(zip(fields, rows, strict=True), 1):
        colour = versions.index(int(str(field["version"]))) % 3
        lines.append(f'  <rect class="m{colour}" x="8" y="{40 + LINE * number + 11}" width="4" height="20" rx="2"/>')
        row(number, texts, ("field", "", *(f"c{colour}",) * 3))
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    for path, body, actor, reason in COMMANDS:
        try:
            send(path, body, X_Actor=actor, X_Reason=reason)
        except urllib.error.HTTPError as error:
            # The customer may exist already.
            if error.code != 409:
                raise
    sys.stdout.write(draw(f"GET {CUSTOMER}/blame", send(f"{CUSTOMER}/blame")))
