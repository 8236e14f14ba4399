"""docker-compose.yml as it is written: names of variables instead of their values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def with_defaults(text: object) -> str:
    """The text with the default of each variable, and with <NAME> for one that has none."""
    return VARIABLE.sub(lambda found: found[3] if found[2] == "-" else f"<{found[1]}>", str(text))


def environment(service: str) -> dict[str, str]:
    return {name: with_defaults(value) for name, value in SERVICES[service].get("environment", {}).items()}
