"""The live thread's turns: which table is given what, and what a commit that is at work beside may not do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from deltalake import DeltaTable

from include.contracts import Contract, load_contracts
from include.delta_log import transaction_offsets
from include.errors import StoreError, StreamError
from include.lease import Lease
from include.lineage.telling import Teller
from include.settings import KafkaSettings, LakeSettings
from jobs.common.windows import window_table
from jobs.stream.feed import FeedFigures
from jobs.stream.fold import Fold
from jobs.stream.lineage import StreamLineage
from jobs.stream.live import Live
from jobs.stream.live_feeds import LiveFeeds
from jobs.stream.live_table import MANY_ROWS, LiveTable
from jobs.stream.outlets import Outlet
from tests.jobs.stream.sent import slice_of

METRICS = load_contracts()["metrics"]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Reading:
    """What the live thread asks of a feed that is read."""

    contract: Contract
    topic_id: str
    partitions: tuple[int, ...] = (0,)
    next_offsets: dict[int, int] = field(default_factory=dict)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def outlet(lake: LakeSettings, lease: Lease) -> Outlet:
    opener = partial(LiveTable.open, "server_load_1m", Fold(window_table("server_load_1m")), lake=lake, lease=lease)
    return Outlet("server_load_1m", ("metrics",), True, opener)


@pytest.fixture
def live(outlet: Outlet, lake: LakeSettings, lease: Lease) -> Live:
    return Live([outlet], LiveFeeds({"metrics"}, lake, None, lambda: False), lake, lease)


def begin(live: Live, topic_id: str) -> None:
    live.feeds.begin([Reading(METRICS, topic_id)])
    live.feeds.known()["metrics"].begin({0: 0})


def send(live: Live, first: int, count: int) -> None:
    value = {"server": "s1", "timestamp": NOON.isoformat(), "cpu_pct": 10, "memory_pct": 1}
    live.feeds.known()["metrics"].offer([slice_of([json.dumps(value).encode()] * count, first, [NOON] * count)])


def samples(lake: LakeSettings) -> list[int]:
    return DeltaTable(lake.table_uri("live.server_load_1m")).to_pyarrow_table(columns=["samples"])["samples"].to_pylist()


def test_everything_pending_is_committed_before_the_thread_ends(live: Live, lake: LakeSettings) -> None:
    with live:
        begin(live, "topic-id")
        send(live, 0, 7)
    assert samples(lake) == [7]


def test_table_of_a_former_topic_takes_none_of_the_new_one_while_its_commit_is_at_work(
    live: Live, outlet: Outlet, pool: ThreadPoolExecutor, lake: LakeSettings
) -> None:
    begin(live, "former")
    send(live, 0, 5)
    live._turn(pool, everything=True)
    outlet.busy = True
    begin(live, "topic-id")
    send(live, 0, 9)
    live._turn(pool)
    outlet.busy = False
    live._turn(pool, everything=True)
    live._turn(pool, everything=True)
    assert samples(lake) == [14]


def test_lineage_tells_of_a_live_table_which_records_are_in_it_and_the_version_that_has_them(
    live: Live, outlet: Outlet, pool: ThreadPoolExecutor, lake: LakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    to = Teller({"HEADWATER_LOG_DIR": str(tmp_path / "logs")})
    lineage = StreamLineage(KafkaSettings("one:9092"), lake, {"metrics": METRICS}, {"metrics": FeedFigures()}, to, live=live.figures)
    lineage.tell("live.server_load_1m", "RUNNING")  # it is not open yet
    begin(live, "topic-id")
    for first, count in ((0, 5), (5, 2)):
        send(live, first, count)
        live._turn(pool, everything=True)
        lineage.tell("live.server_load_1m", "RUNNING")
    lineage.tell("live.server_load_1m", "RUNNING")
    lineage.end()
    (file,) = (tmp_path / "logs" / "lineage").iterdir()
    events = [json.loads(line) for line in file.read_text().splitlines()]
    assert {each["job"]["name"] for each in events} == {"live.server_load_1m"}
    assert [each["eventType"] for each in events] == ["START", "RUNNING", "RUNNING", "COMPLETE"]
    offsets = [each["inputs"][0]["inputFacets"]["headwater_kafkaOffsets"] for each in events[1:]]
    assert [(each["topicId"], each["partitions"]) for each in offsets] == [
        ("topic-id", [{"partition": 0, "from": first, "to": beyond}]) for first, beyond in ((0, 5), (5, 7), (7, 7))
    ]
    assert "inputStatistics" not in events[1]["inputs"][0]["inputFacets"]  # of these records the table has one row
    written = [(each["outputs"][0]["facets"]["version"], each["outputs"][0]["outputFacets"]["outputStatistics"]) for each in events[1:]]
    assert [rows["rowCount"] for _, rows in written] == [1, 1, 0]
    for (version, _), beyond in zip(written, (5, 7, 7), strict=True):
        held = DeltaTable(lake.table_uri("live.server_load_1m"), version=int(version["datasetVersion"]))
        assert transaction_offsets(held, "topic-id", (0,)) == {0: beyond}
    assert to.failures == 0


def test_table_with_much_pending_is_given_no_more_while_its_commit_is_at_work(live: Live, outlet: Outlet, pool: ThreadPoolExecutor) -> None:
    begin(live, "topic-id")
    live._turn(pool, everything=True)
    outlet.busy = True
    first = 0
    while first <= MANY_ROWS + 3 * 2000:
        send(live, first, 2000)
        live._turn(pool)
        first += 2000
    assert outlet.table is not None
    assert MANY_ROWS < outlet.table.positions["metrics"][0] <= MANY_ROWS + 2000


def test_table_that_was_parked_stays_so_when_its_commit_succeeds_after_all(live: Live, outlet: Outlet, pool: ThreadPoolExecutor) -> None:
    begin(live, "topic-id")
    live._turn(pool, everything=True)
    table = outlet.table
    assert table is not None
    live._park(outlet, StoreError("gone", where="bronze.metrics"))
    live._commit(outlet, table, table.take())
    assert live.failed() == {"live.server_load_1m": outlet.figures.last_error}


def test_what_the_first_outlet_needs_is_read_and_on_its_way_before_anything_else_is_read(
    outlet: Outlet, lake: LakeSettings, lease: Lease, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener = partial(LiveTable.open, "log_levels_1m", Fold(window_table("log_levels_1m")), lake=lake, lease=lease)
    feeds = LiveFeeds({"metrics", "logs-application"}, lake, None, lambda: False)
    live = Live([outlet, Outlet("log_levels_1m", ("logs-application",), True, opener)], feeds, lake, lease)
    feeds.begin([Reading(contract, "topic-id") for contract in (load_contracts()["logs_application"], METRICS)])
    order: list[object] = []
    monkeypatch.setattr(live, "_read", lambda topic, feed: bool(order.append(topic)))
    monkeypatch.setattr(live, "_submit", lambda pool, outlets, now: order.append([each.name for each in outlets]) or 0)

    live._turn(pool)

    assert order == ["metrics", ["server_load_1m"], "logs-application", ["server_load_1m", "log_levels_1m"]]


def test_thread_that_ends_by_an_error_of_no_table_ends_the_driver(outlet: Outlet, lake: LakeSettings, lease: Lease) -> None:
    class Odd:
        def read(self, seconds: float) -> None:
            raise RuntimeError("an error that nobody thought of")

        def follow(self, *_: object) -> None: ...

        def close(self) -> None: ...

    feeds = LiveFeeds({"metrics"}, lake, Odd(), lambda: False)
    feeds.begin([Reading(METRICS, "topic-id")])
    with Live([outlet], feeds, lake, lease) as live:
        live._thread.join(60)
        with pytest.raises(StreamError, match="nobody thought of"):
            live.check()
    assert "nobody thought of" in live.failed()["live.server_load_1m"]
