"""How busy servers are: the same figures for an hour and for a minute."""

from __future__ import annotations

from ibis import Table

from jobs.common.windows import Fields, Part, WindowTable, count, exact, greatest, mean, total

SAMPLES = {"server": "string", "cpu_pct": "float64", "memory_pct": "float64"}


def _parts(samples: Table) -> dict[str, Part]:
    return {
        "cpu": total(exact(samples.cpu_pct)),
        "cpus": count(samples.cpu_pct.notnull()),
        "memory": total(exact(samples.memory_pct)),
        "memories": count(samples.memory_pct.notnull()),
        "most_cpu": greatest(samples.cpu_pct),
        "most_memory": greatest(samples.memory_pct),
        "taken": count(samples._offset.notnull()),
    }


def _columns(server: Table) -> Fields:
    return {
        "avg_cpu_pct": mean(server.cpu, server.cpus),
        "max_cpu_pct": server.most_cpu,
        "avg_memory_pct": mean(server.memory, server.memories),
        "max_memory_pct": server.most_memory,
        "samples": server.taken.cast("int64"),
    }


def load(minutes: int) -> WindowTable:
    """Load of each server in windows of so many minutes, in percent."""
    return WindowTable(minutes, ("server",), SAMPLES, _parts, _columns)
