"""The examples of records in tests/contracts: what their names say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "contracts"


@dataclass(frozen=True)
class Example:
    """One file: <feed>.<reason>[--<note>].<pass|fail>.<json|bin>."""

    file: Path

    @property
    def feed(self) -> str:
        return self.file.name.split(".", 1)[0]

    @property
    def reason(self) -> str:
        return self.file.name.split(".", 1)[1].rsplit(".", 2)[0].split("--", 1)[0]

    @property
    def passes(self) -> bool:
        return {"pass": True, "fail": False}[self.file.name.rsplit(".", 2)[1]]


EXAMPLES = [Example(file) for file in sorted(FOLDER.iterdir()) if file.suffix in (".json", ".bin")]
