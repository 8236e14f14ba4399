"""One driver through what befalls its files, its topics and its tables: nothing is lost or doubled, and what is gone is told.

The driver, and the topics that are deleted under it, are this file's own: feeds of contracts that nobody else has.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from confluent_kafka import TopicPartition
from deltalake import CommitProperties, Transaction, write_deltalake
from typer.testing import CliRunner, Result

from include.contract_files import SETTING
from include.contracts import load_contracts
from include.delta_log import open_table, transaction_app_id
from include.gaps import declared
from include.incidents import open_incidents
from include.kafka import admin, topic_ids
from include.objects import client
from include.streams import state
from include.table_files import data_files
from include.topics import reconcile_topics
from jobs.stream.bronze import SCHEMA
from local.cli import app
from local.settings import REPOSITORY
from local.stack import Stack
from tests.integration.streams import GROUP, Streams, eventually, streams_of
from tests.jobs.bronze_rows import bronze_row

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

COPIED = ("copied_earliest", "copied_latest", "copied_rows")
FEEDS = (*COPIED, "deleted", "expiring", "logless", "moved", "remade", "steady")
RECORD = b'{"timestamp": "2026-03-01T00:00:00Z"}'


@pytest.fixture(scope="module")
def streams(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streams]:
    """A driver at work. Of those with `copied` in their name bronze has five rows, as a copy without the table's log has."""
    home = tmp_path_factory.mktemp("guarantees")
    folder = home / "schemas"
    shutil.copytree(REPOSITORY / "include/schemas/outgoing", folder / "outgoing")
    (folder / "clickstream").mkdir()
    ratings = (REPOSITORY / "include/schemas/clickstream/ratings.odcs.yaml").read_text()
    for feed in FEEDS:
        (folder / f"clickstream/{feed}.odcs.yaml").write_text(re.sub(r"\bratings\b", feed, ratings))
    (home / "tmp").mkdir()
    environment = {**stack.client_environment(), SETTING: str(folder), "TMPDIR": str(home / "tmp"), "PYTHONPATH": str(REPOSITORY)}
    with streams_of(environment, home) as streams, pytest.MonkeyPatch.context() as patch:
        for name, value in streams.environment.items():
            patch.setenv(name, value)
        patch.setenv("HEADWATER_HOME", str(home / "no-stack"))  # else the command line takes the lake of that one
        reconcile_topics(load_contracts().with_topics, streams.kafka).check()
        for feed in COPIED:
            streams.send(feed, [RECORD] * 8, partition=0)
            copy_of_rows(streams, feed, 5)
        streams.send("logless", [RECORD] * 5, partition=0)
        copy_of_rows(streams, "logless", 5)
        delete_below(streams, "logless", "_delta_log/")
        streams.run()
        eventually(lambda: streams.phase() == "running" and streams.landed("steady"), "the driver runs")
        yield streams


def copy_of_rows(streams: Streams, feed: str, rows: int) -> None:
    """A table as another tool leaves it that copies the rows of a stream's."""
    ours = {"topic": feed, "topic_id": topic_ids(streams.kafka, [feed])[feed]}
    table = pa.Table.from_pylist([bronze_row(RECORD, offset, **ours) for offset in range(rows)], SCHEMA)
    write_deltalake(
        streams.lake.table_uri(f"bronze.{feed}"), table, partition_by=["event_date"], storage_options=streams.lake.delta_options()
    )


def delete_below(streams: Streams, feed: str, prefix: str) -> None:
    """What lies in the folder of bronze's table is gone from the store, where its path begins so."""
    lake, store = streams.lake, client(streams.lake)
    found = store.list_objects_v2(Bucket=lake.bucket, Prefix=f"{lake.prefix}bronze/{feed}/{prefix}")["Contents"]
    for each in found:
        store.delete_object(Bucket=lake.bucket, Key=each["Key"])


def driver_error(streams: Streams, feed: str) -> str:
    status = state.read_actual(streams.lake, GROUP)
    return (status.feeds[feed].last_error or "") if status and feed in status.feeds else ""


