"""What the service's process takes meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

RSS_MAX_MIB = 768
DESCRIPTORS_MAX = 400


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
        """Looks once more; a process that has ended is told of elsewhere."""
        try:
            self._seen.append(self._look())
        except (OSError, StopIteration):
            pass

    def report(self) -> str:
        """Memory and file descriptors: first, most, last."""
        (rss, files), (last_rss, last_files) = self._seen[0], self._seen[-1]
        most_rss, most_files = (max(values) for values in zip(*self._seen, strict=True))
        return (
            f"resident memory {rss} MiB at first, {most_rss} at most, {last_rss} at last; "
            f"file descriptors {files}, {most_files}, {last_files}"
        )

    def wrong(self) -> list[str]:
        """What was more than is good."""
        most_rss, most_files = (max(values) for values in zip(*self._seen, strict=True))
        wrong = []
        if most_rss > RSS_MAX_MIB:
            wrong.append(f"the service took {most_rss} MiB of memory")
        if most_files > DESCRIPTORS_MAX:
            wrong.append(f"the service had {most_files} file descriptors open")
        return wrong
