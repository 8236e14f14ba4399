"""House rules for a contract: where it stands, which topic it is, what it promises. Fields and records have their own modules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from open_data_contract_standard.model import OpenDataContractStandard, Server

from include.catalog import table_owner
from include.contract_files import NAME, SUFFIX
from include.contracts.document import custom, custom_path
from include.contracts.field_checks import check_fields
from include.contracts.model import feed_of
from include.contracts.problems import Problem
from include.contracts.record_checks import check_record

UNLIMITED = "unlimited"
SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_PLACEHOLDER = re.compile(r"\$\{[A-Z][A-Z0-9_]*\}")
_TOPIC = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_STATES = ("proposed", "draft", "active", "deprecated")
_TOPIC_SETTINGS = ("retention.ms", "max.message.bytes", "min.insync.replicas")
_MIN_MESSAGE_BYTES = 1024 * 1024
_CUSTOM = {"partitions", "replicationFactor", "topicConfig"}


def check(document: OpenDataContractStandard, file: Path) -> Iterator[Problem]:
    """Every rule of the house that the document breaks."""
    yield from _check_head(document, file)
    yield from _check_server(document)
    yield from _check_promises(document)
    if not document.schema_ or len(document.schema_) != 1:
        yield Problem(
            "one-record", "schema", "a contract describes one record", len(document.schema_ or []), "one entry in schema, one file per feed"
        )
        return
    record = document.schema_[0]
    yield from _check_topic(document, file)
    if not record.properties:
        yield Problem("one-record", "schema[0].properties", "the record has no fields", fix="list them")
        return
    yield from check_fields("schema[0].properties", record.properties)
    yield from check_record("schema[0]", record)


def _check_head(document: OpenDataContractStandard, file: Path) -> Iterator[Problem]:
    if not (document.apiVersion or "").startswith("v3."):
        yield Problem("standard", "apiVersion", "contracts follow version 3 of the standard", document.apiVersion, "apiVersion: v3.2.0")
    if not _VERSION.fullmatch(document.version or ""):
        yield Problem(
            "version",
            "version",
            "the version is not major.minor.patch",
            document.version,
            'as in "1.0.0"; a breaking change is a new major version',
        )
    if document.status not in _STATES:
        yield Problem("status", "status", "the status is not known", document.status, f"one of {', '.join(_STATES)}")
    if document.domain != file.parent.name:
        yield Problem(
            "system",
            "domain",
            f"the domain is not the folder, {file.parent.name}",
            document.domain,
            f"domain: {file.parent.name}, or move the file",
        )
    if not NAME.fullmatch(file.parent.name):
        fix = "lower case and digits, words joined by _"
        yield Problem("system", "domain", "the folder's name cannot be that of a system, hence of a DAG", file.parent.name, fix)
    if not document.description or not (document.description.purpose or "").strip():
        yield Problem("description", "description.purpose", "the feed has no description", fix="say what the feed is")


def _check_topic(document: OpenDataContractStandard, file: Path) -> Iterator[Problem]:
    record = document.schema_[0]
    topic = record.physicalName or ""
    if record.physicalType != "topic":
        yield Problem(
            "topic", "schema[0].physicalType", "the record is not declared as a topic's", record.physicalType, "physicalType: topic"
        )
    if not _TOPIC.fullmatch(topic):
        yield Problem(
            "topic",
            "schema[0].physicalName",
            "there is no usable topic name",
            record.physicalName,
            "lower case and digits, words joined by - or _",
        )
        return
    feed = feed_of(topic)
    if file.name != feed + SUFFIX:
        yield Problem(
            "file-name", "schema[0].physicalName", f"the file is named {file.name}", topic, f"name it {feed}{SUFFIX}, after its feed"
        )
    if (owner := table_owner(feed)) != feed:
        fix = f"name the topic otherwise, or the feed's table in RENAMED of include/catalog.py; {owner} fills this one"
        yield Problem("table-name", "schema[0].physicalName", f"silver.{feed} is the table of another feed", topic, fix)
    if record.name != feed:
        yield Problem("file-name", "schema[0].name", "the record has another name than its feed", record.name, f"name: {feed}")


def _check_server(document: OpenDataContractStandard) -> Iterator[Problem]:
    servers = document.servers or []
    if len(servers) != 1 or servers[0].type != "kafka":
        yield Problem(
            "kafka-server", "servers", "a feed comes from one Kafka server", [each.type for each in servers], "one entry with type: kafka"
        )
        return
    server = servers[0]
    if not _PLACEHOLDER.fullmatch(server.host or ""):
        yield Problem(
            "kafka-server",
            "servers[0].host",
            "the address is a setting, not part of a contract",
            server.host,
            "host: ${KAFKA_BOOTSTRAP_SERVERS}",
        )
    if server.format != "json":
        yield Problem("kafka-server", "servers[0].format", "messages are JSON", server.format, "format: json")
    yield from _check_topic_settings(server)


def _check_topic_settings(server: Server) -> Iterator[Problem]:
    own = custom(server.customProperties)
    for name in sorted(own.keys() - _CUSTOM):
        path = custom_path("servers[0]", server.customProperties, name)
        yield Problem("not-enforced", path, "nobody reads this custom property", name, f"known here: {', '.join(sorted(_CUSTOM))}")
    for name in ("partitions", "replicationFactor"):
        if not _is_count(own.get(name)):
            path = custom_path("servers[0]", server.customProperties, name)
            yield Problem("topic-settings", path, f"{name} is not a whole number of 1 or more", own.get(name), f"{name}: 1 or more")
    config = own.get("topicConfig")
    path = custom_path("servers[0]", server.customProperties, "topicConfig")
    if not isinstance(config, Mapping) or not all(isinstance(value, str | int | float) for value in config.values()):
        yield Problem(
            "topic-settings", path, "topicConfig is not a mapping of Kafka's topic settings", config, f"give {', '.join(_TOPIC_SETTINGS)}"
        )
        return
    yield from _check_topic_config(path, config, own.get("replicationFactor"))


def _check_topic_config(path: str, config: Mapping[str, Any], replicas: Any) -> Iterator[Problem]:
    for name in _TOPIC_SETTINGS:
        if name not in config:
            yield Problem("topic-settings", path, f"{name} is not given", fix=f"give {', '.join(_TOPIC_SETTINGS)}")
        elif not re.fullmatch(r"-?\d+", str(config[name])):
            yield Problem("topic-settings", f"{path}.{name}", f"{name} is not a whole number", config[name], "a whole number")
            return
    if int(config.get("max.message.bytes", _MIN_MESSAGE_BYTES)) < _MIN_MESSAGE_BYTES:
        value = config["max.message.bytes"]
        yield Problem("topic-settings", f"{path}.max.message.bytes", "messages of 1 MiB must fit", value, f"{_MIN_MESSAGE_BYTES} or more")
    if _is_count(replicas) and int(config.get("min.insync.replicas", 1)) > replicas:
        value = config["min.insync.replicas"]
        yield Problem(
            "topic-settings", f"{path}.min.insync.replicas", "nobody could write: more than replicationFactor", value, f"at most {replicas}"
        )


def _check_promises(document: OpenDataContractStandard) -> Iterator[Problem]:
    known = {"latency", "freshness", "lag", "retention"}
    found = [each.property for each in document.slaProperties or []]
    for name in sorted(known - set(found)):
        yield Problem("sla", "slaProperties", f"there is no {name}", fix=f"give {', '.join(sorted(known))}")
    for index, sla in enumerate(document.slaProperties or []):
        path = f"slaProperties[{index}]"
        if sla.property not in known or found.index(sla.property) != index:
            yield Problem(
                "sla",
                f"{path}.property",
                "this promise is not known, or made twice",
                sla.property,
                f"each once: {', '.join(sorted(known))}",
            )
        elif sla.property == "retention":
            if sla.value != UNLIMITED and not (_is_count(sla.value) and sla.unit == "d"):
                what = "the retention of bronze is a whole number of days, or unlimited"
                yield Problem("sla", f"{path}.value", what, f"{sla.value} {sla.unit}", f"value: {UNLIMITED}, or days with unit: d")
        elif isinstance(sla.value, bool) or not isinstance(sla.value, int | float) or sla.value <= 0:
            yield Problem("sla", f"{path}.value", f"{sla.property} is not a number above 0", sla.value, "a number above 0")
        elif sla.property == "lag" and not _is_count(sla.value):
            yield Problem("sla", f"{path}.value", "lag is a whole number of records", sla.value, "a whole number")
        elif sla.unit not in _units(sla.property):
            yield Problem(
                "sla", f"{path}.unit", f"the unit of {sla.property} is not known", sla.unit, f"one of {', '.join(_units(sla.property))}"
            )


def _units(promise: str) -> tuple[str, ...]:
    return ("records",) if promise == "lag" else tuple(SECONDS)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
