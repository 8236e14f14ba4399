"""silver.clicks: one row a click, however often it was delivered."""

from __future__ import annotations

from datetime import timedelta

from pyspark.sql import SparkSession

from jobs.common.validate import judge, sides
from jobs.silver.clicks import clicks
from tests.jobs.bronze_rows import NOON, bronze_row, in_bronze
from tests.jobs.examples import CONTRACTS, example
from tests.jobs.rows import rows


def test_same_bytes_under_one_key_are_one_click(spark: SparkSession) -> None:
    """Delivered again an hour later too: the event's own second counts, not that of the delivery."""
    click, other = example("clicks"), example("clicks", click_duration=1.9)
    records = [
        bronze_row(click, 0),
        bronze_row(click, 1, timestamp=NOON + timedelta(hours=1)),
        bronze_row(click, 2, key=b"another user"),
        bronze_row(other, 3),
    ]
    split = sides(judge(in_bronze(spark, records), CONTRACTS["clicks"]), CONTRACTS["clicks"])
    assert rows(clicks(split.current), "user_id", "item_id", "page_url", "click_duration", "_offset") == [
        (417, 73, "https://shop.example/items/73", 1.8, 1),
        (417, 73, "https://shop.example/items/73", 1.8, 2),
        (417, 73, "https://shop.example/items/73", 1.9, 3),
    ]
