"""The copy of the sources with the defects in it."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
COPY = ROOT / "target" / "planted"
BINARY = "dossier-planted"
BUILD_SECONDS = 3_600

# Given to each crate that has a defect.
HELPER = """//! Which planted defect is in force.

use std::sync::LazyLock;

static IN_FORCE: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("PLANTED").ok());

pub(crate) fn planted(name: &str) -> bool {
    IN_FORCE.as_deref() == Some(name)
}
"""


@dataclass(frozen=True)
class Edit:
    """A text of a file, which is there once, and what is put in its place."""

    file: str
    find: str
    put: str


@dataclass(frozen=True)
class Defect:
    """A defect, in which scene it shows, and the invariants of which one at least finds it."""

    name: str
    means: str
    scene: str
    caught_by: list[str]
    edits: list[Edit]


class NotFound(Exception):
    """The sources no longer have a text that a defect replaces."""


def defects() -> list[Defect]:
    """All of them, by name."""
    found = []
    for file in sorted((HERE / "defects").glob("*.toml")):
        said = tomllib.loads(file.read_text())
        edits = [Edit(**edit) for edit in said["edit"]]
        found.append(Defect(file.stem, said["means"], said["scene"], said["caught_by"], edits))
    return found


def planted(planting: list[Defect]) -> dict[str, str]:
    """The files that change, with all the defects in them."""
    files: dict[str, str] = {}
    for defect in planting:
        for edit in defect.edits:
            text = files.get(edit.file) or (ROOT / edit.file).read_text()
            if text.count(edit.find) != 1:
                raise NotFound(
                    f"{defect.name}: {edit.file} has this text {text.count(edit.find)} times, "
                    f"not once:\n{edit.find}"
                )
            files[edit.file] = text.replace(edit.find, edit.put)
    for crate in sorted({Path(file).parts[1] for file in files if file.startswith("crates/")}):
        library = f"crates/{crate}/src/lib.rs"
        files[library] = (files.get(library) or (ROOT / library).read_text()) + "mod planted;\n"
        files[f"crates/{crate}/src/planted.rs"] = HELPER
    # A name of its own, so that it doesn't take the place of the binary that others run.
    manifest = "crates/server/Cargo.toml"
    named = (ROOT / manifest).read_text().replace('name = "dossier"', f'name = "{BINARY}"')
    return files | {manifest: named} | of_another_version()


def of_another_version() -> dict[str, str]:
    """The workspace and its lock with another version of the crates that are copied.

    Cargo knows a crate by its name, its version and its place in the workspace, not by where that is: without
    this the copies would take the place of what was built of the sources.
    """
    workspace, lock = (ROOT / "Cargo.toml").read_text(), (ROOT / "Cargo.lock").read_text()
    ours = re.compile(r'^(name = "[^"]+"\nversion = "[^"+-]+)"$(?!\nsource)', re.MULTILINE)
    version = re.compile(r'^(version = "[^"]+)"$', re.MULTILINE)
    return {
        "Cargo.toml": version.sub(r'\1-planted"', workspace, count=1),
        "Cargo.lock": ours.sub(r'\1-planted"', lock),
    }


def build(planting: list[Defect]) -> Path:
    """Makes the copy and builds it; where the binary is. What is unchanged isn't built again."""
    changed = planted(planting)
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    wanted = {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    for name in sorted(wanted | changed.keys()):
        content = changed[name].encode() if name in changed else (ROOT / name).read_bytes()
        copy = COPY / name
        if not copy.exists() or copy.read_bytes() != content:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
    for copy in COPY.rglob("*"):
        if copy.is_file() and str(copy.relative_to(COPY)) not in wanted | changed.keys():
            copy.unlink()
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--workspace", "--bin", BINARY],
        cwd=COPY,
        env=os.environ | {"CARGO_TARGET_DIR": str(target)},
        check=True,
        timeout=BUILD_SECONDS,
    )
    return target / "debug" / BINARY
