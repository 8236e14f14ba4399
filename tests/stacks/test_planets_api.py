"""The planets API against a real broker: what it answers is true, also when the broker dies while clients send."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.ports import free_ports
from tests.integration.streams import eventually
from tests.stacks.broker import Broker, Program, broker_at, running
from tests.stacks.consumed import records_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

MODULE, TOPIC, TOKEN = "jobs.produce.planets_api", "planet_discoveries", "a-token-of-this-test"
SOUND = {"Gravity": 1.02, "Temperature": 14.5, "Colonisable": 1, "added": {"by": "a newer source"}}
BAD = {"Name": 5, "Gravity": 0, "Sunlight_Hours": 30, "Rotation_Time": 3, "Water_Presence": 2, "Num_Moons": "one"}
NO_ANSWER = 0
REASONS = {"type:Name", "type:Num_Moons", "exclusive_minimum:Gravity", "maximum:Water_Presence", "rule:sunlight_within_rotation"}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker_at(tmp_path_factory.mktemp("planets") / "home") as broker:
        yield broker


class Api:
    """A client of one API."""

    def __init__(self, port: int, program: Program) -> None:
        self.program = program
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, headers={"Authorization": f"Bearer {TOKEN}"})

    def post(self, planet: Any, **headers: str) -> httpx.Response:
        content = planet if isinstance(planet, bytes) else json.dumps(planet).encode()
        return self.client.post("/planets", content=content, headers={"Content-Type": "application/json", **headers})

    def serves(self) -> bool:
        try:
            return self.client.get("/health").status_code in (200, 503)
        except httpx.TransportError:
            return False

    def is_up(self) -> bool:
        return self.client.get("/health").status_code == 200


@contextmanager
def api_of(servers: str, log: Path, ack_seconds: int) -> Iterator[Api]:
    (port,) = free_ports(1)
    settings = {"PLANETS_API_PORT": str(port), "PLANETS_API_TOKEN": TOKEN, "PLANETS_API_ACK_SECONDS": str(ack_seconds)}
    with running(MODULE, log, KAFKA_BOOTSTRAP_SERVERS=servers, **settings) as program:
        api = Api(port, program)
        eventually(api.serves, "the API answers")
        yield api
        api.client.close()


@pytest.fixture(scope="module")
def api(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api_of(broker.kafka.bootstrap_servers, tmp_path_factory.mktemp("log") / "api.log", 60) as api:
        yield api


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[Api]:
    """An API whose broker is away."""
    (nobody,) = free_ports(1)
    with api_of(f"127.0.0.1:{nobody}", tmp_path / "api.log", 1) as api:
        yield api


def names(broker: Broker) -> Counter[str]:
    return Counter(json.loads(record.value())["Name"] for record in records_of(broker.kafka, TOPIC))


def test_an_accepted_planet_is_where_the_answer_says_byte_for_byte(api: Api, broker: Broker) -> None:
    sent = b'{ "Name": "Kepler-442b",\n "Gravity": 1.30, "seen by": "\xc3\x89lodie" }'
    answer = api.post(sent)
    assert answer.status_code == 202
    told = answer.json()
    (record,) = (each for each in records_of(broker.kafka, TOPIC) if each.value() == sent)
    assert told == {"topic": TOPIC, "partition": record.partition(), "offset": record.offset()}
    assert (record.key(), record.headers()) == (b"Kepler-442b", [("source", b"planets-api")])


def test_a_bad_planet_is_refused_with_every_reason_and_not_sent(api: Api, broker: Broker) -> None:
    before = names(broker)
    answer = api.post(BAD)
    assert answer.status_code == 422
    assert {each["reason"] for each in answer.json()["reasons"]} == REASONS
    assert all(each["message"] for each in answer.json()["reasons"])
    shown = {each["field"]: each["value"] for each in answer.json()["reasons"]}
    assert shown == {name: None if name not in BAD else json.dumps(BAD[name]) for name in shown}
    assert names(broker) == before


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"{", "not_json"),
        (b"[]", "not_object"),
        (b'{"Name":"\xff"}', "not_utf8"),
        (b'{"Name":"a","Name":"b"}', "irregular_json"),
    ],
)
def test_what_is_no_json_object_is_refused_with_its_reason(api: Api, body: bytes, reason: str) -> None:
    answer = api.post(body)
    assert (answer.status_code, [each["reason"] for each in answer.json()["reasons"]]) == (422, [reason])


@pytest.mark.parametrize("credentials", ["", "Bearer wrong", f"Basic {TOKEN}", "Bearer \xe9"])
def test_nobody_sends_without_the_token(api: Api, broker: Broker, credentials: str) -> None:
    before = names(broker)
    headers = {"Authorization": credentials.encode("latin-1"), "Content-Type": "application/json"}
    answer = httpx.post(f"{api.client.base_url}/planets", content=b'{"Name":"stranger"}', headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert names(broker) == before


def test_anybody_may_ask_how_it_is(api: Api) -> None:
    answer = httpx.get(f"{api.client.base_url}/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "up")


def test_a_body_that_is_too_large_or_no_json_by_its_own_word_is_refused(api: Api) -> None:
    assert api.post({"Name": "large", "Notes": "x" * 70_000}).status_code == 413
    answer = api.post({"Name": "typed"}, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 415
    assert "Content-Type: application/json" in answer.json()["detail"]


def test_the_description_has_every_field_of_the_contract_and_every_answer(api: Api) -> None:
    described = api.client.get("/openapi.json").json()["paths"]["/planets"]["post"]
    planet = described["requestBody"]["content"]["application/json"]["schema"]
    assert planet["required"] == ["Name"]
    assert planet["properties"]["Gravity"]["exclusiveMinimum"] == 0
    assert all(field["description"] for field in planet["properties"].values())
    assert described["responses"].keys() >= {"202", "401", "413", "415", "422", "503"}
    assert described["security"]


def test_a_broker_that_is_away_is_a_503_that_says_when_to_come_again(lonely: Api) -> None:
    answer = lonely.post({"Name": "nowhere", **SOUND})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Kafka has not taken it" in answer.json()["detail"]
    health = lonely.client.get("/health")
    assert (health.status_code, "Retry-After" in health.headers) == (503, True)
    assert lonely.post(BAD).status_code == 422


class Client(threading.Thread):
    """Sends planets, one after the other, until told to end or nobody answers; `accepted` are the names and places of those with 202."""

    def __init__(self, api: Api, number: int, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self._api, self._number, self._over = api, number, over
        self.accepted: dict[str, tuple[int, int]] = {}
        self.others: list[int] = []

    def run(self) -> None:
        sent = 0
        while not self._over.is_set():
            sent += 1
            name = f"planet {self._number} {sent}"
            try:
                answer = self._api.post({"Name": name, **SOUND})
            except httpx.TransportError:
                self.others.append(NO_ANSWER)
                return
            if answer.status_code == 202:
                self.accepted[name] = (answer.json()["partition"], answer.json()["offset"])
            else:
                self.others.append(answer.status_code)


def test_a_broker_that_dies_while_clients_send_costs_and_doubles_no_planet(api: Api, broker: Broker) -> None:
    over = threading.Event()
    clients = [Client(api, number, over) for number in range(4)]
    for client in clients:
        client.start()

    def accepted() -> int:
        return sum(len(client.accepted) for client in clients)

    eventually(lambda: accepted() > 50, "planets are accepted")
    broker.kill()
    time.sleep(2)  # the outage itself
    broker.start()
    before = accepted()
    eventually(lambda: accepted() > before + 50, "planets are accepted again")
    over.set()
    for client in clients:
        client.join()

    assert [client.others for client in clients] == [[], [], [], []]
    told = {name: place for client in clients for name, place in client.accepted.items()}
    found = [record for record in records_of(broker.kafka, TOPIC) if record.key().startswith(b"planet ")]
    assert len(found) == len(told)
    assert {record.key().decode(): (record.partition(), record.offset()) for record in found} == told


def test_all_that_it_accepted_until_it_was_ended_is_there(broker: Broker, tmp_path: Path) -> None:
    with api_of(broker.kafka.bootstrap_servers, tmp_path / "api.log", 30) as api:
        client = Client(api, 99, threading.Event())
        client.start()
        eventually(lambda: len(client.accepted) > 20, "planets are accepted")
        assert api.program.end() == -signal.SIGTERM  # as uvicorn has it: what it did last is to pass the signal on
        client.join()
        assert client.others == [NO_ANSWER]
        assert "Application shutdown complete" in api.program.says()
    found = names(broker)
    assert {found[name] for name in client.accepted} == {1}


def test_without_a_token_it_does_not_serve(tmp_path: Path) -> None:
    with running(MODULE, tmp_path / "api.log", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1", PLANETS_API_TOKEN="") as program:
        assert program.process.wait(60) == 1
        assert "PLANETS_API_TOKEN" in program.says()
