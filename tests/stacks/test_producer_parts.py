"""The planets API, the stand-in and the crypto poller as parts of a stack."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from include.kafka import all_end_offsets
from local.status import part_statuses
from tests.integration.streams import eventually
from tests.stacks.broker import Broker, broker_at
from tests.stacks.consumed import records_of
from tests.starting import start, stop

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PARTS = ("planets-api", "crypto-stand-in", "crypto-poller")


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker_at(tmp_path_factory.mktemp("parts") / "home") as broker:
        yield broker


def states(broker: Broker) -> dict[str, str]:
    return {part.name: part.state for part in part_statuses(broker.stack.settings) if part.name in PARTS}


def test_producers_start_send_and_stop_with_the_stack(broker: Broker) -> None:
    def prices() -> int:
        return sum(all_end_offsets(broker.kafka, ["crypto-prices"])["crypto-prices"].values())

    start(broker.stack, "planets-api", "crypto")
    assert states(broker) == dict.fromkeys(PARTS, "up")

    access = broker.stack.client_environment()
    planet, token = {"Name": "Kepler-442b"}, {"Authorization": f"Bearer {access['PLANETS_API_TOKEN']}"}
    assert httpx.post(f"{access['PLANETS_API_URL']}/planets", json=planet, headers=token).status_code == 202
    eventually(lambda: prices() >= 5, "prices arrive")
    stand_in = f"http://127.0.0.1:{broker.stack.settings.ports.crypto_stand_in}"
    assert "stand-in" in httpx.get(f"{stand_in}/ping").json()["gecko_says"]
    assert {dict(record.headers())["source"] for record in records_of(broker.kafka, "crypto-prices")} == {f"stand-in {stand_in}".encode()}

    stop(broker.stack)
    assert states(broker) == dict.fromkeys(PARTS, "down")
    logs = {name: (broker.stack.settings.logs / f"{name}.log").read_text() for name in PARTS}
    assert logs["crypto-poller"].rstrip().endswith("ended")
    assert "lost" not in logs["crypto-poller"]
    assert "Application shutdown complete" in logs["planets-api"]
