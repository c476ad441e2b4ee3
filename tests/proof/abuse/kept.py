"""Inputs that once failed: each is a file, and is sent again by every run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from stage import Names, Request, Route
from .inputs import Input

_DIRECTORY = Path(__file__).parent / "kept"


@dataclass(frozen=True)
class Kept:
    """An input, and what was wrong with its answer."""

    path: Path
    failure: str
    input: Input


def files() -> set[Path]:
    """The files of all that are kept."""
    return set(_DIRECTORY.glob("*.json"))


def load(routes: list[Route], names: Names) -> list[Kept]:
    """All that are kept, for a tenant whose things are called so."""
    known = {route.name: route for route in routes}
    found = []
    for path in sorted(files()):
        had = json.loads(path.read_text())
        fill = {f"{{{name}}}": value for name, value in names.items()}

        def filled(text: str, fill: dict[str, str] = fill) -> str:
            for place, value in fill.items():
                text = text.replace(place, value)
            return text

        body = filled(had["body"]).encode("latin-1") if had["body"] is not None else None
        headers = tuple((name, filled(value)) for name, value in had["headers"])
        request = Request(had["method"], filled(had["target"]), headers, body)
        raw = filled(had["raw"]).encode("latin-1") if had["raw"] is not None else None
        found.append(Kept(path, had["failure"], Input("kept", known.get(had["route"]), request, raw)))
    return found


def keep(failed: Input, failure: str, names: Names) -> Path:
    """Writes a file; names of the run become places for names."""
    longest = sorted((value, name) for name, value in names.items() if len(value) > 3)

    def emptied(text: str) -> str:
        for value, name in reversed(longest):
            text = text.replace(value, f"{{{name}}}")
        return text

    request = failed.request
    had = {
        "failure": failure,
        "route": failed.route.name if failed.route else None,
        "method": request.method,
        "target": emptied(request.target),
        "headers": [[name, emptied(value)] for name, value in request.headers],
        "body": emptied(request.body.decode("latin-1")) if request.body is not None else None,
        "raw": emptied(failed.raw.decode("latin-1")) if failed.raw is not None else None,
    }
    text = json.dumps(had, indent=1, ensure_ascii=True) + "\n"
    path = _DIRECTORY / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    path.write_text(text)
    return path
