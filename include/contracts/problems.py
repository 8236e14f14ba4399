"""What is wrong with a contract file: collected, so that one look at it shows everything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from include.errors import ContractError


@dataclass(frozen=True)
class Problem:
    """One broken rule. `path` is the place inside the file, as in schema[0].properties[3].logicalTypeOptions.minimum."""

    rule: str
    path: str
    what: str
    value: object = None
    fix: str = ""

    def error(self, file: Path) -> ContractError:
        """The same as an exception that names the file too."""
        what = f"breaks the rule {self.rule}: {self.what}"
        return ContractError(what, file=str(file), path=self.path, rule=self.rule, value=self.value, fix=self.fix)
