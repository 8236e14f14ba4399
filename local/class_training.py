"""What Spark's Java process goes through to load the classes that streams, batch and Connect server use; then it archives them.

Run by `class_archive`, in a process of its own: nothing here reaches a broker or a store.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from delta.tables import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark import SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from include.settings import LakeSettings
from include.spark_conf import spark_conf
from local.ports import NOBODY, free_ports

FAILURES = (Py4JJavaError, PySparkException)  # nobody answers, which is when all classes for asking have been loaded


def session(archive: Path) -> SparkSession:
    lake = LakeSettings("s3://nobody/lake", f"http://{NOBODY}", access_key_id="", secret_access_key="")
    quiet = "-Xlog:cds=off -Xlog:cds+dynamic=off"  # of the classes that cannot be archived: there are some, which are read as ever
    conf = spark_conf(lake) | {
        "spark.driver.extraJavaOptions": f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC {quiet} -XX:ArchiveClassesAtExit={archive}",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider",
        "spark.hadoop.fs.s3a.attempts.maximum": "1",
        "spark.hadoop.fs.s3a.retry.limit": "0",
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(free_ports(1)[0]),
    }
    return SparkSession.builder.master("local[2]").appName("headwater-classes").config(map=conf).getOrCreate()


def tables(spark: SparkSession, folder: Path) -> None:
    """Delta: append, read, join, aggregate, merge, rows by Arrow."""
    rows = spark.range(1000).select("id", (F.col("id") % 7).alias("day"), F.to_json(F.struct("id")).alias("value"))
    place = str(folder / "table")
    for _ in range(2):
        rows.write.format("delta").mode("append").partitionBy("day").save(place)
    table = spark.read.format("delta").load(place)
    counted = table.where("day < 5").groupBy("day").agg(F.count("*").alias("rows"), F.max("id").alias("last"))
    table.join(counted, "day").mapInArrow(lambda batches: batches, "day long, id long, value string, rows long, last long").toArrow()
    merged = DeltaTable.forPath(spark, place).alias("old").merge(rows.alias("new"), "old.id = new.id AND old.day = new.day")
    merged.whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()


def stream(spark: SparkSession, folder: Path) -> None:
    """A micro-batch as the drivers have them."""

    def keep(frame: DataFrame, _: int) -> None:
        frame.toArrow()
        frame.write.format("delta").mode("append").option("txnAppId", "a").option("txnVersion", "1").save(str(folder / "streamed"))

    source = spark.readStream.format("delta").load(str(folder / "table"))
    writer = source.writeStream.foreachBatch(keep).option("checkpointLocation", str(folder / "checkpoint"))
    writer.trigger(availableNow=True).start().awaitTermination()


def kafka_and_s3(spark: SparkSession) -> None:
    """Ask where nobody answers."""
    quick = {"kafka.default.api.timeout.ms": "500", "kafka.request.timeout.ms": "400", "kafka.bootstrap.servers": NOBODY}
    for ask in (
        lambda: spark.read.format("kafka").options(**quick, subscribe="nothing").load().count(),
        lambda: spark.read.text("s3a://nobody/nothing").count(),
    ):
        try:
            ask()
        except FAILURES as error:
            print("as it should be:", str(error).splitlines()[0])


def main() -> None:
    archive, folder = Path(sys.argv[1]), Path(sys.argv[2])
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = session(archive)
    spark.sparkContext.setLogLevel("OFF")
    tables(spark, folder)
    stream(spark, folder)
    kafka_and_s3(spark)
    gateway = SparkContext._gateway
    assert gateway is not None
    spark.stop()
    # The archive is written when Java ends, which it does when nobody speaks to it any more.
    gateway.proc.stdin.close()
    sys.exit(gateway.proc.wait())  # what a Java that was killed has written is no archive


if __name__ == "__main__":
    main()
