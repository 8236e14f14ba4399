"""silver.ratings: one row a rating."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.silver.ratings import ratings
from tests.jobs.examples import current, example
from tests.jobs.rows import rows


def test_rating_is_a_row_with_or_without_a_review_and_another_rating_of_the_item_is_another(spark: SparkSession) -> None:
    silent = {name: value for name, value in example("ratings", rating=1).items() if name != "review_text"}
    found = ratings(current(spark, "ratings", example("ratings"), silent, silent))
    assert rows(found, "event_type", "user_id", "item_id", "rating", "review_text") == [
        ("rating", 417, 73, 1, None),
        ("rating", 417, 73, 4, "Does what it says"),
    ]
