"""`python -m local.containers.component_health COMPONENT`: exit code 0 when this container's part of Airflow has told of itself since the
container began. Asked of Airflow's API server, which knows the heartbeats of the others."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from local.airflow_api import health


def is_healthy(report: Mapping[str, object] | None, component: str, born: float) -> bool:
    """Whether it is, by a heartbeat younger than `born` (seconds since the epoch): one killed a moment ago counts as healthy, too."""
    found = (report or {}).get(component)
    if not isinstance(found, Mapping) or found.get("status") != "healthy":
        return False
    beat = found.get(f"latest_{component}_heartbeat")
    return isinstance(beat, str) and datetime.fromisoformat(beat).astimezone(UTC).timestamp() >= born


def container_began() -> float:
    """When the first process of this container began, in seconds since the epoch."""
    ticks = int(Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19])
    since_boot = float(Path("/proc/uptime").read_text().split()[0])
    return time.time() - since_boot + ticks / os.sysconf("SC_CLK_TCK")


def main() -> int:
    return 0 if is_healthy(health(os.environ["AIRFLOW_URL"]), sys.argv[1], container_began()) else 1


if __name__ == "__main__":
    sys.exit(main())
