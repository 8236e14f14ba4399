"""silver.incidents → gold.incidents_15m, one row a zone, severity and quarter of an hour with incidents; live.incidents_15m is the same of
what has arrived."""

from __future__ import annotations

import ibis
from ibis import Table

from jobs.common.windows import Fields, Part, WindowTable, count

RAISED_FROM = 5


def parts(incidents: Table) -> dict[str, Part]:
    return {"incidents": count(incidents._offset.notnull())}


def columns(of_zone: Table) -> Fields:
    """How many incidents of each severity each zone has. alert_level: critical is red, high orange, others yellow; five or more
    of one severity raise it by one level, and red stays red."""
    raised, severity = of_zone.incidents >= RAISED_FROM, of_zone.severity
    red = (severity == "critical") | ((severity == "high") & raised)
    level = ibis.cases((red, "red"), ((severity == "high") | raised, "orange"), else_="yellow")
    return {"incident_count": of_zone.incidents.cast("int64"), "alert_level": level}


incidents_15m = WindowTable(15, ("zone", "severity"), {"zone": "string", "severity": "string"}, parts, columns)
