"""A Spark session on the running stack with a view of every table, by its address."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from include.settings import LakeSettings
from include.words import many

_THREADS = 8
_EXAMPLES = (
    'spark.sql("SELECT * FROM gold.product_sales ORDER BY revenue DESC").show()',
    'spark.table("silver.orders").groupBy("status").count().show()',
    'spark.table("gold.planets").where("predicted_probability > 0.9").toPandas()',
)


def connect(remote: str) -> SparkSession:
    """A session of the Spark Connect server at that address; the environment has its token."""
    # It writes each error of a query as JSON beside the exception that says the same.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    return SparkSession.builder.remote(remote).appName("headwater shell").getOrCreate()


def make_views(spark: SparkSession, lake: LakeSettings, addresses: Iterable[str]) -> dict[str, str]:
    """Makes `<layer>.<name>` a view of each table, in the server's own catalogue, which nothing else uses and which ends with the
    server. A view takes no rows, so nothing is written to a table by mistake. Returns the tables that cannot be read, and why.
    """
    known = list(addresses)
    for layer in dict.fromkeys(address.partition(".")[0] for address in known):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {layer}")

    def make(address: str) -> str | None:
        try:
            spark.sql(f"CREATE OR REPLACE VIEW {address} AS SELECT * FROM delta.`{lake.spark_table_uri(address)}`")
        except PySparkException as error:
            # Another shell has made it in this moment; it is the same view.
            return None if error.getCondition() == "TABLE_OR_VIEW_ALREADY_EXISTS" else message(error)
        return None

    with ThreadPoolExecutor(_THREADS) as threads:
        troubles = dict(zip(known, threads.map(make, known), strict=True))
    return {address: trouble for address, trouble in troubles.items() if trouble is not None}


def message(error: PySparkException) -> str:
    """What Spark says, without the server's stack."""
    return str(error).split("\n\nJVM stacktrace")[0].strip()


def banner(rows: Mapping[str, int], troubles: Mapping[str, str]) -> str:
    """What there is and what to try."""
    width = max(map(len, rows), default=0)
    lines = ["`spark` is a session of the running stack, `F` its functions. Every table is a view, to read:", ""]
    lines += [f"  {address:<{width}}  {many(count, 'row'):>17}" for address, count in rows.items()] or ["  no table yet"]
    lines += [f"  {address} cannot be read: {trouble}" for address, trouble in troubles.items()]
    tried = [example for example in _EXAMPLES if any(address in example for address in rows)]
    return "\n".join([*lines, "", *(f"  {example}" for example in tried), "", "Ctrl-D ends the session."])
