"""Where Kafka and the lake are, and how to get in: read from the environment once, at the edge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from include.errors import SettingsError

LAYERS = ("bronze", "silver", "superseded", "quarantine", "dead_letters", "gold", "live", "ops")


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise SettingsError(
            f"{name} is not set",
            where="environment",
            fix="start the stack with `make up` and load .headwater/env, or export it yourself",
        )
    return value


@dataclass(frozen=True)
class KafkaSettings:
    """How to reach the Kafka cluster. Any further librdkafka property comes as KAFKA_CLIENT_<PROPERTY> (dots as `_`)."""

    bootstrap_servers: str
    properties: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> KafkaSettings:
        prefix = "KAFKA_CLIENT_"
        properties = {
            name[len(prefix) :].lower().replace("_", "."): value for name, value in environment.items() if name.startswith(prefix)
        }
        return cls(_required(environment, "KAFKA_BOOTSTRAP_SERVERS"), properties)

    def client(self, **more: str | int | float | bool) -> dict[str, str | int | float | bool]:
        """The configuration of a confluent-kafka client; keyword names have `_` for `.`."""
        named = {name.replace("_", "."): value for name, value in more.items()}
        return {"bootstrap.servers": self.bootstrap_servers, **self.properties, **named}


@dataclass(frozen=True)
class LakeSettings:
    """The S3 store that holds the lake. `uri` is s3://<bucket>[/<prefix>]."""

    uri: str
    endpoint_url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str = "us-east-1"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> LakeSettings:
        uri = _required(environment, "LAKE_URI").rstrip("/")
        if not uri.startswith("s3://"):
            raise SettingsError("LAKE_URI must be an S3 address", where="LAKE_URI", value=uri, fix="use s3://<bucket>[/<prefix>]")
        return cls(
            uri=uri,
            endpoint_url=_required(environment, "AWS_ENDPOINT_URL"),
            access_key_id=_required(environment, "AWS_ACCESS_KEY_ID"),
            secret_access_key=_required(environment, "AWS_SECRET_ACCESS_KEY"),
            region=environment.get("AWS_REGION", "us-east-1"),
        )

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
