"""Chooses the inputs to keep from the control file of a libFuzzer merge: `choose.py CONTROL_FILE FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

COUNT_MAX = 40
BYTES_MAX = 1024


def reached(control: Path) -> dict[Path, set[str]]:
    """The edges that each small input reaches."""
    lines = control.read_text(errors="replace").splitlines()
    paths = [Path(line) for line in lines[2 : 2 + int(lines[0])]]
    found = {}
    for line in lines[2 + len(paths) :]:
        kind, number, *edges = line.split()
        path = paths[int(number)]
        if kind == "COV" and path.stat().st_size <= BYTES_MAX:
            found[path] = set(edges)
    return found


def choose(found: dict[Path, set[str]]) -> list[Path]:
    """Always the one that adds most, the smaller one of two."""
    chosen: list[Path] = []
    seen: set[str] = set()
    while len(chosen) < COUNT_MAX and found:
        best = max(sorted(found), key=lambda path: (len(found[path] - seen), -path.stat().st_size))
        if not found[best] - seen:
            break
        seen |= found.pop(best)
        chosen.append(best)
    return chosen


def main(control: Path, folder: Path) -> None:
    """Leaves the chosen ones in the folder, and no others."""
    kept = {path.name: path.read_bytes() for path in choose(reached(control))}
    for old in folder.iterdir():
        old.unlink()
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    print(f"{folder.name}: {len(kept)} inputs, {sum(map(len, kept.values()))} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