def incidents(streams: Streams, feed: str) -> list[str]:
    return [each.what for each in open_incidents(streams.lake) if f"/{feed}/" in f"{each.incident_id}/"]


def gaps(streams: Streams, feed: str) -> list[tuple[int, int, str]]:
    return [(gap.first_offset, gap.last_offset, gap.reason) for gap in declared(streams.lake, feed)]


def test_local_files_may_go_at_any_moment(streams: Streams) -> None:
    gone = 0
    for _ in range(60):
        streams.send("steady", [RECORD] * 20)
        for folder in Path(streams.environment["TMPDIR"]).glob("headwater-stream-*"):
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
        time.sleep(0.1)

    eventually(lambda: streams.landed("steady"), "all records are in bronze")
    assert gone > 0
    assert streams.differences("steady") == {}
    assert streams.processes[0].poll() is None


def test_what_kafka_deletes_unread_while_the_driver_runs_is_a_gap_and_an_incident(streams: Streams) -> None:
    streams.send("expiring", [RECORD] * 10, partition=0)
    eventually(lambda: streams.landed("expiring"), "the first records are in bronze")

    os.killpg(streams.processes[0].pid, signal.SIGSTOP)
    streams.send("expiring", [RECORD] * 30, partition=0)
    broker = admin(streams.kafka)
    broker.delete_records([TopicPartition("expiring", 0, 25)])[TopicPartition("expiring", 0)].result()
    os.killpg(streams.processes[0].pid, signal.SIGCONT)

    eventually(lambda: streams.landed("expiring"), "the stream goes on")
    assert gaps(streams, "expiring") == [(10, 24, "retention")]
    (told,) = incidents(streams, "expiring")
    assert "15 offsets of expiring left Kafka before they were read: partition 0: 10 to 24" in told
    assert sorted(streams.rows("expiring", ["offset"])["offset"].to_pylist()) == [*range(10), *range(25, 40)]
    (incident,) = [each.incident_id for each in open_incidents(streams.lake) if each.cause == "retention"]
    assert incident in CliRunner().invoke(app, ["incidents"]).stdout
    assert incident not in CliRunner().invoke(app, ["incidents", "--close", incident]).stdout


def test_topic_made_anew_and_filled_beyond_the_former_one_at_once_is_a_new_epoch(streams: Streams) -> None:
    streams.send("remade", [RECORD] * 10, partition=0)
    eventually(lambda: streams.landed("remade"), "the former topic is read")
    former = topic_ids(streams.kafka, ["remade"])["remade"]

    delete(streams, "remade")
    reconcile_topics(load_contracts().with_topics, streams.kafka).check()
    streams.send("remade", [RECORD] * 25, partition=0)

    eventually(lambda: streams.landed("remade"), "the new topic is read", seconds=60)
    assert streams.differences("remade") == {}
    rows = streams.rows("remade", ["topic_id", "offset"]).to_pylist()
    assert sorted(row["offset"] for row in rows if row["topic_id"] == former) == [*range(10)]
    assert len(rows) == 35
    assert gaps(streams, "remade") == []
    (told,) = incidents(streams, "remade")
    assert f"All of the former topic (id {former}) that was seen is in bronze: partition 0 to 9" in told


def test_an_offset_that_somebody_moves_under_a_driver_stops_its_feed_and_doubles_nothing(streams: Streams) -> None:
    streams.send("moved", [RECORD] * 10, partition=0)
    eventually(lambda: streams.landed("moved"), "the first records are in bronze")
    offset = Transaction(transaction_app_id(topic_ids(streams.kafka, ["moved"])["moved"], 0), 4)
    write_deltalake(
        open_table(streams.lake, "bronze.moved"),
        SCHEMA.empty_table(),
        mode="append",
        commit_properties=CommitProperties(app_transactions=[offset]),
    )
    streams.send("moved", [RECORD] * 5, partition=0)
    eventually(lambda: "no commit of the stream has left" in driver_error(streams, "moved"), "its feed is parked")
    assert sorted(streams.rows("moved", ["offset"])["offset"].to_pylist()) == [*range(10)]
    assert len(incidents(streams, "moved")) == 1


