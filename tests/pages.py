"""The pages of docs/ as readers follow them: their blocks of code, which the tests run."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page: str, language: str) -> list[str]:
    """The page's blocks in that language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def add_weather(contracts: Path, system: str = "smart_city") -> None:
    """Writes the contract of docs/adding-a-feed.md where the page says, below a folder of contracts; into another system if asked."""
    (contract,) = blocks("adding-a-feed.md", "yaml")
    file = contracts / system / "weather.odcs.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(contract.replace("domain: smart_city", f"domain: {system}"), encoding="utf-8")
