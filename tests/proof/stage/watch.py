"""What a process takes meanwhile."""

from __future__ import annotations

import os
from pathlib import Path


class Watch:
    """Looks at a process now and then."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._seen = [self._look()]

    def _look(self) -> tuple[int, int]:
        status = Path(f"/proc/{self._process}/status").read_text()
        kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
        return kib // 1024, len(os.listdir(f"/proc/{self._process}/fd"))

    def look(self) -> None:
        """Measures once more. A process that has ended is reported elsewhere."""
        try:
            self._seen.append(self._look())
        except (OSError, StopIteration):
            pass

    @property
    def last(self) -> tuple[int, int]:
        """Resident memory in MiB, and open file descriptors."""
        return self._seen[-1]

    @property
    def most(self) -> tuple[int, int]:
        """The most of each."""
        memory, files = zip(*self._seen, strict=True)
        return max(memory), max(files)

    def report(self) -> str:
        """Memory and file descriptors: first, most, last."""
        (rss, files), (most_rss, most_files), (last_rss, last_files) = self._seen[0], self.most, self.last
        return (
            f"resident memory {rss} MiB at first, {most_rss} at most, {last_rss} at last; "
            f"file descriptors {files}, {most_files}, {last_files}"
        )
