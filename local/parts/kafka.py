"""Kafka 4.2: one broker that is its own controller (KRaft)."""

from __future__ import annotations

import subprocess
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from local import jars
from local.errors import PartFailed
from local.parts.part import Part
from local.stack import Stack
from local.tools import java

_LOG4J = Path(__file__).with_name("kafka_log4j2.properties")


def prepare(stack: Stack) -> None:
    """Write the broker's configuration, and format its directory when it is new. Data that is there stays."""
    directory = _directory(stack)
    directory.mkdir(parents=True, exist_ok=True)
    _configuration(stack).write_text(_properties(stack))
    if (directory / "logs" / "meta.properties").exists():
        return
    command = [*_java(stack), "kafka.tools.StorageTool", "format", "--standalone", "--ignore-formatted"]
    command += ["--cluster-id", stack.credentials.kafka_cluster_id, "--config", str(_configuration(stack))]
    done = subprocess.run(command, env=stack.base_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise PartFailed(
            "Kafka's directory cannot be formatted",
            where=str(directory),
            value=(done.stderr or done.stdout)[-500:],
            fix="`make clean` removes it",
        )


def part(stack: Stack) -> Part:
    settings = stack.settings
    return Part(
        name="kafka",
        command=(*_java(stack), "kafka.Kafka", str(_configuration(stack))),
        environment=stack.base_environment(),
        answers=lambda: _answers(settings.ports.kafka),
        directory=settings.home,
    )


def _answers(port: int) -> bool:
    client = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "socket.timeout.ms": 2000, "log_level": 0})
    try:
        return bool(client.list_topics(timeout=2).brokers)
    except KafkaException:
        return False


def _java(stack: Stack) -> list[str]:
    memory = stack.settings.kafka_memory_mb
    return [
        java(),
        f"-Xmx{memory}m",
        f"-Xms{min(memory, 256)}m",
        "-XX:+UseG1GC",
        "-XX:MaxGCPauseMillis=50",
        "-XX:TieredStopAtLevel=4",
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={_LOG4J}",
        "-cp",
        jars.class_path(stack.settings.cache, "kafka"),
    ]


def _directory(stack: Stack) -> Path:
    return stack.settings.data / "kafka"


def _configuration(stack: Stack) -> Path:
    return _directory(stack) / "server.properties"


def _properties(stack: Stack) -> str:
    ports = stack.settings.ports
    values = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{ports.kafka_controller}",
        "listeners": f"CLIENT://127.0.0.1:{ports.kafka},CONTROLLER://127.0.0.1:{ports.kafka_controller}",
        "advertised.listeners": f"CLIENT://127.0.0.1:{ports.kafka},CONTROLLER://127.0.0.1:{ports.kafka_controller}",
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": _directory(stack) / "logs",
        # Topics come from the contracts alone: a typing error must not make one.
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 4,
        "group.initial.rebalance.delay.ms": 0,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
        "log.segment.bytes": 256 * 1024 * 1024,
        # A retention shorter than its check would keep records for five minutes longer than it says.
        "log.retention.check.interval.ms": 60_000,
        # Where the index of a segment is allocated whole, eleven feeds take half a gigabyte of nothing.
        "log.index.size.max.bytes": 2 * 1024 * 1024,
        "controlled.shutdown.enable": "true",
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())
