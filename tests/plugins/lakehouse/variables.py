"""Airflow's variables, as a task's supervisor keeps them for it: kept here."""

from __future__ import annotations

from typing import Any

import pytest
from lakehouse import store_outage


class Variables:
    """What is set, by key."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, key: str, default: Any) -> Any:
        return self.kept.get(key, default)

    def set(self, key: str, value: str, description: str) -> None:
        self.kept[key] = value


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Variables:
    kept = Variables()
    monkeypatch.setattr(store_outage, "Variable", kept)
    return kept
