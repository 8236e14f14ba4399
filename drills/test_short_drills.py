"""A few drills as CI runs them: few rounds, short faults. `headwater drill` runs all of them, and for longer."""

from __future__ import annotations

import pytest
from rich.console import Console

from drills.registry import find
from drills.run import run_drill

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1200)]


@pytest.mark.parametrize(
    ("name", "writer"),
    [
        ("kill-between-data-and-commit", "driver"),
        pytest.param("slow-store", "driver", marks=pytest.mark.thorough),
        pytest.param("stop-kafka", "driver", marks=pytest.mark.thorough),
        ("stop-store", "driver"),  # by executors it takes five minutes: `headwater drill stop-store --writer executors`
    ],
)
def test_every_acknowledged_record_is_in_bronze_once(name: str, writer: str) -> None:
    result = run_drill(find(name), Console(stderr=True), seed=7, rounds=1, short=True, writer=writer)

    # How long it took is for a machine without other load to say: `headwater drill` does.
    assert [trouble for trouble in result.troubles if not trouble.startswith("a recovery took")] == []
    assert result.account.exact, result
