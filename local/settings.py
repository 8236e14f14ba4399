"""The settings of one embedded stack, read from the environment once, at the edge. All of them: docs/settings.md."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.common_settings import FREE_DISK, HOME, PRICE_API
from include.declared_settings import Reader, Setting, declared, read, refuse_unknown_names, setting
from include.errors import SettingsError
from include.spark_conf import CacheSettings
from local import envfile

REPOSITORY = Path(__file__).resolve().parent.parent


def _port(name: str, default: int, what: str) -> Any:
    return setting(f"HEADWATER_{name}_PORT", default, f"port of {what}", Reader.STACK, least=1, most=65535)


@dataclass(frozen=True)
class Ports:
    """The TCP ports of a stack, all on 127.0.0.1. Two stacks run side by side when their HEADWATER_HOME and ports differ. A stack that is
    up keeps the ports that it was started with: the next command need not repeat them."""

    airflow: int = _port("AIRFLOW", 8080, "Airflow's page and API")
    kafka: int = _port("KAFKA", 9092, "Kafka's clients")
    kafka_controller: int = _port("KAFKA_CONTROLLER", 9093, "Kafka's controller")
    s3: int = _port("S3", 9000, "the S3 store")
    s3_console: int = _port("S3_CONSOLE", 9001, "the S3 store's web console")
    spark_connect: int = _port("SPARK_CONNECT", 15002, "the Spark Connect server")
    postgres: int = _port("POSTGRES", 5433, "PostgreSQL, for Airflow's metadata")
    smtp: int = _port("SMTP", 1025, "the mail catcher")
    planets_api: int = _port("PLANETS_API", 5001, "the planets API")
    crypto_stand_in: int = _port("CRYPTO_STAND_IN", 5002, "the stand-in of the price API")

    @staticmethod
    def setting(name: str) -> str:
        return f"HEADWATER_{name.upper()}_PORT"


CONNECT_MEMORY = Setting(
    "HEADWATER_SPARK_CONNECT_MEMORY_MB",
    1536,
    "Java heap of the Spark Connect server",
    (Reader.STACK, Reader.COMPOSE),
    unit="MB",
    least=512,
    most=1_000_000,
)


@dataclass(frozen=True)
class DemoSettings:
    """What `make up` is told by `DEMO=0 make up`; `headwater up --no-demo` says the same."""

    send: bool = setting("DEMO", True, "1: demo data with the first `up`, while bronze is empty; 0: none", Reader.STACK)


@dataclass(frozen=True)
class LocalSettings:
    """Where an embedded stack lives and how much it may use."""

    cache: Path
    ports: Ports
    home: Path = declared(HOME, default=REPOSITORY / ".headwater")
    kafka_memory_mb: int = setting(
        "HEADWATER_KAFKA_MEMORY_MB", 384, "Java heap of Kafka", Reader.STACK, unit="MB", least=128, most=1_000_000
    )
    spark_connect_memory_mb: int = declared(CONNECT_MEMORY)
    airflow_parallelism: int = setting(
        "HEADWATER_AIRFLOW_PARALLELISM", 4, "Airflow tasks that run at once", Reader.STACK, unit="tasks", least=1, most=1_000
    )
    spark_pool_slots: int = setting(
        "HEADWATER_SPARK_POOL_SLOTS",
        2,
        "of those, tasks that build days on Spark at once, whatever the DAG: the slots of Airflow's pool `spark`",
        Reader.STACK,
        unit="tasks",
        least=1,
        most=1_000,
    )
    busy_runs_keep_days: int = setting(
        "HEADWATER_BUSY_RUNS_KEEP_DAYS",
        7,
        "how long Airflow keeps runs of streams, watch and ledger, which run all the time, and their logs",
        Reader.STACK,
        unit="days",
        least=1,
        most=36_500,
    )
    runs_keep_days: int = setting(
        "HEADWATER_RUNS_KEEP_DAYS",
        90,
        "how long Airflow keeps runs of all other DAGs, and their logs",
        Reader.STACK,
        unit="days",
        least=1,
        most=36_500,
    )
    free_disk_mb: int = declared(FREE_DISK)
    ready_seconds: float = setting(
        "HEADWATER_READY_SECONDS", 180.0, "how long a part may take until it answers", Reader.STACK, unit="s", least=1, most=86_400
    )
    demo_records: int = setting(
        "HEADWATER_DEMO_RECORDS",
        2000,
        "demo data of the first `up`: of each feed, spread from yesterday 00:00 UTC to now",
        Reader.STACK,
        unit="records",
        least=1,
        most=10**9,
    )
    demo_seed: int = setting("HEADWATER_DEMO_SEED", 7, "the same seed makes the same demo data", Reader.STACK, least=0, most=2**53)
    maven_url: str = setting(
        "HEADWATER_MAVEN_URL",
        "",
        "a mirror that jars come from, with the same paths",
        Reader.STACK,
        pattern=r"(https?|file)://\S+",
        form="http://…, https://… or file://…",
        unset="the repository that jars.lock names",
    )
    serving: bool = setting(
        "HEADWATER_SERVING",
        False,
        "1: a database and two users for published gold tables, in the stack's PostgreSQL; for the next start of the stack",
        Reader.STACK,
    )
    crypto_api_url: str = declared(PRICE_API, default="", unset="a local stand-in, whose prices are a random walk")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> LocalSettings:
        """The settings, or SettingsError naming the variable that cannot be used. A stack that is up has the ports and the price API
        that it was started with, unless the environment names others: the next command need not repeat them."""
        refuse_unknown_names(environment)
        home = home_of(environment)
        values = envfile.read(_ports_file(home)) | {name: value for name, value in environment.items() if value}
        ports = read(Ports, values)
        _require_distinct(ports)
        cache = CacheSettings.from_environment(environment).folder.expanduser().absolute()
        return read(cls, values, home=home, cache=cache, ports=ports)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """Pid files, and what else is worth nothing once the stack is down."""
        return self.home / "run"

    def remember_ports(self) -> None:
        """Notes the ports, whom the crypto poller asks, and whether gold can be published, for as long as the stack is up."""
        self.run.mkdir(parents=True, exist_ok=True)
        ports = {Ports.setting(name): str(getattr(self.ports, name)) for name in Ports.__dataclass_fields__}
        ports["CRYPTO_API_URL"] = self.crypto_api_url
        ports["HEADWATER_SERVING"] = str(int(self.serving))
        envfile.write(_ports_file(self.home), ports, title="The ports of the stack that is up. `headwater down` removes this file.")

    def remembered_ports(self) -> dict[str, str]:
        """What was noted of the stack that is up, by setting; empty when none is."""
        return envfile.read(_ports_file(self.home))

    def forget_ports(self) -> None:
        """Forgets them, unless a part still runs."""
        if not any(self.run.glob("*.pid")):
            _ports_file(self.home).unlink(missing_ok=True)

    @property
    def spark_jars(self) -> Path:
        """The jars of this stack's Spark. The cache may hold those of other clones' locks too."""
        return self.run / "spark-jars"

    @property
    def spark_classes(self) -> Path:
        """The archive of classes of this stack's Spark, once there is one (`class_archive`)."""
        return self.run / "spark-classes.jsa"

    @property
    def env_file(self) -> Path:
        """What a client needs to get in."""
        return self.home / "env"

    @property
    def secrets_file(self) -> Path:
        """What only the stack's own parts need."""
        return self.home / "secrets.env"


def home_of(environment: Mapping[str, str]) -> Path:
    """The folder of the stack that the environment means."""
    return (HOME.given(environment) or LocalSettings.home).expanduser().absolute()


def _ports_file(home: Path) -> Path:
    return home / "run" / "ports.env"


def _require_distinct(ports: Ports) -> None:
    owner: dict[int, str] = {}
    for name in Ports.__dataclass_fields__:
        number = getattr(ports, name)
        if number in owner:
            raise SettingsError(
                "two parts have the same port", where=f"{owner[number]} and {Ports.setting(name)}", value=number, fix="give each its own"
            )
        owner[number] = Ports.setting(name)
