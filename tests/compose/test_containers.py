"""`docker compose up -d --wait` on a machine of its own: what flows, who gets in, and what happens when containers die.

Opt-in (`make test-compose`): it builds the images first, which takes minutes. Where there is no engine it skips, and says why.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import duckdb
import httpx
import pytest
from confluent_kafka import Consumer
from deltalake import DeltaTable

from include.contracts import load_contracts
from include.errors import TopicError
from include.kafka import all_end_offsets
from include.settings import KafkaSettings
from jobs.produce.run import produce
from local.airflow_api import AirflowApi
from local.dag_runs import DagRuns
from tests.compose.containers import Containers, inspect, left_of, why_no_engine

pytestmark = [pytest.mark.compose, pytest.mark.timeout(5400)]

RECORDS = 50  # of each feed
POLLED = "crypto_prices"  # the poller adds to it
MOST_BYTES = 2_000_000_000
YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)


def eventually(is_so: Callable[[], bool], what: str, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not after {seconds:.0f} s: {what}"
        time.sleep(1)


@pytest.fixture(scope="module")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    if reason := why_no_engine():
        pytest.skip(f"no containers here: {reason}")
    containers = Containers(tmp_path_factory.mktemp("compose"))
    containers.compose("build", seconds=3000)
    try:
        yield containers
    finally:
        for name in containers.ids():
            service = name.rpartition("-")[0]
            print(f"── {name}\n{containers.compose('logs', '--tail', '15', '--no-log-prefix', service, check=False)}")
        containers.compose("down", "--volumes", "--timeout", "60")


@pytest.fixture(scope="module")
def up(containers: Containers) -> Containers:
    containers.compose("up", "--detach", "--wait", "--wait-timeout", "1500", seconds=1600)
    return containers


@pytest.fixture(scope="module")
def kafka(up: Containers) -> KafkaSettings:
    return KafkaSettings.from_environment(up.client)


@pytest.fixture(scope="module")
def produced(up: Containers, kafka: KafkaSettings) -> dict[str, int]:
    """Records of yesterday, acknowledged, by feed."""
    start = datetime(YESTERDAY.year, YESTERDAY.month, YESTERDAY.day, tzinfo=UTC)
    feeds, end = list(load_contracts().feeds), start + timedelta(days=1)
    return produce(feeds, rate=None, count=RECORDS, seed=1, start=start, end=end, kafka=kafka)


def table(up: Containers, address: str) -> DeltaTable:
    """By delta-rs, and nothing of Headwater's."""
    options = {name: value for name, value in up.client.items() if name.startswith("AWS_")}
    return DeltaTable(f"{up.client['LAKE_URI']}/{address.replace('.', '/')}", storage_options=options)


def in_kafka(kafka: KafkaSettings) -> dict[str, int]:
    """Feed → records that were ever sent."""
    topics = {contract.topic.name: contract.feed for contract in load_contracts().feeds.values()}
    return {topics[topic]: sum(ends.values()) for topic, ends in all_end_offsets(kafka, topics).items()}


def in_bronze(up: Containers, feed: str) -> int:
    return duckdb.from_arrow(table(up, f"bronze.{feed}").to_pyarrow_dataset()).count("*").fetchone()[0]  # type: ignore[index]


def test_images_are_small_and_have_no_secret_inside(containers: Containers) -> None:
    images = set(containers.compose("config", "--images").split())
    for image in images:
        found = inspect(image)
        assert found["Size"] < MOST_BYTES, image
        assert found["Config"]["User"] == "10001:10001", image
        assert not [name for name, value in containers.secrets.items() if value in str(found)], image
        print(f"{image}: {found['Size'] / 1e6:,.0f} MB")


def test_containers_are_as_closed_as_the_file_says(up: Containers) -> None:
    ids = up.ids()
    assert len(ids) == 18, ids
    for name, ident in ids.items():
        found = inspect(ident)
        host, user = found["HostConfig"], found["Config"]["User"]
        assert (user, host["ReadonlyRootfs"], host["CapDrop"], host["CapAdd"]) == ("10001:10001", True, ["ALL"], None), name
        assert host["SecurityOpt"] == ["no-new-privileges:true"], name
        assert (host["RestartPolicy"]["Name"], host["Memory"] > 0, host["NanoCpus"] > 0) == ("unless-stopped", True, True), name
        published = [each["HostIp"] for ports in (found["NetworkSettings"]["Ports"] or {}).values() for each in ports or []]
        assert set(published) <= {"127.0.0.1"}, name
        assert not [each for each in up.secrets.values() if each in str(found["Args"])], name


def test_records_are_in_bronze_and_any_client_reads_them(up: Containers, kafka: KafkaSettings, produced: dict[str, int]) -> None:
    assert produced == dict.fromkeys(load_contracts().feeds, RECORDS)
    for feed in produced.keys() - {POLLED}:
        eventually(lambda feed=feed: in_bronze(up, feed) == RECORDS, f"bronze.{feed} has all")
    eventually(lambda: in_bronze(up, POLLED) > RECORDS, "the poller's prices are in bronze, too")
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap_servers, "group.id": "somebody", "auto.offset.reset": "earliest"})
    consumer.subscribe([load_contracts()["clicks"].topic.name])
    record = next(found for _ in range(60) if (found := consumer.poll(1)))
    consumer.close()
    assert record.error() is None


