"""What a check has found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# Of one kind, so many are written out.
LISTED = 20
# What is always counted: commands by what they came to, and what was compared.
FIGURES = (
    "acknowledged", "refused", "unknown_happened", "unknown_not", "lost", "doubled", "phantom",
    "events", "customers", "duplicates_compared", "reads_compared", "events_followed",
    "feed_events", "strangers_asked", "tables_compared", "failures",
)


@dataclass
class Findings:
    """Violations as sentences, each with its invariant first, and figures of what was looked at."""

    violations: list[str] = field(default_factory=list)
    summary: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIGURES, 0))
    _found: Counter[str] = field(default_factory=Counter)

    def violation(self, invariant: str, what: str) -> None:
        """Notes what doesn't hold, and where."""
        self._found[invariant] += 1
        if self._found[invariant] <= LISTED:
            self.violations.append(f"{invariant}: {what}")

    def count(self, name: str, by: int = 1) -> None:
        """Counts something that was looked at."""
        self.summary[name] += by

    def end(self) -> None:
        """Says how many were not written out."""
        for invariant, found in sorted(self._found.items()):
            if found > LISTED:
                self.violations.append(f"{invariant}: and {found - LISTED} more")
        self.summary["violations"] = self._found.total()
