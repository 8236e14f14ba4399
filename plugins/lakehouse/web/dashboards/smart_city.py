"""Smart city: traffic and mobility by zone, punctuality by line, incidents."""

from __future__ import annotations

from lakehouse.web.dashboards.model import Band, Chart, Dashboard, Filter

_MOBILITY = (Band("critical", 20), Band("poor", 40), Band("moderate", 60), Band("good", 80), Band("excellent", 100))
_WINDOWS_WEIGH_THE_SAME = "The mean of the windows; each weighs the same."

DASHBOARD = Dashboard(
    title="Smart city",
    filters=(Filter("zone", "Zone", "traffic_5m"), Filter("line", "Line", "transport_10m")),
    words={"alert_level": "level", "avg_speed_kmh": "speed, km/h", "avg_congestion_score": "congestion", "worst_hour": "worst hour, UTC"},
    charts=(
        Chart(
            name="mobility",
            title="Mobility index of the city",
            kind="lines",
            tables=("mobility_5m",),
            sql="""select date_bin({bucket}, window_start) as time, avg(mobility_index) as mobility_index
                   from mobility_5m group by 1 order by 1""",
            x="time",
            y=("mobility_index",),
            unit="of 100",
            note=_WINDOWS_WEIGH_THE_SAME,
            bands=_MOBILITY,
        ),
        Chart(
            name="speed",
            title="Speed by zone",
            kind="lines",
            tables=("traffic_5m",),
            sql="""select date_bin({bucket}, window_start) as time, zone, avg(avg_speed_kmh) as avg_speed_kmh
                   from traffic_5m group by 1, 2 order by 1, 2""",
            x="time",
            y=("avg_speed_kmh",),
            split="zone",
            unit="km/h",
            note=_WINDOWS_WEIGH_THE_SAME,
        ),
        Chart(
            name="congestion",
            title="Congestion by zone",
            kind="heat",
            tables=("traffic_5m",),
            sql="""select date_bin({bucket}, window_start) as time, zone, avg(congestion_score) as congestion_score
                   from traffic_5m group by 1, 2 order by 1, 2""",
            x="time",
            y=("congestion_score",),
            split="zone",
            unit="of 100",
            note="100 − the mobility index of the zone.",
        ),
        Chart(
            name="flow",
            title="Vehicles by zone",
            kind="areas",
            tables=("traffic_5m",),
            sql="""select date_bin({bucket}, window_start) as time, zone, sum(vehicle_flow) as vehicle_flow
                   from traffic_5m group by 1, 2 order by 1, 2""",
            x="time",
            y=("vehicle_flow",),
            split="zone",
            unit="vehicles",
        ),
        Chart(
            name="punctuality",
            title="Punctuality by line",
            kind="bars",
            tables=("transport_10m",),
            sql="""select line, sum(punctuality_score * reports) / sum(reports) as punctuality_score
                   from transport_10m group by 1 order by 2""",
            x="line",
            y=("punctuality_score",),
            unit="% of reports within 5 min",
            note="Each report weighs the same.",
        ),
        Chart(
            name="delay",
            title="Delay by line",
            kind="lines",
            tables=("transport_10m",),
            sql="""select date_bin({bucket}, window_start) as time, line,
                          sum(avg_delay_minutes * reports) / sum(reports) as avg_delay_minutes
                   from transport_10m group by 1, 2 order by 1, 2""",
            x="time",
            y=("avg_delay_minutes",),
            split="line",
            unit="min",
            note="Early is negative.",
        ),
        Chart(
            name="incidents",
            title="Incidents by level",
            kind="columns",
            tables=("incidents_15m",),
            sql="""select date_bin({bucket}, window_start) as time, alert_level, sum(incident_count) as incident_count
                   from incidents_15m group by 1, 2 order by 1, 2""",
            x="time",
            y=("incident_count",),
            split="alert_level",
            unit="incidents",
        ),
        Chart(
            name="zones",
            title="Incidents by zone",
            kind="bars",
            tables=("incidents_15m",),
            sql="""select zone, alert_level, sum(incident_count) as incident_count from incidents_15m
                   group by 1, 2 order by 1, 2""",
            x="zone",
            y=("incident_count",),
            split="alert_level",
            unit="incidents",
        ),
        Chart(
            name="days",
            title="Zones by day",
            kind="rows",
            tables=("zone_daily",),
            sql="""select event_date, zone, avg_speed_kmh, avg_congestion_score, worst_hour, bad_readings
                   from zone_daily order by event_date desc, avg_congestion_score desc nulls last""",
            x="event_date",
            y=("avg_speed_kmh", "avg_congestion_score", "worst_hour", "bad_readings"),
            split="zone",
        ),
    ),
)
