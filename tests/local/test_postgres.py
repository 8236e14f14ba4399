"""The database of the embedded stack: it comes with the environment, and is up in a second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from local import launch
from local.credentials import Credentials
from local.parts import postgres
from local.ports import free_ports
from local.settings import LocalSettings
from local.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    (port,) = free_ports(1)
    settings = LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path / "home"), "HEADWATER_POSTGRES_PORT": str(port)})
    yield Stack(settings, Credentials.load_or_create(settings))
    launch.stop(settings, "postgres")


def start(stack: Stack) -> None:
    postgres.prepare(stack)
    launch.ensure(stack.settings, postgres.part(stack))


def ask(stack: Stack, question: str, password: str | None = None) -> object:
    where = {"host": "127.0.0.1", "port": stack.settings.ports.postgres, "user": postgres.USER, "dbname": postgres.DATABASE}
    connection = psycopg2.connect(**where, password=password or stack.credentials.postgres_password)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def test_the_data_outlives_a_restart(stack: Stack) -> None:
    start(stack)
    ask(stack, "CREATE TABLE kept AS SELECT 7 AS n")
    launch.stop(stack.settings, "postgres")
    start(stack)
    assert ask(stack, "SELECT n FROM kept") == 7


def test_only_the_password_opens_it(stack: Stack) -> None:
    start(stack)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        ask(stack, "SELECT 1", password="wrong")


def test_a_new_password_in_the_secrets_takes_the_place_of_the_old(stack: Stack) -> None:
    start(stack)
    launch.stop(stack.settings, "postgres")
    changed = Stack(stack.settings, replace(stack.credentials, postgres_password="another0123456789"))
    start(changed)
    assert ask(changed, "SELECT 1") == 1


def test_what_an_interrupted_start_left_is_made_anew(stack: Stack) -> None:
    left = stack.settings.data / "postgres.partial"
    left.mkdir(parents=True)
    (left / "PG_VERSION").write_text("1")
    start(stack)
    assert ask(stack, "SELECT 1") == 1


def test_a_lock_of_a_killed_server_whose_pid_is_somebody_elses_does_not_matter(stack: Stack) -> None:
    start(stack)
    launch.stop(stack.settings, "postgres")
    (stack.settings.data / "postgres" / "postmaster.pid").write_text("1\n")
    start(stack)
    assert ask(stack, "SELECT 1") == 1
