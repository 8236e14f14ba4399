"""No record stops a day: the rules of every contract give an answer for the largest and the emptiest values too."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from tests.judged import CONTRACTS, judged


@pytest.mark.parametrize("feed", CONTRACTS)
def test_extreme_values_are_judged_and_not_raised(spark: SparkSession, feed: str) -> None:
    extreme = judged(spark, feed)["extreme"]
    assert len(extreme.values) == extreme.rows.num_rows > 0
    assert set(extreme.rows["side"].to_pylist()) <= {"dead_letters", "quarantine", "superseded", "current"}
