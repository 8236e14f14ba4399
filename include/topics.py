"""Topics as the contracts ask for: what is missing is made, what differs is changed or reported, nothing is deleted or shrunk.

Idempotent: `plan` compares what a contract asks for with what the broker holds, and a second run finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    ResourceType,
    TopicMetadata,
)

from include.contracts.model import Contract, TopicSettings
from include.errors import TopicError
from include.kafka import TIMEOUT_SECONDS, admin
from include.settings import KafkaSettings
from include.words import many


@dataclass(frozen=True)
class ActualTopic:
    """A topic as the broker holds it. `config` has only what was set on the topic itself, not the broker's defaults."""

    partitions: int
    replication_factor: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class TopicPlan:
    """What one topic lacks (`create`, `partitions`, `config`) and what differs but is not ours to change (`drift`)."""

    wanted: TopicSettings
    create: bool = False
    partitions: int | None = None  # the new total
    config: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One line of a report."""

    topic: str
    what: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.what}"


@dataclass(frozen=True)
class TopicReport:
    """What was done (or would be, with `applied` false), what differs and stays, and what failed. Printing it gives one line for each."""

    changes: tuple[Finding, ...]
    drift: tuple[Finding, ...]
    failures: tuple[Finding, ...]
    unchanged: tuple[str, ...]
    applied: bool = True

    def __str__(self) -> str:
        done = "changed" if self.applied else "would change"
        lines = [f"{done}    {finding}" for finding in self.changes]
        lines += [f"drift      {finding}" for finding in self.drift]
        lines += [f"FAILED     {finding}" for finding in self.failures]
        total = len({finding.topic for finding in (*self.changes, *self.failures)} | set(self.unchanged))
        told = [many(total, "topic") + ": " + many(len(self.changes), "change") + ("" if self.applied else " to make")]
        told += [many(len(self.drift), "drift"), many(len(self.failures), "failure"), f"{len(self.unchanged)} as they should be"]
        lines.append(", ".join(told))
        if not self.changes and not self.failures:
            lines.append("Nothing to do.")
        return "\n".join(lines)

    def check(self) -> None:
        """Raises TopicError when a topic could not be brought to its contract; the others are done by then."""
        if self.failures:
            raise TopicError(
                f"{len({finding.topic for finding in self.failures})} topics are not as their contracts ask",
                where=", ".join(finding.topic for finding in self.failures),
                value="; ".join(map(str, self.failures)),
                fix="correct the topic settings in the contract, or the broker, and run again: what succeeded is kept",
            )


def plan(wanted: TopicSettings, actual: ActualTopic | None) -> TopicPlan:
    """The way from what is to what the contract asks for. Pure: asks no broker."""
    if actual is None:
        made = f"created, {many(wanted.partitions, 'partition')}, replication factor {wanted.replication_factor}"
        return TopicPlan(wanted, create=True, changes=(made,))
    changes: list[str] = []
    drift: list[str] = []
    more = wanted.partitions > actual.partitions
    if more:
        changes.append(f"partitions {actual.partitions} → {wanted.partitions} (the partition of a key may change)")
    elif wanted.partitions < actual.partitions:
        drift.append(f"{many(actual.partitions, 'partition')}, the contract says {wanted.partitions}: a topic is never shrunk")
    if wanted.replication_factor != actual.replication_factor:
        drift.append(f"replication factor {actual.replication_factor}, the contract says {wanted.replication_factor}: reassign it")
    config = {name: value for name, value in sorted(wanted.config.items()) if actual.config.get(name) != value}
    changes += [f"{name} {actual.config.get(name, 'unset')} → {value}" for name, value in config.items()]
    unnamed = sorted(set(actual.config) - set(wanted.config))
    drift += [f"{name} is {actual.config[name]}, the contract does not name it" for name in unnamed]
    return TopicPlan(wanted, partitions=wanted.partitions if more else None, config=config, changes=tuple(changes), drift=tuple(drift))


def reconcile_topics(contracts: Iterable[Contract], kafka: KafkaSettings, apply: bool = True) -> TopicReport:
    """Brings the topics to their contracts; with `apply` false only says what it would do.

    A topic that cannot be changed is a failure of the report, and the others are done. Raises TopicError when the broker
    does not answer at all: nothing was changed then, try again.
    """
    client = admin(kafka)
    wanted = [contract.topic for contract in contracts]
    actual, failures = _actual(client, kafka, [topic.name for topic in wanted])
    plans = [plan(topic, actual.get(topic.name)) for topic in wanted if topic.name not in failures]
    if apply:
        failures |= _apply(client, plans)
    return TopicReport(
        changes=tuple(Finding(p.wanted.name, what) for p in plans if p.wanted.name not in failures for what in p.changes),
        drift=tuple(Finding(p.wanted.name, what) for p in plans for what in p.drift),
        failures=tuple(Finding(name, reason) for name, reason in failures.items()),
        unchanged=tuple(p.wanted.name for p in plans if not p.changes and p.wanted.name not in failures),
        applied=apply,
    )


def _actual(client: AdminClient, kafka: KafkaSettings, names: list[str]) -> tuple[dict[str, ActualTopic], dict[str, str]]:
    """The topics that exist, and for those that could not be read the reason."""
    try:
        metadata = client.list_topics(timeout=TIMEOUT_SECONDS).topics
    except KafkaException as error:
        raise TopicError(
            f"Kafka gives no answer: {_reason(error)}",
            where=f"Kafka at {kafka.bootstrap_servers}",
            fix="see that the broker is up and that KAFKA_BOOTSTRAP_SERVERS is right, then run again",
        ) from error
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names if name in metadata]
    found: dict[str, ActualTopic] = {}
    failures: dict[str, str] = {}
    for resource, future in (client.describe_configs(resources, request_timeout=TIMEOUT_SECONDS) if resources else {}).items():
        try:
            found[resource.name] = _topic(metadata[resource.name], future.result())
        except KafkaException as error:
            failures[resource.name] = f"its settings could not be read: {_reason(error)}"
    return found, failures


def _topic(metadata: TopicMetadata, entries: Mapping[str, ConfigEntry]) -> ActualTopic:
    replicas = {len(partition.replicas) for partition in metadata.partitions.values()}
    own = {name: str(entry.value) for name, entry in entries.items() if ConfigSource(entry.source) is ConfigSource.DYNAMIC_TOPIC_CONFIG}
    return ActualTopic(len(metadata.partitions), min(replicas, default=0), own)


def _apply(client: AdminClient, plans: list[TopicPlan]) -> dict[str, str]:
    """Carries the plans out; topic → reason for those that failed. Settings go last: an added partition needs none of them."""
    return {
        **_each(client.create_topics, {p.wanted.name: _new_topic(p.wanted) for p in plans if p.create}, "could not be created"),
        **_each(
            client.create_partitions,
            {p.wanted.name: NewPartitions(p.wanted.name, p.partitions) for p in plans if p.partitions},
            "partitions could not be added",
        ),
        **_each(
            client.incremental_alter_configs,
            {p.wanted.name: _settings(p) for p in plans if p.config},
            "settings could not be changed",
        ),
    }


def _each(call: Callable[..., Mapping[object, object]], asked: Mapping[str, object], failure: str) -> dict[str, str]:
    """One admin call for many topics; topic → reason for those that failed."""
    failed: dict[str, str] = {}
    for key, future in (call(list(asked.values()), request_timeout=TIMEOUT_SECONDS) if asked else {}).items():
        try:
            future.result()
        except KafkaException as error:
            failed[getattr(key, "name", key)] = f"{failure}: {_reason(error)}"
    return failed


def _new_topic(wanted: TopicSettings) -> NewTopic:
    return NewTopic(wanted.name, wanted.partitions, wanted.replication_factor, config=dict(wanted.config))


def _settings(p: TopicPlan) -> ConfigResource:
    entries = [ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in p.config.items()]
    return ConfigResource(ResourceType.TOPIC, p.wanted.name, incremental_configs=entries)


def _reason(error: KafkaException) -> str:
    cause = error.args[0]
    if isinstance(cause, KafkaError) and cause.code() == KafkaError.TOPIC_ALREADY_EXISTS:
        return "somebody else has just created it; run again to compare it with its contract"
    return cause.str() if isinstance(cause, KafkaError) else str(error)
