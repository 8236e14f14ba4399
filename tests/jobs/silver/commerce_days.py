"""A day of commerce that silver builds, and the check of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from pyspark.sql import SparkSession

from include.settings import LakeSettings
from jobs.silver.run import build_silver, check_day
from tests.jobs.bronze_rows import DAY
from tests.jobs.commerce import CONTRACTS, order

ALL = tuple(CONTRACTS.values())
MIXED = [order(1), order(2), order(1, status="paid"), order(3, total=0), b"\xff", None, order(4, items=[])]


def build(spark: SparkSession, lake: LakeSettings, *contracts: Any, day: date = DAY) -> dict[str, dict[str, int | None]]:
    return build_silver(spark, "commerce", day, lake=lake, contracts=contracts or ALL)


def check(lake: LakeSettings, *contracts: Any, day: date = DAY) -> dict[str, dict[str, int | None]]:
    return check_day("commerce", day, lake=lake, contracts=contracts or ALL)
