"""`headwater up`, `status` and `down` as a person types them: everything, on ports and in a directory of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict

import boto3
import psutil
import pytest
from deltalake import DeltaTable

from include.catalog import LIVE
from include.contracts import load_contracts
from include.delta_log import row_count
from include.kafka import all_end_offsets
from include.settings import KafkaSettings, LakeSettings
from local import drivers, envfile
from local.airflow_api import AirflowApi
from local.parts.part import KINDS
from local.settings import REPOSITORY
from tests.stacks.consumed import records_of
from tests.stacks.machine import RECORDS, Machine

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]

POLLED = "crypto_prices"  # the poller adds to it


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("up") / "home")
    try:
        yield machine
    finally:
        machine.headwater("down")


@pytest.fixture(scope="module")
def up(machine: Machine) -> Machine:
    """The machine, after its first `up`."""
    done = machine.headwater("up")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Airflow   {machine.client()['AIRFLOW_URL']}  user admin  password {machine.client()['AIRFLOW_PASSWORD']}" in done.stdout
    assert "gold.product_sales" in done.stdout
    return machine


def test_status_shows_every_part_stream_and_feed(up: Machine) -> None:
    status = up.headwater("status")
    assert status.returncode == 0, status.stdout
    lines = [line.split() for line in status.stdout.splitlines() if line.strip()]
    assert {words[0]: words[1] for words in lines if words[0] in KINDS} == dict.fromkeys(KINDS, "up")
    assert ["all", "running", "running"] in [words[:3] for words in lines]
    sent = {feed: [str(RECORDS), "0"] for feed in load_contracts().feeds if feed != POLLED}
    assert {words[0]: words[1:3] for words in lines if words[0] in sent} == sent
    (polled,) = (words for words in lines if words[0] == POLLED)
    assert int(polled[1]) >= RECORDS
    live = {words[0]: int(words[1]) for words in lines if words[0] in LIVE}
    assert live.keys() == set(LIVE)
    assert all(live.values())


def test_the_env_file_lets_ordinary_clients_in(up: Machine) -> None:
    assert stat.S_IMODE(up.settings.env_file.stat().st_mode) == 0o600
    access = up.client()
    assert sum(all_end_offsets(KafkaSettings(access["KAFKA_BOOTSTRAP_SERVERS"]), ["metrics"])["metrics"].values()) == RECORDS
    keys = {"aws_access_key_id": access["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": access["AWS_SECRET_ACCESS_KEY"]}
    s3 = boto3.client("s3", endpoint_url=access["AWS_ENDPOINT_URL"], region_name=access["AWS_REGION"], **keys)
    assert s3.list_objects_v2(Bucket="lakehouse", Prefix="bronze/metrics/")["KeyCount"] > 0
    options = {name: value for name, value in access.items() if name.startswith("AWS_")}
    assert len(DeltaTable(f"{access['LAKE_URI']}/bronze/metrics", storage_options=options).to_pyarrow_table()) == RECORDS
    assert AirflowApi.from_environment(access).get("/dags/topics")["is_paused"] is False


@pytest.mark.parametrize("number", range(4))
def test_the_documented_clients_get_in(up: Machine, number: int) -> None:
    programs = re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs" / "clients.md").read_text(), re.DOTALL)
    assert len(programs) == 4
    command, environment = [sys.executable, "-c", programs[number]], {**os.environ, **up.client()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_planets_api_takes_the_token_of_the_env_file(up: Machine) -> None:
    access = up.client()
    asked = urllib.request.Request(f"{access['PLANETS_API_URL']}/planets", b'{"Name":""}', {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(asked)
    asked.add_header("Authorization", f"Bearer {access['PLANETS_API_TOKEN']}")
    with pytest.raises(urllib.error.HTTPError, match="422"):
        urllib.request.urlopen(asked)


def test_the_poller_asks_the_stand_in_and_says_so(up: Machine) -> None:
    records = records_of(KafkaSettings(up.client()["KAFKA_BOOTSTRAP_SERVERS"]), "crypto-prices")
    sources = {dict(record.headers() or []).get("source") for record in records}
    assert f"stand-in http://127.0.0.1:{up.settings.ports.crypto_stand_in}".encode() in sources


def test_spark_takes_the_token_and_nobody_without_it(up: Machine) -> None:
    program = "from pyspark.sql import SparkSession; print(SparkSession.builder.getOrCreate().range(7).count())"
    for token, expected in ((up.client()["SPARK_CONNECT_AUTHENTICATE_TOKEN"], "7"), ("wrong", "Invalid authentication token")):
        environment = {**os.environ, **up.client(), "SPARK_CONNECT_AUTHENTICATE_TOKEN": token}
        done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False, timeout=300)
        assert expected in done.stdout + done.stderr


def test_everything_listens_on_this_machine_alone(up: Machine) -> None:
    mine = {process.pid for process in up.everything()} | set(up.pids().values())
    listening = [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN and each.pid in mine]
    assert len(listening) >= len(asdict(up.settings.ports))
    assert {each.laddr.ip.removeprefix("::ffff:") for each in listening} <= {"127.0.0.1", "::1"}


def test_no_secret_is_on_a_command_line(up: Machine) -> None:
    secrets = [value for name, value in {**up.client(), **envfile.read(up.settings.secrets_file)}.items() if _is_secret(name)]
    words = " ".join(word for process in up.everything() for word in process.cmdline())
    assert len(secrets) >= 7
    assert [secret for secret in secrets if secret in words] == []


def _is_secret(name: str) -> bool:
    return any(word in name for word in ("PASSWORD", "SECRET", "TOKEN", "FERNET"))


def test_up_again_changes_nothing(up: Machine) -> None:
    before = up.pids(), [driver.pid for driver in drivers.find(up.settings)]
    assert up.headwater("up").returncode == 0
    assert (up.pids(), [driver.pid for driver in drivers.find(up.settings)]) == before


def test_a_killed_part_is_told_by_status_and_mended_by_up(up: Machine) -> None:
    os.kill(up.pids()["mail"], signal.SIGKILL)
    status = up.headwater("status")
    assert status.returncode == 3
    assert ["mail", "died"] in [line.split()[:2] for line in status.stdout.splitlines()]
    assert up.headwater("up", "--only", "mail").returncode == 0
    assert "mail" in up.pids()


def test_a_table_is_shown_without_spark(up: Machine) -> None:
    shown = up.headwater("table", "bronze.metrics", "--limit", "2", "--json").stdout.splitlines()
    assert len(shown) == 2
    assert all('"value": "{' in line for line in shown)
    assert "`headwater table`, or GET /tables of the API, lists all" in up.headwater("table", "bronze.nothing").stderr
    assert {"bronze.metrics", "ops.gaps", "ops.drift", "ops.rebuilds", "ops.resolved_records"} <= set(up.headwater("table").stdout.split())
    assert "0 of 0 rows" in up.headwater("table", "ops.rebuilds").stdout


def test_topics_are_as_their_contracts_ask(up: Machine) -> None:
    lines = {line.split()[0]: line.split() for line in up.headwater("topics").stdout.splitlines()}
    for contract in load_contracts().feeds.values():
        words = lines[contract.topic.name]
        assert words[1] == str(contract.topic.partitions)
        assert int(words[2]) == RECORDS or (contract.feed == POLLED and int(words[2]) > RECORDS)
        assert len(words) == 3 + contract.topic.partitions


def test_airflows_own_command_line_is_the_stacks(up: Machine) -> None:
    listed = up.headwater("airflow", "dags", "list", "--output", "plain")
    assert listed.returncode == 0, listed.stderr
    assert "daily_commerce" in listed.stdout


def test_dags_are_run_by_name_and_followed_to_their_end(up: Machine) -> None:
    built = up.headwater("run", "product_sales", "--day", "2026-03-01")
    assert built.returncode == 0, built.stdout + built.stderr
    lines = [" ".join(line.split()) for line in built.stdout.splitlines()]
    assert lines[0] == "product_sales is built by daily_commerce, with all that this DAG builds"
    assert lines[-1] == "daily_commerce succeeded"
    assert [line for line in lines if re.fullmatch(r"day\.gold 2026-03-01 [\d.]+ s success", line)]
    trained = up.headwater("run", "train", "--conf", "seed=7")
    assert trained.returncode == 0, trained.stdout + trained.stderr
    assert re.search(r"train +[\d.]+ s +skipped: (there are no planets yet|too few labelled planets)", trained.stdout)


def test_a_run_that_cannot_be_is_said_with_what_can(up: Machine) -> None:
    unknown, wrong = up.headwater("run", "weather"), up.headwater("run", "topics", "--day", "2026-03-01")
    seed = up.headwater("run", "train", "--conf", "seed=x")
    assert (unknown.returncode, wrong.returncode, seed.returncode) == (1, 1, 1)
    assert "known: all, stream, train, planets, " in unknown.stderr
    assert "topics does not ask for that" in wrong.stderr
    assert "Airflow answers 4" in seed.stderr


def test_the_stream_is_run_once_by_waiting_for_the_driver_that_is_at_work(up: Machine) -> None:
    done = up.headwater("run", "stream", "--available-now")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "all: bronze has all that was in Kafka")


def test_the_shell_has_spark_and_the_tables(up: Machine) -> None:
    done = up.headwater("shell", "-c", 'print(spark.table("bronze.metrics").count())')
    assert (done.stdout, done.returncode) == (f"{RECORDS}\n", 0), done.stderr


def test_down_stops_all_and_keeps_the_data(up: Machine) -> None:
    assert up.headwater("down").returncode == 0
    assert "the stack is down" in up.headwater("table", "bronze.clicks").stderr
    assert [process.cmdline() for process in up.everything()] == []
    assert not up.pids()
    assert up.headwater("up", "--only", "kafka,minio").returncode == 0
    assert sum(all_end_offsets(KafkaSettings(up.client()["KAFKA_BOOTSTRAP_SERVERS"]), ["clicks"])["clicks"].values()) == RECORDS
    assert row_count(LakeSettings.from_environment(up.client()), "bronze.clicks") == RECORDS
    assert up.headwater("down").returncode == 0


def test_an_up_that_fails_names_the_port_and_leaves_nothing(up: Machine) -> None:
    up.headwater("down")
    with socket.create_server(("127.0.0.1", up.settings.ports.spark_connect)):
        done = up.headwater("up")
    assert done.returncode == 1
    assert f"port {up.settings.ports.spark_connect}, which spark-connect needs, is taken" in done.stderr
    assert up.everything() == []


def test_an_up_whose_child_dies_names_the_log_and_leaves_nothing(up: Machine) -> None:
    up.headwater("down")
    (up.settings.data / "kafka" / "logs" / "meta.properties").write_text("cluster.id=of-another-cluster\nnode.id=1\nversion=1\n")
    done = up.headwater("up", "--only", "minio,kafka,mail")
    assert done.returncode == 1
    assert re.search(r"kafka ended( with exit code 1)? instead of starting", done.stderr)
    assert f"log: {up.settings.logs / 'kafka.log'}" in done.stderr
    assert up.everything() == []
