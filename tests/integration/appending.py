"""A driver of Spark that appends to a table, as a process of its own: `appending.py <who> <times> [<seconds that each takes at least>]`.

Prints what happened, a line each: `begun <time>`, `done <time>` or the name of an error, by the clock that all processes of a host share.
"""

from __future__ import annotations

import sys
import time

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from include.errors import LeaseError
from include.settings import LakeSettings
from include.spark_conf import spark_conf
from jobs.common import tables
from jobs.common.commits import commit

ADDRESS = "silver.twice"
SMALL = {
    "spark.driver.memory": "700m",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.databricks.delta.snapshotPartitions": "1",
}


def say(what: str) -> None:
    print(what, time.monotonic(), flush=True)


def append(frame: DataFrame, lake: LakeSettings) -> None:
    say("begun")
    frame.write.format("delta").mode("append").save(lake.spark_table_uri(ADDRESS))
    say("done")


def main(who: str, times: int, seconds: int) -> None:
    lake = LakeSettings.from_environment()
    spark = SparkSession.builder.master("local[1]").config(map=spark_conf(lake) | SMALL).getOrCreate()
    waits = F.expr(f"reflect('java.lang.Thread', 'sleep', {1000 * seconds}L) IS NOT NULL OR number >= 0")
    for number in range(times):
        row = spark.createDataFrame([(who, number)], "who string, number int").withColumn("event_date", F.lit("2026-11-20").cast("date"))
        tables.create(lake, ADDRESS, row.schema)
        frame = row.coalesce(1).where(waits) if seconds else row.coalesce(1)
        try:
            commit(spark, lake, ADDRESS, lambda frame=frame: append(frame, lake))
        except LeaseError as error:
            say(type(error).__name__)
    say("ended")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
