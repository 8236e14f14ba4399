"""What a part of the stack is: what is known of it before it runs, and how to run it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local.settings import LocalSettings, Ports


@dataclass(frozen=True)
class Kind:
    """What is known of a part before it runs. `ports` and `address` name fields of Ports."""

    ports: tuple[str, ...] = ()
    address: str = ""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15

    def port_settings(self, settings: LocalSettings) -> list[tuple[str, int]]:
        """(setting, port) of each port."""
        return [(Ports.setting(name), getattr(settings.ports, name)) for name in self.ports]

    def address_in(self, settings: LocalSettings) -> str:
        return self.address.format(**asdict(settings.ports))


KINDS: dict[str, Kind] = {
    "kafka": Kind(("kafka", "kafka_controller"), "127.0.0.1:{kafka}", stop_seconds=40),
    "minio": Kind(("s3", "s3_console"), "http://127.0.0.1:{s3} (console http://127.0.0.1:{s3_console})"),
    # TERM would wait for every client to leave by itself; INT asks them to.
    "postgres": Kind(("postgres",), "127.0.0.1:{postgres}", stop_signal=signal.SIGINT),
    "spark-connect": Kind(("spark_connect",), "sc://localhost:{spark_connect}"),
    "mail": Kind(("smtp",), "127.0.0.1:{smtp}"),
    # Both wait for open connections and running tasks, as long as they are let.
    "airflow-api-server": Kind(("airflow",), "http://127.0.0.1:{airflow}", stop_seconds=8),
    "airflow-scheduler": Kind(stop_seconds=8),
    "airflow-dag-processor": Kind(),
    "airflow-triggerer": Kind(),
    "airflow-history": Kind(),
    # Both wait for what Kafka has not acknowledged yet.
    "planets-api": Kind(("planets_api",), "http://127.0.0.1:{planets_api} (description /docs)", stop_seconds=25),
    "crypto-stand-in": Kind(("crypto_stand_in",), "http://127.0.0.1:{crypto_stand_in}"),
    "crypto-poller": Kind(stop_seconds=25),
}


def wanted(settings: LocalSettings) -> list[str]:
    """The parts that this stack has: where a real price API is asked, nothing stands in for it."""
    return [name for name in KINDS if name != "crypto-stand-in" or not settings.crypto_api_url]


@dataclass(frozen=True)
class Part:
    """How to run one part; `answers` says whether it does its work already."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    answers: Callable[[], bool] = lambda: True

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]


def log_file(settings: LocalSettings, name: str) -> Path:
    return settings.logs / f"{name}.log"


def pid_file(settings: LocalSettings, name: str) -> Path:
    return settings.run / f"{name}.pid"
