"""Where Kafka and the lake are, and how to get in: read from the environment once, at the edge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from include.common_settings import S3_SECRET
from include.declared_settings import REQUIRED, Reader, declared, read, setting
from include.errors import SettingsError

LAYERS = ("bronze", "silver", "superseded", "quarantine", "dead_letters", "gold", "live", "ops")


_CLIENTS = (Reader.STREAMS, Reader.AIRFLOW, Reader.PAGE, Reader.PRODUCERS, Reader.PLANETS_API, Reader.POLLER, Reader.COMMAND)
_READERS = (Reader.STREAMS, Reader.BATCH, Reader.AIRFLOW, Reader.PAGE, Reader.METRICS, Reader.LINEAGE, Reader.COMMAND)
_BROKER = r"([A-Z_]+://)?(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?"
_STACKS = "start the stack with `make up` and load .headwater/env, or export it yourself"


@dataclass(frozen=True)
class KafkaSettings:
    """How to reach the Kafka cluster."""

    bootstrap_servers: str = setting(
        "KAFKA_BOOTSTRAP_SERVERS",
        REQUIRED,
        "brokers to ask first",
        *_CLIENTS,
        pattern=rf"{_BROKER}(\s*,\s*{_BROKER})*",
        form="host:port, several with commas",
        unset=_STACKS,
    )
    properties: Mapping[str, str] = setting(
        "KAFKA_CLIENT_*",
        None,
        "further properties of librdkafka's clients: what follows in the name, in lower case and with `.` for `_`, as in "
        "KAFKA_CLIENT_SECURITY_PROTOCOL; none is ever shown, for one may be a password",
        *_CLIENTS,
        kind=dict,
        secret=True,
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> KafkaSettings:
        given = read(cls, environment)
        return cls(given.bootstrap_servers, {name.lower().replace("_", "."): value for name, value in given.properties.items()})

    def client(self, **more: str | int | float | bool) -> dict[str, str | int | float | bool]:
        """The configuration of a confluent-kafka client; keyword names have `_` for `.`."""
        named = {name.replace("_", "."): value for name, value in more.items()}
        return {"bootstrap.servers": self.bootstrap_servers, **self.properties, **named}


@dataclass(frozen=True)
class LakeSettings:
    """The S3 store that holds the lake."""

    uri: str = setting(
        "LAKE_URI",
        REQUIRED,
        "where the lake is",
        *_READERS,
        pattern=r"s3://[^/\s]+(/\S*)?",
        form="s3://<bucket>[/<prefix>]",
        unset=_STACKS,
    )
    endpoint_url: str = setting(
        "AWS_ENDPOINT_URL",
        REQUIRED,
        "the address of the S3 store",
        *_READERS,
        pattern=r"https?://[^\s/]+/?\S*",
        form="http://… or https://…",
        unset=_STACKS,
    )
    access_key_id: str = setting("AWS_ACCESS_KEY_ID", REQUIRED, "who asks the S3 store", *_READERS, unset=_STACKS)
    secret_access_key: str = declared(S3_SECRET)
    region: str = setting("AWS_REGION", "us-east-1", "the S3 store's region", *_READERS)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> LakeSettings:
        given = read(cls, environment)
        return replace(given, uri=given.uri.rstrip("/"))

    @property
    def bucket(self) -> str:
        return self.uri.removeprefix("s3://").split("/", 1)[0]

    @property
    def prefix(self) -> str:
        """The key prefix of the lake inside its bucket: "" or "some/folder/"."""
        rest = self.uri.removeprefix("s3://").split("/", 1)[1:]
        return f"{rest[0]}/" if rest else ""

    def table_uri(self, address: str) -> str:
        """The s3:// address of the table `<layer>.<name>`, as delta-rs wants it."""
        layer, _, name = address.partition(".")
        if layer not in LAYERS or not name.replace("_", "").isalnum():
            raise SettingsError(
                "no such table address", where="table", value=address, fix=f"use <layer>.<name>, layer one of {', '.join(LAYERS)}"
            )
        return f"{self.uri}/{layer}/{name}"

    def spark_table_uri(self, address: str) -> str:
        """The s3a:// address of the table `<layer>.<name>`, as Spark wants it."""
        return self.table_uri(address).replace("s3://", "s3a://", 1)

    def spark_uri(self, path: str) -> str:
        """The s3a:// address of a path below the lake, as Spark wants it."""
        return f"{self.uri}/{path}".replace("s3://", "s3a://", 1)

    def delta_options(self) -> dict[str, str]:
        """Storage options for delta-rs. Its commits are conditional puts, which need no lock table."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_ALLOW_HTTP": "true" if self.endpoint_url.startswith("http://") else "false",
            "AWS_CONDITIONAL_PUT": "etag",
        }
