"""Records of any feed that keep its contract, for tests to change the one field that matters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from include.contracts import load_contracts
from jobs.common.validate import judge, sides
from tests.jobs.bronze_rows import bronze_rows, in_bronze

CONTRACTS = load_contracts()
EXAMPLES = Path(__file__).parents[1] / "contracts"


def example(feed: str, **changes: Any) -> dict[str, Any]:
    """The feed's full example, at noon of the tests' day where it has a time of its own."""
    record = json.loads((EXAMPLES / f"{feed}.full.pass.json").read_text())
    time_field = CONTRACTS[feed].event_time_field
    return record | ({time_field: "2026-11-20T12:00:00Z"} if time_field else {}) | changes


def current(spark: SparkSession, feed: str, *records: Any, **columns: Any) -> DataFrame:
    """The records that silver would keep of these; `columns` are bronze's."""
    contract = CONTRACTS[feed]
    return sides(judge(in_bronze(spark, bronze_rows(records, **columns)), contract), contract).current
