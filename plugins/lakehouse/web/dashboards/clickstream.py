"""Clickstream: what is clicked, viewed and rated, and how a visit goes."""

from __future__ import annotations

from lakehouse.web.dashboards.model import Chart, Dashboard, Filter

_TOP = 15
_OF_ALL_ITEMS = "Of all items: a session has no item."

DASHBOARD = Dashboard(
    title="Clickstream",
    # The choices come from the days' table: the minutes' one is long, and never the same for two seconds.
    filters=(Filter("item_id", "Item", "item_popularity"),),
    alerts=False,
    words={
        "avg_rating": "mean rating",
        "click_through": "clicks per view",
        "device_type": "device",
        "event_date": "day",
        "item_id": "item",
        "rating_count": "ratings",
        "session_minutes": "mean length",
        "weighted_rating": "weighted rating",
    },
    charts=(
        Chart(
            name="engagement",
            title="Clicks and views",
            kind="lines",
            tables=("item_engagement_1m",),
            sql="""select date_bin({bucket}, window_start) as time, sum(clicks) as clicks, sum(views) as views
                   from item_engagement_1m group by 1 order by 1""",
            x="time",
            y=("clicks", "views"),
            unit="events",
        ),
        Chart(
            name="top_items",
            title="Most used items",
            kind="bars",
            tables=("item_engagement_1m",),
            sql=f"""select item_id, sum(clicks) as clicks, sum(views) as views from item_engagement_1m group by 1
                    order by clicks + views desc, item_id limit {_TOP}""",
            x="item_id",
            y=("clicks", "views"),
            unit="events",
            note=f"The {_TOP} items with the most clicks and views together.",
        ),
        Chart(
            name="click_through",
            title="Clicks per view of the most viewed items",
            kind="bars",
            tables=("item_engagement_1m",),
            sql=f"""select item_id, 1.0 * sum(clicks) / sum(views) as click_through from item_engagement_1m group by 1
                    having sum(views) > 0 order by sum(views) desc, item_id limit {_TOP}""",
            x="item_id",
            y=("click_through",),
            unit="clicks per view",
            note=f"The {_TOP} items with the most views, the most viewed first. It may exceed 1.",
        ),
        Chart(
            name="best_rated",
            title="Best rated items",
            kind="bars",
            tables=("item_popularity",),
            sql=f"""select item_id, sum(weighted_rating * rating_count) / sum(rating_count) as weighted_rating
                    from item_popularity where rating_count > 0 group by 1 order by 2 desc, 1 limit {_TOP}""",
            x="item_id",
            y=("weighted_rating",),
            unit="of 5 stars",
            note="A day's weighted rating lies between the item's mean and that of all items. Days weigh by the item's ratings.",
        ),
        Chart(
            name="ratings",
            title="Items by mean rating",
            kind="columns",
            tables=("item_popularity",),
            sql="""select round(2 * mean_rating) / 2 as avg_rating, count(*) as items
                   from (select item_id, sum(avg_rating * rating_count) / sum(rating_count) as mean_rating
                         from item_popularity where rating_count > 0 group by 1) as rated
                   group by 1 order by 1""",
            x="avg_rating",
            y=("items",),
            unit="items",
            note="To the nearest half star. Each rating weighs the same.",
        ),
        Chart(
            name="sessions",
            title="Sessions by device",
            kind="columns",
            tables=("user_sessions",),
            sql="""select event_date, device_type, sum(sessions) as sessions
                   from user_sessions group by 1, 2 order by 1, 2""",
            x="event_date",
            y=("sessions",),
            split="device_type",
            unit="sessions",
            note=f"More than 30 minutes without an event, and midnight, end a session. {_OF_ALL_ITEMS}",
        ),
        Chart(
            name="session_length",
            title="Mean length of a session by device",
            kind="bars",
            tables=("user_sessions",),
            sql="""select device_type, sum(avg_session_seconds * sessions) / sum(sessions) / 60 as session_minutes
                   from user_sessions group by 1 order by 2 desc""",
            x="device_type",
            y=("session_minutes",),
            unit="min",
            note=f"Each session weighs the same; one of a single event lasts 0 min. {_OF_ALL_ITEMS}",
        ),
    ),
)
