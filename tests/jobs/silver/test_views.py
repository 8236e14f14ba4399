"""silver.views: one row a view."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.silver.views import views
from tests.jobs.examples import current, example
from tests.jobs.rows import rows


def test_view_is_a_row_once(spark: SparkSession) -> None:
    found = views(current(spark, "views", example("views"), example("views"), example("views", device_type="tablet")))
    assert rows(found, "event_type", "user_id", "item_id", "view_duration", "device_type") == [
        ("view", 417, 73, 24.6, "mobile"),
        ("view", 417, 73, 24.6, "tablet"),
    ]
