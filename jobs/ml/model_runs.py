"""gold.model_runs: one row a training run, that is, a model_version."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from deltalake import QueryBuilder
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from include.delta_log import open_table
from include.settings import LakeSettings
from jobs.common.tables import create, insert_new

ADDRESS = "gold.model_runs"
# event_date is the UTC day of trained_at; delta_version and delta_table_id say which rows of silver.planet_discoveries it learned
# from. compared_auc is that of the model that served before, compared_version, on the same held-out rows; both null where none did.
COLUMNS = (
    "model_version string, event_date date, trained_at timestamp, run_id string, delta_version bigint, delta_table_id string, seed bigint,"
    " parameters string, code_version string, training_rows bigint, held_out_rows bigint, precision double, recall double, f1 double,"
    " auc double, serves boolean, compared_version string, compared_auc double"
)


def find(lake: LakeSettings, version: str) -> dict[str, Any] | None:
    """The row of the model_version, which is letters, digits and `-`; None where it was never learned."""
    table = open_table(lake, ADDRESS)
    if table is None:
        return None
    query = f"select * from runs where model_version = '{version}'"
    rows = pa.table(QueryBuilder().register("runs", table).execute(query).read_all()).to_pylist()
    return rows[0] if rows else None


def record(spark: SparkSession, lake: LakeSettings, run: dict[str, Any]) -> None:
    """Adds the row, unless its model_version has one: idempotent."""
    schema = StructType.fromDDL(COLUMNS)
    create(lake, ADDRESS, schema)
    insert_new(spark.createDataFrame([tuple(run[name] for name in schema.names)], schema), lake, ADDRESS, "model_version")