def test_a_table_whose_log_is_gone_is_neither_made_anew_nor_cleaned_up(streams: Streams) -> None:
    refused = resume("logless", "earliest", "--yes")
    assert "1 data file and no log" in driver_error(streams, "logless")
    assert len(incidents(streams, "logless")) == 1
    assert (refused.exit_code, "another process writes here" in refused.stderr) == (1, True)
    assert len(data_files(streams.lake, "bronze.logless")) == 1
    assert open_table(streams.lake, "bronze.logless") is None


def test_topic_that_is_deleted_stops_its_feed_alone(streams: Streams) -> None:
    delete(streams, "deleted")
    eventually(lambda: "no such topic" in driver_error(streams, "deleted"), "its feed is parked")
    streams.send("steady", [RECORD] * 10)
    eventually(lambda: streams.landed("steady"), "the others go on")

    reconcile_topics(load_contracts().with_topics, streams.kafka).check()
    streams.send("deleted", [RECORD] * 3)

    eventually(lambda: streams.landed("deleted"), "it is read again", seconds=120)
    assert streams.differences("deleted", "steady") == {}


@pytest.mark.parametrize("feed", COPIED)
def test_rows_without_offsets_stop_their_feed_until_somebody_chooses(streams: Streams, feed: str) -> None:
    before = open_table(streams.lake, f"bronze.{feed}")
    error = driver_error(streams, feed)
    asked = resume(feed, "rows")
    refused = resume(feed, "rows", "--yes")
    after = open_table(streams.lake, f"bronze.{feed}")

    assert "'rows end at': 5, 'offset in the log': None" in error
    assert f"headwater stream resume {feed} --from rows|earliest|latest" in error
    assert len(incidents(streams, feed)) == 1
    assert (asked.exit_code, "Nothing was changed" in asked.stdout) == (0, True)
    assert (refused.exit_code, "another process writes here" in refused.stderr) == (1, True)
    assert before is not None
    assert after is not None
    assert after.version() == before.version() == 0


def test_choice_is_carried_out_while_no_driver_runs_and_does_what_it_said(streams: Streams) -> None:
    state.set_desired(streams.lake, GROUP, "stopped")
    assert streams.processes[0].wait(120) == 0
    said = {feed: resume(feed, feed.removeprefix("copied_"), "--yes") for feed in COPIED}
    assert resume("moved", "rows", "--yes").exit_code == 0
    assert "1 data file and no log" in resume("logless", "earliest", "--yes").stderr
    delete_below(streams, "logless", "event_date=")
    assert resume("logless", "earliest", "--yes").exit_code == 0
    assert streams.drain() == 0, streams.log_of(streams.processes[-1])

    assert [feed for feed, words in SAID.items() if words not in said[feed].stdout] == []
    offsets = {feed: sorted(streams.rows(feed, ["offset"])["offset"].to_pylist()) for feed in COPIED}
    assert offsets["copied_rows"] == [*range(8)]
    assert offsets["copied_earliest"] == sorted([*range(5), *range(8)])
    assert offsets["copied_latest"] == [*range(5)]
    assert [gaps(streams, feed) for feed in COPIED] == [[], [(5, 7, "skipped by operator")], []]
    assert streams.differences("moved", "logless") == {}
    assert [incidents(streams, feed) for feed in (*COPIED, "moved", "logless")] == [[], [], [], [], []]


SAID = {
    "copied_rows": "reads on at 5, no row comes twice, none is left out",
    "copied_earliest": "reads on at 0, 5 rows twice, none is left out",
    "copied_latest": "reads on at 8, no row comes twice, offsets 5 to 7 are left out",
}


def delete(streams: Streams, topic: str) -> None:
    broker = admin(streams.kafka)
    broker.delete_topics([topic])[topic].result()
    eventually(lambda: topic not in topic_ids(streams.kafka, [topic]), f"{topic} is gone")


def resume(feed: str, choice: str, *more: str) -> Result:
    return CliRunner().invoke(app, ["stream", "resume", feed, "--from", choice, *more])
