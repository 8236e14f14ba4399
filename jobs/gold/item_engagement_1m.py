"""silver.clicks and silver.views → gold.item_engagement_1m, one row an item and minute with either; live.item_engagement_1m is the same of
what has arrived."""

from __future__ import annotations

from ibis import Table

from jobs.common.windows import Fields, Part, WindowTable, count


def parts(events: Table) -> dict[str, Part]:
    return {"clicked": count(events.event_type == "click"), "viewed": count(events.event_type == "view")}


def columns(item: Table) -> Fields:
    """How often each item was clicked and viewed in each minute; 0 of the one where there was only the other."""
    return {"clicks": item.clicked.cast("int64"), "views": item.viewed.cast("int64")}


item_engagement_1m = WindowTable(1, ("item_id",), {"item_id": "int64", "event_type": "string"}, parts, columns)
