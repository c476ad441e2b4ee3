"""Small disks for PostgreSQL's data and for its write-ahead log, so that they can be filled up."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from stage import Stage

BYTES = {"data": 12 << 30, "wal": 3 << 30}


class Disks:
    """Use it in a `with` around the stage's: it mounts the disks below the stage's directory.

    Needs root and loop devices; without them `missing` says so, and PostgreSQL is where it always is.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._mounted: list[Path] = []
        self.missing = ""

    def __enter__(self) -> Disks:
        if os.geteuid() != 0:
            self.missing = "root, who may mount"
            return self
        for name, size in BYTES.items():
            try:
                self._mount(name, size)
            except (OSError, subprocess.CalledProcessError):
                self.missing = "a loop device"
                self._unmount()
                return self
        self._stage.postgres.data = self.of("data") / "postgres"
        return self

    def __exit__(self, *_: object) -> None:
        self._unmount()
        shutil.rmtree(self._stage.directory, ignore_errors=True)

    def _unmount(self) -> None:
        while self._mounted:
            subprocess.run(["umount", "--lazy", str(self._mounted.pop())], check=True)

    def of(self, name: str) -> Path:
        """Where the disk of that name is mounted."""
        return self._stage.directory / f"{name}-disk"

    def _mount(self, name: str, size: int) -> None:
        image = self._stage.directory / f"{name}.ext4"
        with open(image, "wb") as file:
            file.truncate(size)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True, capture_output=True)
        self.of(name).mkdir()
        mount = ["mount", "-o", "loop", str(image), str(self.of(name))]
        subprocess.run(mount, check=True, capture_output=True)
        self._mounted.append(self.of(name))

    def move_log(self) -> None:
        """Puts the write-ahead log onto its own disk. PostgreSQL isn't running."""
        if self.missing:
            return
        log, disk = self._stage.postgres.data / "pg_wal", self.of("wal") / "pg_wal"
        subprocess.run(["cp", "-a", str(log), str(disk)], check=True)
        shutil.rmtree(log)
        log.symlink_to(disk)

    def fill(self, name: str) -> None:
        """Leaves no room on a disk."""
        offset, size = 0, 1 << 28
        with open(self.of(name) / "ballast", "wb") as ballast:
            while size >= 4096:
                try:
                    os.posix_fallocate(ballast.fileno(), offset, size)
                    offset += size
                except OSError:
                    size //= 4

    def empty(self, name: str) -> None:
        """Makes room again."""
        (self.of(name) / "ballast").unlink(missing_ok=True)
