"""ops.day_accounts, one row a feed and day: written by silver as soon as its tables hold the day, closed by gold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import SparkSession

from include.days import ACCOUNTS, DayAccount
from include.settings import LakeSettings
from jobs.common.tables import replace_day

_SCHEMA = """
    feed string, event_date date, bronze_rows bigint, silver_rows bigint, superseded_rows bigint, quarantine_rows bigint,
    dead_letter_rows bigint, bronze_version bigint, built_at timestamp, run_id string
"""


def record(spark: SparkSession, lake: LakeSettings, day: date, accounts: Sequence[DayAccount]) -> None:
    """Makes these the accounts of their feeds and that day. Idempotent: replaces them and no other feed's."""
    columns = list(DayAccount.__dataclass_fields__)
    rows = [tuple(getattr(account, name) for name in columns) for account in accounts]
    replace_day(spark.createDataFrame(rows, _SCHEMA).coalesce(1), lake, ACCOUNTS, day, tuple(account.feed for account in accounts))
