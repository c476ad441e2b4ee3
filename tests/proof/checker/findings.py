"""Findings of a check."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# The maximum of printed findings per kind.
LISTED = 20
# Counters that are always printed: commands by outcome, and comparisons.
FIGURES = (
    "acknowledged", "refused", "unknown_happened", "unknown_not", "lost", "doubled", "phantom",
    "events", "customers", "duplicates_compared", "reads_compared", "events_followed",
    "feed_events", "strangers_asked", "tables_compared", "failures",
)


@dataclass
class Findings:
    """Violations as sentences that begin with the invariant, and counters."""

    violations: list[str] = field(default_factory=list)
    summary: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIGURES, 0))
    _found: Counter[str] = field(default_factory=Counter)

    def violation(self, invariant: str, what: str) -> None:
        """Records a violation."""
        self._found[invariant] += 1
        if self._found[invariant] <= LISTED:
            self.violations.append(f"{invariant}: {what}")

    def count(self, name: str, by: int = 1) -> None:
        """Increments a counter."""
        self.summary[name] += by

    def end(self) -> None:
        """Prints how many were left out."""
        for invariant, found in sorted(self._found.items()):
            if found > LISTED:
                self.violations.append(f"{invariant}: and {found - LISTED} more")
        self.summary["violations"] = self._found.total()
