"""A PostgreSQL of the embedded stack, with the database that gold is published to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from jobs.serving.database import ServingSettings
from local import launch
from local.credentials import SERVING_DATABASE, SERVING_PUBLISHER, Credentials
from local.parts import postgres, serving
from local.ports import free_ports
from local.settings import LocalSettings
from local.stack import Stack


@dataclass(frozen=True)
class Serving:
    stack: Stack

    @property
    def settings(self) -> ServingSettings:
        """Those of the publisher."""
        password = self.stack.credentials.serving_publisher_password
        return ServingSettings("127.0.0.1", self.stack.settings.ports.postgres, SERVING_DATABASE, SERVING_PUBLISHER, password)

    @property
    def reader(self) -> str:
        """The address that a reader finds in .headwater/env."""
        return self.stack.credentials.client_environment(self.stack.settings)["SERVING_URL"]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What a reader is told."""
        with psycopg.connect(self.reader) as connection:
            return connection.execute(query.encode()).fetchall()

    def run(self, statement: str) -> None:
        """As the publisher, who owns what is there."""
        with connect(self.settings) as connection:
            connection.execute(statement.encode())


def connect(settings: ServingSettings) -> psycopg.Connection:
    where = {"host": settings.host, "port": settings.port, "dbname": settings.database}
    return psycopg.connect(**where, user=settings.user, password=settings.password, autocommit=True)


@contextmanager
def serving_database(home: Path) -> Iterator[Serving]:
    (port,) = free_ports(1)
    settings = LocalSettings.from_environment({"HEADWATER_HOME": str(home), "HEADWATER_POSTGRES_PORT": str(port), "HEADWATER_SERVING": "1"})
    stack = Stack(settings, Credentials.load_or_create(settings))
    postgres.prepare(stack)
    try:
        launch.ensure(settings, postgres.part(stack))
        serving.prepare(stack)
        yield Serving(stack)
    finally:
        launch.stop(settings, "postgres")
