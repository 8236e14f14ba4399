"""What the field writes first: one Spark Structured Streaming query per topic, Kafka → Delta, all settings at their defaults.

Set is only what it does not run without: jars, S3A's address and credentials, Delta's extension; besides, no web page and
no listening beyond this host. Before its turn the session is warmed by one query from a topic of its own to the end.
"""

from __future__ import annotations

import sys

from pyspark.sql import DataFrame, SparkSession

from benchmarks.records import WARM_UP_TOPIC
from benchmarks.turn import wait_for_turn
from include.contracts import load_contracts
from include.settings import KafkaSettings, LakeSettings
from include.spark_conf import jars_class_path


def session(lake: LakeSettings) -> SparkSession:
    conf = {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.driver.extraClassPath": jars_class_path(),
        "spark.hadoop.fs.s3a.endpoint": lake.endpoint_url,
        "spark.hadoop.fs.s3a.endpoint.region": lake.region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "true" if lake.endpoint_url.startswith("https://") else "false",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.appName("plain-spark")
    for name, value in conf.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def read(spark: SparkSession, kafka: KafkaSettings, topic: str) -> DataFrame:
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", kafka.bootstrap_servers)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("includeHeaders", "true")
        .load()
    )


def main() -> None:
    kafka, lake = KafkaSettings.from_environment(), LakeSettings.from_environment()
    root = lake.uri.replace("s3://", "s3a://", 1)
    spark = session(lake)
    warming = (
        read(spark, kafka, WARM_UP_TOPIC).writeStream.format("delta").option("checkpointLocation", f"{root}/checkpoints/{WARM_UP_TOPIC}")
    )
    warming.trigger(availableNow=True).start(f"{root}/warm_up").awaitTermination()
    spark.streams.resetTerminated()
    wait_for_turn()
    for contract in load_contracts().feeds.values():
        writer = read(spark, kafka, contract.topic.name).writeStream.format("delta")
        writer = writer.option("checkpointLocation", f"{root}/checkpoints/{contract.feed}")
        writer.start(lake.spark_table_uri(contract.bronze))
    spark.streams.awaitAnyTermination()
    sys.exit("a query ended")


if __name__ == "__main__":
    main()
