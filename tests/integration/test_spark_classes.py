"""A driver's Java takes Spark's classes from the archive: a mismatch would be silent, and slow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.streams import Streams

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


CLASSES = ("org.apache.spark.SparkContext", "io.delta.sql.DeltaSparkSessionExtension")


def test_driver_s_classes_come_from_the_archive(driver_streams: Streams, tmp_path: Path) -> None:
    log = tmp_path / "classes.log"

    assert driver_streams.drain(JDK_JAVA_OPTIONS=f"-Xlog:class+load:file={log}") == 0

    sources = dict(line.rpartition("] ")[2].split(" source: ") for line in log.read_text().splitlines() if " source: " in line)
    assert {name: sources[name] for name in CLASSES} == dict.fromkeys(CLASSES, "shared objects file (top)")
