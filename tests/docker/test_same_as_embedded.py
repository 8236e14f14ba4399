"""The containers run what the embedded stack runs, and nothing differs but addresses and places."""

from __future__ import annotations

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from include.declared_settings import settings_of
from include.streams.settings import GroupSettings, StreamSettings
from local import jars, minio_binary
from local.credentials import ACCESS_KEY_ID, BUCKET, Credentials
from local.envfile import parse
from local.parts import airflow, kafka, minio, postgres
from local.settings import LocalSettings
from local.stack import Stack
from tests.docker.composed import ROOT, SERVICES, environment

DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()
AIRFLOW = [name for name in SERVICES if name.startswith("airflow-")]
# Addresses, places and secrets; the scheduler's own answer to health checks is the containers' alone.
_OWN_AIRFLOW = re.compile(
    "HOME|FOLDER|DIRECTORY|PASSWORDS_FILE|SERVER_URL|HOST$|BASE_URL|SECRET|FERNET|SQL_ALCHEMY|ENABLE_HEALTH_CHECK|API__PORT"
)
_OWN_KAFKA = {"listeners", "advertised.listeners", "controller.quorum.bootstrap.servers", "log.dirs", "listener.security.protocol.map"}


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    settings = LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path)})
    return Stack(settings, Credentials.load_or_create(settings))


def argument(name: str) -> str:
    return re.search(rf"^ARG {name}=(\S+)$", DOCKERFILE, re.MULTILINE)[1]  # type: ignore[index]


@pytest.mark.parametrize("service", AIRFLOW)
def test_airflow_has_the_settings_of_the_embedded_one(stack: Stack, service: str) -> None:
    embedded = {name: value for name, value in airflow.environment(stack).items() if name.startswith("AIRFLOW__")}
    here = {name: value for name, value in environment(service).items() if name.startswith("AIRFLOW__")}
    assert here.keys() - embedded.keys() == {"AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK"}
    assert embedded.keys() - here.keys() == set()
    same = [name for name in embedded if not _OWN_AIRFLOW.search(name)]
    assert {name: here[name] for name in same} == {name: embedded[name] for name in same}
    assert len(same) > 10


def test_dags_find_the_same_connections(stack: Stack) -> None:
    def kept(variables: dict[str, str]) -> dict[str, dict[str, object]]:
        found = {name: json.loads(value) for name, value in variables.items() if name.startswith("AIRFLOW_CONN_")}
        return {name: {**value, "host": "", "port": 0, "password": ""} for name, value in found.items()}

    assert kept(environment("airflow-scheduler")) == kept(airflow.environment(stack))


def test_brokers_have_the_settings_of_the_embedded_one(stack: Stack) -> None:
    embedded = parse(kafka._properties(stack))
    start = (ROOT / "docker/kafka/start.sh").read_text().replace("$KAFKA_REPLICATION", "1").replace("$in_sync", "1")
    here = parse((ROOT / "docker/kafka/server.properties").read_text()) | parse(
        start.partition("<<PROPERTIES\n")[2].partition("PROPERTIES\n")[0]
    )
    assert here.keys() - embedded.keys() == {"controller.quorum.auto.join.enable"}
    same = embedded.keys() - _OWN_KAFKA - {"node.id"}
    assert {name: here[name] for name in same} == {name: embedded[name] for name in same}


def test_broker_has_the_options_of_java_of_the_embedded_one() -> None:
    source, start = Path(kafka.__file__).read_text(), (ROOT / "docker/kafka/start.sh").read_text()
    options = re.findall(r'"(-XX:\S+|-Djava\S+)"', source)
    assert len(options) > 3
    assert [option for option in options if option not in start] == []


def test_postgres_has_the_settings_of_the_embedded_one() -> None:
    words = shlex.split((ROOT / "docker/postgres/start.sh").read_text().partition("exec ")[2].replace("\\\n", " "))
    given = dict(word.split("=", 1) for flag, word in pairwise(words) if flag == "-c")
    assert given == postgres._SETTINGS


def test_minio_has_the_settings_of_the_embedded_one(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minio_binary, "find", lambda _: Path("/minio"))
    embedded = {name: value for name, value in minio.part(stack).environment.items() if name.startswith("MINIO_")}
    here = environment("minio")
    assert here.keys() == embedded.keys()
    assert {**here, "MINIO_ROOT_PASSWORD": ""} == {**embedded, "MINIO_ROOT_PASSWORD": ""}


def test_versions_are_those_of_the_embedded_stack() -> None:
    assert argument("MINIO_MODULE") == minio_binary.MODULE
    assert f"UV_VERSION={argument('UV_VERSION')}\n" in (ROOT / "local/setup.sh").read_text()
    assert set(jars.SETS) == set(re.findall(r"COPY --from=jars /jars/(\w+) ", DOCKERFILE))


@pytest.mark.parametrize("service", ["stream-host", "console", *AIRFLOW])
def test_settings_of_the_streams_reach_whoever_reads_them(service: str) -> None:
    declared = {each.name for concern in (GroupSettings, StreamSettings) for _, each in settings_of(concern)}
    assert {name for name in declared if name.startswith("HEADWATER_STREAM_")} <= environment(service).keys()


def test_clients_of_the_lake_agree_on_where_it_is() -> None:
    found = [environment(name) for name in SERVICES if "LAKE_URI" in environment(name)]
    assert len(found) > 5
    assert {each["LAKE_URI"] for each in found} == {f"s3://{BUCKET}"}
    assert {each["AWS_ACCESS_KEY_ID"] for each in found} == {ACCESS_KEY_ID} == {environment("minio")["MINIO_ROOT_USER"]}
