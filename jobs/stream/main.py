"""Kafka topics → bronze Delta tables: the driver of one stream group.

Grain: one row per Kafka record. Nothing is rejected here: what does not decode is a bronze row like any other.
Ends with 0 when it was asked to stop or has drained, 3 when another driver has the lease, 4 when it lost its own, 1 otherwise.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys

from pyspark.sql import SparkSession

from include.contracts import Contract, load_contracts
from include.declared_settings import refuse_unknown_names
from include.errors import HeadwaterError, LeaseHeld, LeaseLost, SettingsError
from include.settings import KafkaSettings, LakeSettings
from include.spark_conf import class_archive_option, spark_conf
from include.streams.groups import overlapping_groups, stream_groups
from include.streams.settings import StreamSettings
from jobs.stream.epochs import Epochs
from jobs.stream.group import StreamGroup
from jobs.stream.opening import Opening
from jobs.stream.ownership import take_group
from jobs.stream.watch import GroupOffsets, Watch

log = logging.getLogger("headwater.stream")

CHECKPOINTING = "org.apache.spark.sql.execution.streaming.checkpointing"
EXIT_LEASE_HELD, EXIT_LEASE_LOST = 3, 4
# How long a thread of Python may keep the others waiting. A micro-batch passes from Spark to Python in many small steps, and with Python's
# own 5 ms each of them waits that long for the live tables' thread.
SWITCH_SECONDS = 0.0005


def stream_session(lake: LakeSettings, settings: StreamSettings, name: str) -> SparkSession:
    """A session for one streaming query; local unless spark-submit says otherwise."""
    conf = spark_conf(lake) | {
        "spark.master": f"local[{settings.task_slots}]",
        "spark.driver.memory": f"{settings.driver_megabytes}m",
        # A driver that is out of memory must die, to be started again, small: half alive it would hold its lease for ever.
        "spark.driver.extraJavaOptions": " ".join(
            (
                class_archive_option(),
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+UseSerialGC",
                "-XX:NewRatio=1",  # what a micro-batch leaves behind is all young
                "-XX:MaxMetaspaceSize=256m",
                "-XX:ReservedCodeCacheSize=96m",
            )
        ),
        "spark.sql.streaming.metricsEnabled": "false",
        "spark.sql.streaming.numRecentProgressUpdates": "2",  # with 1, Spark drops the one it has just noted
        "spark.sql.streaming.minBatchesToRetain": "2",
        # Without Hadoop's native library the default one starts twenty processes (chmod, stat) for each small file, this one four.
        "spark.sql.streaming.checkpointFileManagerClass": f"{CHECKPOINTING}.FileSystemBasedCheckpointFileManager",
        "spark.task.maxDirectResultSize": "64m",  # handed over as they are, not by way of the block manager
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "20000",
    }
    # The batch's Connect server is not for streams: a driver has a JVM of its own.
    os.environ.pop("SPARK_REMOTE", None)
    builder = SparkSession.builder.appName(f"headwater-stream-{name}")
    for key, value in conf.items():
        if value:
            builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def run(name: str, available_now: bool) -> None:
    """Takes the group's lease, streams, and gives it back. Raises what ended it."""
    refuse_unknown_names(os.environ)
    sys.setswitchinterval(SWITCH_SECONDS)
    kafka, lake, settings = KafkaSettings.from_environment(), LakeSettings.from_environment(), StreamSettings.from_environment()
    contracts = load_contracts()
    groups = stream_groups(contracts)
    if name not in groups:
        raise SettingsError("no such stream group", where="--group", value=name, fix=f"use one of {', '.join(groups)}")
    lease = take_group(name, contracts, lake)
    log.info("lease taken, epoch %d", lease.epoch)
    try:
        topics = {contract.feed: contract.topic.name for contract in groups[name]}
        earlier = Epochs.published(lake, (*overlapping_groups(name, contracts), name), topics)
        _stream(name, groups[name], Opening(kafka, lake, lease, earlier), settings, available_now)
    finally:
        lease.release()


def _stream(name: str, contracts: tuple[Contract, ...], opening: Opening, settings: StreamSettings, available_now: bool) -> None:
    offsets = GroupOffsets(opening.kafka)
    spark = stream_session(opening.lake, settings, name)
    group = StreamGroup(contracts, spark, opening, settings, offsets.commit, available_now)
    watch = Watch(name, group, opening, settings, once=available_now)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: group.stop())
    watch.phase = "running"
    watch.start()
    try:
        group.run()
        opening.lease.check()
    except Exception as error:
        watch.end("failed", str(error))
        raise
    else:
        watch.end("stopped")
    finally:
        offsets.close()
        spark.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--group", required=True, help="the stream group, e.g. all")
    parser.add_argument("--available-now", action="store_true", help="commit what is there and end")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("py4j").setLevel(logging.WARNING)
    try:
        run(arguments.group, arguments.available_now)
    except LeaseHeld as error:
        log.error("%s", error)
        return EXIT_LEASE_HELD
    except LeaseLost as error:
        log.error("%s", error)
        return EXIT_LEASE_LOST
    except HeadwaterError as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    # Not sys.exit: a thread that waits for a dead store must not keep a driver alive that has ended.
    code = main()
    logging.shutdown()
    os._exit(code)
