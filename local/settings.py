"""The settings of one embedded stack: local/defaults.env, overridden by the environment; read once, at the edge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.errors import SettingsError
from local import envfile

REPOSITORY = Path(__file__).resolve().parent.parent
DEFAULTS = Path(__file__).with_name("defaults.env")


@dataclass(frozen=True)
class Ports:
    """The TCP ports of a stack, all on 127.0.0.1. The setting of `kafka_controller` is HEADWATER_KAFKA_CONTROLLER_PORT, and so on."""

    airflow: int
    kafka: int
    kafka_controller: int
    s3: int
    s3_console: int
    spark_connect: int
    postgres: int
    smtp: int
    planets_api: int
    crypto_stand_in: int

    @staticmethod
    def setting(name: str) -> str:
        return f"HEADWATER_{name.upper()}_PORT"


@dataclass(frozen=True)
class LocalSettings:
    """Where one stack lives, which ports it has and how much it may use. Memory and disk in MB."""

    home: Path
    cache: Path
    ports: Ports
    kafka_memory_mb: int
    spark_connect_memory_mb: int
    airflow_parallelism: int
    free_disk_mb: int
    ready_seconds: float
    demo_records: int
    demo_seed: int
    maven_url: str | None
    serving: bool  # whether gold has a database to be published to
    crypto_api_url: str  # "" for the stand-in

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> LocalSettings:
        """The settings, or SettingsError naming the variable that cannot be used. A stack that is up has the ports and the price API
        that it was started with, unless the environment names others: the next command need not repeat them."""
        values = envfile.parse(DEFAULTS.read_text())
        given = {name: environment[name] for name in values if environment.get(name)}
        home = _directory(given.get("HEADWATER_HOME", ""), REPOSITORY / ".headwater")
        values.update(envfile.read(_ports_file(home)) | given)
        cache_root = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or Path.home()) / ".cache"
        ports = Ports(**{name: _port(values, Ports.setting(name)) for name in Ports.__dataclass_fields__})
        _require_distinct(ports)
        return cls(
            home=home,
            cache=_directory(values["HEADWATER_CACHE"], Path(cache_root) / "headwater"),
            ports=ports,
            kafka_memory_mb=_number(values, "HEADWATER_KAFKA_MEMORY_MB", least=128),
            spark_connect_memory_mb=_number(values, "HEADWATER_SPARK_CONNECT_MEMORY_MB", least=512),
            airflow_parallelism=_number(values, "HEADWATER_AIRFLOW_PARALLELISM", least=1),
            free_disk_mb=_number(values, "HEADWATER_FREE_DISK_MB", least=0),
            ready_seconds=_number(values, "HEADWATER_READY_SECONDS", least=1),
            demo_records=_number(values, "HEADWATER_DEMO_RECORDS", least=1),
            demo_seed=_number(values, "HEADWATER_DEMO_SEED", least=0),
            maven_url=values["HEADWATER_MAVEN_URL"] or None,
            serving=_switch(values, "HEADWATER_SERVING"),
            crypto_api_url=_address(values, "CRYPTO_API_URL"),
        )

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


def _ports_file(home: Path) -> Path:
    return home / "run" / "ports.env"


def _directory(value: str, default: Path) -> Path:
    return Path(value).expanduser().absolute() if value else default


def _switch(values: Mapping[str, str], name: str) -> bool:
    if values[name] not in ("0", "1"):
        raise SettingsError("a setting is neither 0 nor 1", where=name, value=values[name], fix="0 for no, 1 for yes")
    return values[name] == "1"


def _number(values: Mapping[str, str], name: str, *, least: int) -> int:
    try:
        number = int(values[name])
    except ValueError:
        raise SettingsError("not a whole number", where=name, value=values[name], fix="see local/defaults.env") from None
    if number < least:
        raise SettingsError(f"smaller than {least}", where=name, value=number, fix="see local/defaults.env")
    return number


def _address(values: Mapping[str, str], name: str) -> str:
    if values[name] and not values[name].startswith(("http://", "https://")):
        raise SettingsError("not the address of an API", where=name, value=values[name], fix="http://… or https://…, or nothing")
    return values[name]


def _port(values: Mapping[str, str], name: str) -> int:
    number = _number(values, name, least=1)
    if number > 65535:
        raise SettingsError("not a TCP port", where=name, value=number, fix="use 1 to 65535")
    return number


def _require_distinct(ports: Ports) -> None:
    owner: dict[int, str] = {}
    for name in Ports.__dataclass_fields__:
        number = getattr(ports, name)
        if number in owner:
            raise SettingsError(
                "two parts have the same port", where=f"{owner[number]} and {Ports.setting(name)}", value=number, fix="give each its own"
            )
        owner[number] = Ports.setting(name)
