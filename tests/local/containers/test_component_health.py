from __future__ import annotations

import pytest

from local.containers.component_health import is_healthy

REPORT = {"triggerer": {"status": "healthy", "latest_triggerer_heartbeat": "2026-03-01T12:00:00+00:00"}}
NOON = 1772366400.0


def test_component_that_told_of_itself_since_the_container_began_is_healthy() -> None:
    assert is_healthy(REPORT, "triggerer", NOON - 1)


@pytest.mark.parametrize(
    ("report", "component", "born"),
    [
        (REPORT, "triggerer", NOON + 1),  # the heartbeat is of the one before
        (REPORT, "dag_processor", NOON - 1),
        ({"triggerer": {**REPORT["triggerer"], "status": "unhealthy"}}, "triggerer", NOON - 1),
        ({"triggerer": {"status": "healthy", "latest_triggerer_heartbeat": None}}, "triggerer", NOON - 1),
        (None, "triggerer", NOON - 1),
    ],
)
def test_others_are_not(report: dict[str, object] | None, component: str, born: float) -> None:
    assert not is_healthy(report, component, born)
