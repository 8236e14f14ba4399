"""The PostgreSQL that gold is published to: where it is, and what its tables look like. Names are quoted, values are parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from include.errors import ServingError, ServingRefused
from jobs.serving.columns import Column

SCHEMA = "gold"
RECORD = "_published_days"
_CONNECT_SECONDS = 10
# What a change of a table's columns waits for its readers: they wait behind it, so not for long.
_PATIENCE = "30s"
_MAKE_RECORD = sql.SQL(
    """
    CREATE TABLE IF NOT EXISTS {} (
        table_name text NOT NULL,
        event_date date,
        gold_version bigint NOT NULL,
        row_count bigint NOT NULL,
        files text NOT NULL,
        published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE NULLS NOT DISTINCT (table_name, event_date)
    )
    """
)
_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""


@dataclass(frozen=True)
class ServingSettings:
    """Where gold is published to, and as whom: a user that owns the schema `gold` there (docs/serving.md). `options` are libpq's."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}/{self.database}"


@contextmanager
def connected(settings: ServingSettings) -> Iterator[psycopg.Connection]:
    """A connection whose statements are transactions of their own, unless they stand in one. What psycopg raises within is ServingError."""
    try:
        with psycopg.connect(**_parameters(settings), autocommit=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
    except psycopg.Error as error:
        fix = "see that the database is up and the connection is right; what was published before is as it was"
        raise ServingError(f"PostgreSQL did not take it: {str(error).strip()}", where=str(settings), fix=fix) from error


def _parameters(settings: ServingSettings) -> dict[str, Any]:
    where = {"host": settings.host, "port": settings.port, "dbname": settings.database}
    ours = {"connect_timeout": _CONNECT_SECONDS, "application_name": "headwater publisher"}
    return {**ours, **settings.options, **where, "user": settings.user, "password": settings.password}


def name_of(table: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, table)


@contextmanager
def held(connection: psycopg.Connection, table: str) -> Iterator[None]:
    """The right to publish the table: others that want to wait here. It ends with the connection, however that ends."""
    key = f"headwater {SCHEMA}.{table}"
    connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
    try:
        yield
    finally:
        if not connection.closed and not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def make_record(connection: psycopg.Connection) -> None:
    """Makes the table that says which days are published, unless it is there. Raises ServingRefused where the schema is not."""
    if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [SCHEMA]).fetchone() is None:
        fix = "make database, schema and users as docs/serving.md says"
        raise ServingRefused(f"the database has no schema {SCHEMA}", where=connection.info.dbname, fix=fix)
    with held(connection, RECORD):
        connection.execute(_MAKE_RECORD.format(name_of(RECORD)))


def make_fit(connection: psycopg.Connection, table: str, columns: Sequence[Column]) -> None:
    """Makes the table where there is none, and the columns that it lacks, null in the rows that it has; in one transaction.

    Raises ServingRefused where a column is of another type than gold's, or gold has it no more: views and dashboards may stand on it.
    """
    with connection.transaction():
        there = dict(connection.execute(_COLUMNS, [SCHEMA, table]).fetchall())
        if not there:
            _make(connection, table, columns)
            return
        wanted = {column.name: column.kind for column in columns}
        _refuse_others(connection, table, there, wanted)
        if lacking := [column for column in columns if column.name not in there]:
            connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(_PATIENCE))
            for column in lacking:
                connection.execute(sql.SQL("ALTER TABLE {} ADD COLUMN {}").format(name_of(table), _defined(column)))


def _make(connection: psycopg.Connection, table: str, columns: Sequence[Column]) -> None:
    """What was published of a table that was dropped since is published no more."""
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(name_of(table), sql.SQL(", ").join(map(_defined, columns))))
    for column in columns:
        if column.is_indexed:
            connection.execute(sql.SQL("CREATE INDEX ON {} ({})").format(name_of(table), sql.Identifier(column.name)))
    connection.execute(sql.SQL("DELETE FROM {} WHERE table_name = %s").format(name_of(RECORD)), [table])


def _defined(column: Column) -> sql.Composable:
    """The type is one of those that columns.py writes, never a word of somebody else's."""
    return sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.kind))  # type: ignore[arg-type]


def _refuse_others(connection: psycopg.Connection, table: str, there: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    others = {name: f"{kind}, in gold {wanted.get(name, 'no more')}" for name, kind in there.items() if wanted.get(name) != kind}
    if others:
        where = f"{connection.info.dbname}, {SCHEMA}.{table}"
        fix = f"drop table {SCHEMA}.{table} there, with what stands on it: the next publication makes it anew, with all days"
        raise ServingRefused("the published table has columns that gold has otherwise", where=where, value=others, fix=fix)
