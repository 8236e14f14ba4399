"""The crypto poller over real HTTP and a real broker: what the API said is in Kafka once, and nothing else."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Message

from include.contracts import load_contracts
from include.contracts.verdict import RecordCheck
from include.kafka import all_end_offsets
from jobs.produce.coingecko import PREFIX
from jobs.produce.crypto_stand_in import Answer, Market, StandIn
from local.ports import free_ports
from tests.integration.streams import eventually
from tests.stacks.broker import Broker, Program, broker_at, running
from tests.stacks.consumed import records_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

MODULE, TOPIC = "jobs.produce.crypto_poller", "crypto-prices"
COINS = ("bitcoin", "ethereum", "cardano", "solana", "polkadot")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker_at(tmp_path_factory.mktemp("crypto") / "home") as broker:
        yield broker


class Watched(StandIn):
    """A stand-in that remembers when it was asked for prices, and what it said."""

    def __init__(self, port: int, told: Iterable[Answer] = ()) -> None:
        super().__init__(("127.0.0.1", port), told)
        self.asked: list[float] = []
        self.said: list[tuple[str, float, int]] = []
        self.market = _Remembering(self.said)

    def next_answer(self) -> Answer:
        self.asked.append(time.monotonic())
        return super().next_answer()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{PREFIX}"


class _Remembering(Market):
    def __init__(self, said: list[tuple[str, float, int]]) -> None:
        self._said = said

    def quotes(self, *asked: Any) -> dict[str, dict[str, Any]]:
        found = super().quotes(*asked)
        self._said += [(coin, quote["usd"], quote["last_updated_at"]) for coin, quote in found.items()]
        return found


@contextmanager
def stand_in(answers: str = "", port: int = 0) -> Iterator[Watched]:
    with Watched(port, Answer.read(answers)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class Poll:
    """One poller, and the records that have come to its topic since it began."""

    def __init__(self, broker: Broker, program: Program) -> None:
        self.program, self._broker = program, broker
        self._begin = all_end_offsets(broker.kafka, [TOPIC])[TOPIC]

    def sent(self) -> int:
        return sum(all_end_offsets(self._broker.kafka, [TOPIC])[TOPIC].values()) - sum(self._begin.values())

    def records(self) -> list[Message]:
        return [record for record in records_of(self._broker.kafka, TOPIC) if record.offset() >= self._begin[record.partition()]]

    def ticks(self) -> list[tuple[str, float, int]]:
        """What the records say, as `Watched.said` has it."""
        told = [json.loads(record.value()) for record in self.records()]
        return [(each["crypto"], each["price_usd"], round(datetime.fromisoformat(each["timestamp"]).timestamp())) for each in told]


@contextmanager
def polling(broker: Broker, url: str, log: Path, **settings: str) -> Iterator[Poll]:
    given = {"CRYPTO_API_URL": url, "POLL_INTERVAL_SEC": "0.5", **settings}
    with running(MODULE, log / "poller.log", KAFKA_BOOTSTRAP_SERVERS=broker.kafka.bootstrap_servers, **given) as program:
        yield Poll(broker, program)


def test_each_coins_price_is_sent_as_it_was_said_and_names_the_stand_in(broker: Broker, tmp_path: Path) -> None:
    with stand_in() as server, polling(broker, server.url, tmp_path) as poll:
        eventually(lambda: poll.sent() >= 3 * len(COINS), "prices arrive")
        assert poll.program.end() == 0
        records = poll.records()
        assert Counter(poll.ticks()) == Counter(server.said)
    check = RecordCheck(load_contracts()["crypto_prices"])
    assert [check.judge(record.value()).reasons for record in records if check.judge(record.value()).reasons] == []
    assert {record.key().decode() for record in records} == set(COINS)
    assert all(json.loads(record.value())["crypto"] == record.key().decode() for record in records)
    assert {dict(record.headers())["source"] for record in records} == {f"stand-in {server.url}".encode()}


def test_a_price_of_anybody_else_names_the_base_url_alone(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.produce.crypto_stand_in.STAND_IN_HEADER", "X-Somebody-Else")
    with stand_in() as server, polling(broker, server.url, tmp_path) as poll:
        eventually(lambda: poll.sent() >= len(COINS), "prices arrive")
        poll.program.end()
        assert {dict(record.headers())["source"] for record in poll.records()} == {server.url.encode()}


@pytest.mark.parametrize(("answer", "seconds"), [("429:3", 3.0), ("429:+4", 3.0), ("503:3", 3.0)])
def test_it_leaves_an_api_alone_for_as_long_as_that_asks(broker: Broker, tmp_path: Path, answer: str, seconds: float) -> None:
    with stand_in(f"ok {answer}") as server, polling(broker, server.url, tmp_path) as poll:
        eventually(lambda: len(server.asked) >= 4, "it asks again")
        assert server.asked[2] - server.asked[1] >= seconds
        assert poll.program.end() == 0
        assert f"value: '{answer[:3]} " in poll.program.says()
        assert Counter(poll.ticks()) == Counter(server.said)


def test_an_api_that_is_away_is_told_and_waited_for_and_no_price_is_made_up(broker: Broker, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with polling(broker, f"http://127.0.0.1:{port}", tmp_path) as poll:
        eventually(lambda: poll.program.says().count("no prices, asking again") >= 2, "it says that there are no prices")
        assert poll.sent() == 0
        with stand_in("500 text", port) as server:
            eventually(lambda: poll.sent() >= len(COINS), "prices arrive")
            poll.program.end()
            assert Counter(poll.ticks()) == Counter(server.said)
        said = poll.program.says()
    assert "the price API gives no answer" in said
    assert "the price API gives an error" in said
    assert "is no JSON object" in said
    assert f"5 of 5 prices from stand-in http://127.0.0.1:{port}" in said


def test_a_coin_without_a_price_is_told_once_and_the_others_go_on(broker: Broker, tmp_path: Path) -> None:
    answers = "ok without:solana without:solana priceless:bitcoin ok"
    with stand_in(answers) as server, polling(broker, server.url, tmp_path, CRYPTO_IDS="bitcoin,solana,no-such-coin") as poll:
        eventually(lambda: len(server.asked) >= 7, "it has asked for a while")
        poll.program.end()
        said, ticks = poll.program.says(), Counter(poll.ticks())
    assert said.count("solana is left out: is not in the API's answer") == 1
    assert said.count("solana is back") == 1
    assert said.count("bitcoin is left out: price_usd is missing") == 1
    assert said.count("no-such-coin is left out") == 1
    assert ticks < Counter(server.said)
    assert sum(coin == "bitcoin" for coin, *_ in ticks.elements()) == sum(coin == "bitcoin" for coin, *_ in server.said) - 1


def test_a_broker_that_dies_costs_and_doubles_no_price(broker: Broker, tmp_path: Path) -> None:
    with stand_in() as server, polling(broker, server.url, tmp_path) as poll:
        eventually(lambda: poll.sent() >= len(COINS), "prices arrive")
        broker.kill()
        during = len(server.asked)
        eventually(lambda: len(server.asked) >= during + 4, "it goes on polling")
        eventually(lambda: "no broker answers" in poll.program.says(), "it says that the broker is away")
        broker.start()
        eventually(lambda: "a broker answers again" in poll.program.says(), "it finds the broker")
        eventually(lambda: poll.sent() >= len(server.said) - len(COINS), "what was polled arrives")
        assert poll.program.end() == 0
        assert Counter(poll.ticks()) == Counter(server.said)


def test_what_waits_for_company_is_sent_when_it_is_asked_to_end(broker: Broker, tmp_path: Path) -> None:
    with stand_in() as server, polling(broker, server.url, tmp_path, PRODUCER_LINGER_MS="300000", POLL_INTERVAL_SEC="0.2") as poll:
        eventually(lambda: len(server.asked) >= 3, "it polls")
        assert poll.sent() == 0
        assert poll.program.end() == 0
        assert Counter(poll.ticks()) == Counter(server.said)


def test_records_that_kafka_never_took_are_told_with_the_exit_code(broker: Broker, tmp_path: Path) -> None:
    (nobody,) = free_ports(1)
    given = {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{nobody}", "POLL_INTERVAL_SEC": "600"}
    with stand_in() as server, running(MODULE, tmp_path / "poller.log", CRYPTO_API_URL=server.url, **given) as program:
        eventually(lambda: "5 of 5 prices" in program.says(), "it has polled")
        assert program.end() == 1
        assert "5 records are lost" in program.says()
