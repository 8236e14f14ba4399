"""What docker-compose.yml reads besides the settings of the parts, from `.env` or a shell. `.env` names every secret with our prefix: a
shell's own variables win over it, and none of another cloud's or stack's may do so by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from include.declared_settings import REQUIRED, Reader, Setting, declared, setting


def _secret(name: str, what: str) -> Any:
    return setting(f"HEADWATER_{name}", REQUIRED, what, Reader.COMPOSE, unset="`make compose-secrets` makes it", secret=True)


def _port(name: str, default: int, what: str) -> Any:
    return setting(f"HEADWATER_{name}_PORT", default, f"port of {what}, on 127.0.0.1", Reader.COMPOSE, least=1, most=65535)


EXECUTOR_MEMORY = Setting(
    "HEADWATER_SPARK_EXECUTOR_MEMORY_MB",
    1024,
    "Java heap of each executor of the Spark Connect server",
    (Reader.COMPOSE,),
    unit="MB",
    least=512,
    most=1_000_000,
)


@dataclass(frozen=True)
class ComposeSettings:
    """Containers alone: images, sizes and ports. Each other setting that a container's part reads has the same name here."""

    tag: str = setting("HEADWATER_TAG", "local", "the tag of our images", Reader.COMPOSE)
    base_image: str = setting("HEADWATER_BASE_IMAGE", "debian:bookworm-slim", "what our images are built from", Reader.COMPOSE)
    grafana_image: str = setting("HEADWATER_GRAFANA_IMAGE", "grafana/grafana:12.2.0", "Grafana, in the profile `grafana`", Reader.COMPOSE)
    kafka_bootstrap_servers: str = setting(
        "HEADWATER_KAFKA_BOOTSTRAP_SERVERS", "kafka:9092", "the brokers as containers find them", Reader.COMPOSE
    )
    kafka_replication: int = setting(
        "HEADWATER_KAFKA_REPLICATION", 1, "copies of each topic: with the profile of three brokers 3", Reader.COMPOSE, least=1, most=3
    )
    worker_cores: int = setting("HEADWATER_SPARK_WORKER_CORES", 2, "cores of each Spark worker", Reader.COMPOSE, least=1, most=1_000)
    executor_memory_mb: int = declared(EXECUTOR_MEMORY)
    kafka_2_port: int = _port("KAFKA_2", 9192, "the second broker")
    kafka_3_port: int = _port("KAFKA_3", 9292, "the third broker")
    kafka_ui_port: int = _port("KAFKA_UI", 8082, "the page about Kafka")
    spark_ui_port: int = _port("SPARK_UI", 8081, "the Spark master's page")
    prometheus_port: int = _port("PROMETHEUS", 9090, "Prometheus")
    grafana_port: int = _port("GRAFANA", 3000, "Grafana")


@dataclass(frozen=True)
class ComposeSecrets:
    """The secrets of `.env`; those with another name beside are the parts' own, handed on."""

    s3: str = _secret("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY of the parts")
    airflow: str = _secret("AIRFLOW_PASSWORD", "AIRFLOW_PASSWORD of the parts")
    spark_connect: str = _secret("SPARK_CONNECT_AUTHENTICATE_TOKEN", "SPARK_CONNECT_AUTHENTICATE_TOKEN of the parts")
    planets_api: str = _secret("PLANETS_API_TOKEN", "PLANETS_API_TOKEN of the parts")
    metrics: str = _secret("METRICS_TOKEN", "METRICS_TOKEN of the parts")
    stream_host: str = _secret("STREAM_HOST_TOKEN", "STREAM_HOST_TOKEN of the parts")
    spark: str = _secret("SPARK_SECRET", "what Spark's master, workers and drivers know each other by")
    grafana: str = _secret("GRAFANA_PASSWORD", "the password of Grafana's `admin`")
    kafka_ui: str = _secret("KAFKA_UI_PASSWORD", "the password of the page about Kafka")
