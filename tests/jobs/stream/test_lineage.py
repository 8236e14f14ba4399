"""What OpenLineage is told of a stream: the records that came into bronze since it was last told, by the offsets and the versions of the
table's own log."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from include.contracts import load_contracts
from include.delta_log import open_table, transaction_offsets
from include.lease import Lease
from include.lineage.telling import Teller
from include.settings import KafkaSettings, LakeSettings
from jobs.stream import bronze
from jobs.stream.feed import FeedFigures, FeedStream
from jobs.stream.lineage import StreamLineage
from jobs.stream.slices import Slice
from tests.jobs.bronze_rows import bronze_row

METRICS = load_contracts()["metrics"]
TOPIC = METRICS.topic.name
NAMES = [name for name in bronze.SCHEMA.names if name not in ("topic_id", "ingested_at")]


@pytest.fixture
def figures() -> FeedFigures:
    return FeedFigures()


@pytest.fixture
def lineage(lake: LakeSettings, figures: FeedFigures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StreamLineage:
    monkeypatch.setenv("HOME", str(tmp_path))
    to = Teller({"HEADWATER_LOG_DIR": str(tmp_path / "logs")})
    return StreamLineage(KafkaSettings("one:9092, two:9092"), lake, {TOPIC: METRICS}, {TOPIC: figures}, to)


def send(feed: FeedStream, count: int, partition: int = 0) -> None:
    """So many records more, in one commit."""
    first = feed.positions.get(partition, 0)
    made = [bronze_row(b"x", offset, partition=partition) for offset in range(first, first + count)]
    feed.offer([Slice(partition, first, first + count, pa.Table.from_pylist(made, bronze.SCHEMA).select(NAMES))])
    feed.commit_pending()


def told(folder: Path) -> list[dict[str, Any]]:
    file = folder / "logs" / "lineage" / f"{datetime.now(UTC).date()}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def read(event: dict[str, Any]) -> dict[int, tuple[int, int]]:
    places = event["inputs"][0]["inputFacets"]["headwater_kafkaOffsets"]["partitions"]
    return {each["partition"]: (each["from"], each["to"]) for each in places}


def rows(event: dict[str, Any]) -> tuple[int, int]:
    """Read, and written."""
    facets = event["inputs"][0]["inputFacets"]["inputStatistics"], event["outputs"][0]["outputFacets"]["outputStatistics"]
    return facets[0]["rowCount"], facets[1]["rowCount"]


def version(event: dict[str, Any]) -> int:
    return int(event["outputs"][0]["facets"]["version"]["datasetVersion"])


def test_each_event_is_of_what_came_since_the_one_before(
    lake: LakeSettings, lease: Lease, figures: FeedFigures, lineage: StreamLineage, tmp_path: Path
) -> None:
    feed = FeedStream.open(METRICS, "a", (0, 1), lake, lease, figures)
    lineage.tell(TOPIC, "RUNNING")
    assert told(tmp_path) == []  # nothing has come yet
    send(feed, 3)
    send(feed, 2)
    lineage.tell(TOPIC, "RUNNING")
    send(feed, 4, partition=1)
    lineage.tell(TOPIC, "RUNNING")
    lineage.tell(TOPIC, "RUNNING")
    lineage.end()
    events = told(tmp_path)
    assert [each["eventType"] for each in events] == ["START", "RUNNING", "RUNNING", "COMPLETE"]
    assert len({each["run"]["runId"] for each in events}) == 1
    assert [read(each) for each in events[1:]] == [{0: (0, 5), 1: (0, 0)}, {0: (5, 5), 1: (0, 4)}, {0: (5, 5), 1: (4, 4)}]
    assert [rows(each) for each in events] == [(0, 0), (5, 5), (4, 4), (0, 0)]
    topic, table = events[1]["inputs"][0], events[1]["outputs"][0]
    assert (topic["namespace"], topic["name"]) == ("kafka://one:9092", TOPIC)
    assert [field["name"] for field in topic["facets"]["schema"]["fields"]] == [field.name for field in METRICS.fields]
    assert (events[1]["job"]["name"], table["name"]) == ("stream.metrics", f"{tmp_path.name}/bronze/metrics")
    for event in events:
        held = open_table(lake, METRICS.bronze, version(event))
        assert transaction_offsets(held, "a", (0, 1)) == {number: beyond for number, (_, beyond) in read(event).items()}
    assert open_table(lake, METRICS.bronze, version(events[1])).to_pyarrow_table().num_rows == 5


def test_a_driver_that_starts_anew_goes_on_where_the_table_ends(
    lake: LakeSettings, lease: Lease, figures: FeedFigures, lineage: StreamLineage, tmp_path: Path
) -> None:
    send(FeedStream.open(METRICS, "a", (0,), lake, lease), 3)
    send(FeedStream.open(METRICS, "a", (0,), lake, lease, figures), 2)
    lineage.end("the lease was lost")
    began, ended = told(tmp_path)
    assert (began["eventType"], ended["eventType"], read(ended), rows(ended)) == ("START", "FAIL", {0: (3, 5)}, (2, 2))
    assert ended["run"]["facets"]["errorMessage"]["message"] == "the lease was lost"


def test_a_topic_that_was_made_anew_is_read_from_its_beginning(
    lake: LakeSettings, lease: Lease, figures: FeedFigures, lineage: StreamLineage, tmp_path: Path
) -> None:
    send(FeedStream.open(METRICS, "a", (0,), lake, lease, figures), 3)
    lineage.tell(TOPIC, "RUNNING")
    send(FeedStream.open(METRICS, "b", (0,), lake, lease, figures), 2)
    lineage.tell(TOPIC, "RUNNING")
    last = told(tmp_path)[-1]
    assert (read(last), rows(last), last["inputs"][0]["inputFacets"]["headwater_kafkaOffsets"]["topicId"]) == ({0: (0, 2)}, (2, 2), "b")


def test_a_feed_that_was_never_opened_is_not_told_of(lineage: StreamLineage, tmp_path: Path) -> None:
    lineage.end()
    assert told(tmp_path) == []