def test_a_day_becomes_gold_on_the_cluster(up: Containers, produced: dict[str, int]) -> None:
    runs = DagRuns(AirflowApi.from_environment(up.client), up.folder / "no-logs-here")
    runs.wait("daily_commerce", runs.trigger_day("daily_commerce", YESTERDAY), seconds=1500)
    sales = duckdb.from_arrow(table(up, "gold.product_sales").to_pyarrow_dataset())
    days, revenue = sales.aggregate("count(distinct event_date), sum(revenue)").fetchone()  # type: ignore[misc]
    assert days == 1
    assert revenue > 0
    assert "headwater-connect" in up.compose("exec", "-T", "spark-master", "python", "-c", ASK_MASTER)


ASK_MASTER = "import urllib.request; print(urllib.request.urlopen('http://localhost:8080/json/').read().decode())"


def test_page_is_for_those_who_are_logged_in(up: Containers) -> None:
    url = f"{up.client['AIRFLOW_URL']}/headwater"
    login = {"username": up.client["AIRFLOW_USERNAME"], "password": up.client["AIRFLOW_PASSWORD"]}
    token = httpx.post(f"{up.client['AIRFLOW_URL']}/auth/token", json=login, timeout=60).json()["access_token"]
    for path in ("page/headwater.js", "api/v1/tables?layer=bronze", "api/v1/ledger"):
        assert httpx.get(f"{url}/{path}", timeout=60).status_code == 401
        assert httpx.get(f"{url}/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=60).status_code == 200


def test_kafka_ui_is_behind_a_password_and_for_its_own_page(up: Containers) -> None:
    address = f"http://127.0.0.1:{up.port('HEADWATER_KAFKA_UI_PORT')}"
    login = ("admin", up.secrets["HEADWATER_KAFKA_UI_PASSWORD"])
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, auth=("admin", "wrong")).status_code == 401
    assert httpx.get(address, auth=login, headers={"Origin": "http://elsewhere.example"}).status_code == 403
    assert "Kafka" in httpx.get(address, auth=login).text


def test_planets_come_in_with_the_token_alone(up: Containers) -> None:
    address = f"{up.client['PLANETS_API_URL']}/planets"
    assert httpx.post(address, json={"Name": ""}).status_code == 401
    assert httpx.post(address, json={"Name": ""}, headers={"Authorization": f"Bearer {up.client['PLANETS_API_TOKEN']}"}).status_code == 422


class Sending(threading.Thread):
    """Sends records of every feed until it is told to end, and counts the acknowledged ones."""

    def __init__(self, kafka: KafkaSettings) -> None:
        super().__init__(name="sending")
        self._kafka, self._ended = kafka, threading.Event()
        self.acknowledged, self.refused = 0, 0

    def run(self) -> None:
        seed = 100
        while not self._ended.is_set():
            seed += 1
            try:
                feeds = list(load_contracts().feeds)
                self.acknowledged += sum(produce(feeds, rate=2, count=10, seed=seed, start=None, end=None, kafka=self._kafka).values())
            except TopicError:  # what was acknowledged of these ten is not counted
                self.refused += 1

    def end(self) -> None:
        self._ended.set()
        self.join()


def test_each_container_dies_in_turn_and_no_acknowledged_record_is_lost(
    up: Containers, kafka: KafkaSettings, produced: dict[str, int]
) -> None:
    before = sum(in_kafka(kafka).values())
    sending = Sending(kafka)
    sending.start()
    try:
        for name, ident in sorted(up.ids().items()):
            print(f"{name}: back and healthy {up.crash(ident):.0f} s after its program was killed", flush=True)
    finally:
        sending.end()
    assert sending.acknowledged > 0
    sent = in_kafka(kafka)
    assert sum(sent.values()) - before >= sending.acknowledged
    for feed in sent:
        eventually(lambda feed=feed: in_bronze(up, feed) == in_kafka(kafka)[feed], f"bronze.{feed} has all that Kafka has", 400)
    told = up.compose("exec", "-T", "console", "headwater", "ledger")
    print(f"{sending.acknowledged} acknowledged meanwhile, {sending.refused} sendings refused\n{told}")
    assert "every offset accounted for, none twice" in told


def test_stack_that_was_taken_down_comes_back_with_its_data(up: Containers) -> None:
    held = in_bronze(up, "clicks")
    up.compose("down", "--timeout", "60")
    up.compose("up", "--detach", "--wait", "--wait-timeout", "1500", seconds=1600)
    assert held <= in_bronze(up, "clicks")
    assert "none twice" in up.compose("exec", "-T", "console", "headwater", "ledger", "clicks")


def test_no_secret_is_in_a_log(up: Containers) -> None:
    logs = up.compose("logs", "--no-color")
    assert len(logs) > 1000
    assert [name for name, value in up.secrets.items() if value in logs] == []


def test_nothing_is_left_after_down_with_volumes(up: Containers) -> None:
    assert left_of(up.project)
    up.compose("down", "--volumes", "--timeout", "60")
    assert left_of(up.project) == []
