"""The results, kept as JSON beside the document that is written from them."""

import json

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import attrs


ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs/performance.md"
PLOTS = ROOT / "docs/performance"
KEPT = PLOTS / "results.json"


@attrs.define
class Results:
    """
    Results by part. Measuring a part again replaces its results.

    Attributes:
        parts: For each part: `at` when it was measured, `machine` where, `busy` the load average
            before, `between` the microseconds of a message from one core to the other and back,
            `seconds` its duration, `quick` whether it was a quick run, and `found` the results.
    """

    parts: dict[str, dict[str, Any]] = attrs.field(factory=dict)

    @classmethod
    def kept(cls, path: Path = KEPT) -> Self:
        return cls(json.loads(path.read_text())) if path.exists() else cls()

    def note(
        self,
        part: str,
        found: dict[str, Any],
        *,
        machine: dict[str, str],
        busy: float,
        between: float,
        seconds: float,
        quick: bool,
    ) -> None:
        self.parts[part] = {
            "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
            "machine": machine,
            "busy": round(busy, 1),
            "between": round(between),
            "seconds": round(seconds),
            "quick": quick,
            "found": found,
        }

    def found(self, part: str) -> dict[str, Any] | None:
        return self.parts[part]["found"] if part in self.parts else None

    def keep(self, path: Path = KEPT) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.parts, indent=1) + "\n")
