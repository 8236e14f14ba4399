"""silver.transport_reports → gold.transport_10m, one row a line and ten minutes with reports; live.transport_10m is the same of what has
arrived."""

from __future__ import annotations

from ibis import Table

from jobs.common.windows import Fields, Part, WindowTable, count, distinct, exact, mean, total

PUNCTUAL_MINUTES = 5
REPORTS = {"line": "string", "vehicle_id": "string", "delay_minutes": "float64", "occupancy_pct": "float64", "passengers": "int32"}


def parts(reports: Table) -> dict[str, Part]:
    return {
        "delay": total(exact(reports.delay_minutes)),
        "delays": count(reports.delay_minutes.notnull()),
        "occupancy": total(exact(reports.occupancy_pct)),
        "occupancies": count(reports.occupancy_pct.notnull()),
        "vehicles": distinct(reports.vehicle_id),
        "carried": total(reports.passengers),
        "reports": count(reports._offset.notnull()),
        "punctual": count((reports.delay_minutes.abs() <= PUNCTUAL_MINUTES).fill_null(False)),
    }


def columns(line: Table) -> Fields:
    """How each line runs: means of delay in minutes (early is negative) and of occupancy in percent; passengers is the sum over
    the reports, so that somebody whose vehicle reports twice counts twice. punctuality_score is the percentage of reports
    that are at most 5 minutes late or early."""
    return {
        "avg_delay_minutes": mean(line.delay, line.delays),
        "avg_occupancy_pct": mean(line.occupancy, line.occupancies),
        "active_vehicles": line.vehicles.length().cast("int64"),
        "passengers": line.carried.cast("int64"),
        "reports": line.reports.cast("int64"),
        "punctuality_score": line.punctual.cast("float64") * 100 / line.reports.cast("float64"),
    }


transport_10m = WindowTable(10, ("line",), REPORTS, parts, columns)
