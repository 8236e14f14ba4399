"""gold.<name> → the table of the same name in the schema `gold` of a PostgreSQL, row for row. No Spark.

Grain: gold's. A day is replaced in one transaction, a table without days as a whole; the transaction also notes, in
gold._published_days, which version of gold that was and which files have the day there. A day whose files in gold are others by now is
behind, whoever built, restored or compacted it and whatever kept it from being published then: each call publishes all that is behind.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from psycopg import sql

from include.delta_log import open_table, row_counts
from include.errors import ServingError, ServingRefused, StoreError
from include.settings import LakeSettings
from jobs.serving.columns import DAY, Column, columns_of, rows_of
from jobs.serving.database import RECORD, SCHEMA, ServingSettings, connected, held, make_fit, make_record, name_of

log = logging.getLogger(__name__)

_BATCH_ROWS = 20_000


@dataclass(frozen=True)
class Held:
    """What gold has of a day: how many rows, and a word for the files that they are in."""

    rows: int
    files: str


def publish(lake: LakeSettings, settings: ServingSettings, tables: Iterable[str]) -> dict[str, dict[date | None, int]]:
    """Gold table → day → the rows that were published of it now; of a table without days, all of them under None.

    A table that gold does not have yet is left out. Idempotent: where nothing is behind nothing is written.
    One table's failure stops it alone; raises ServingError or StoreError at the end, ServingRefused where a person has to mend it.
    """
    done: dict[str, dict[date | None, int]] = {}
    failures: list[ServingError | StoreError] = []
    for table in tables:
        try:
            done[table] = _publish_table(lake, settings, table)
        except (ServingError, StoreError) as error:  # the other tables are published, and then it is raised
            log.error("%s.%s is not published: %s", SCHEMA, table, error)
            failures.append(error)
    if failures:
        raise next((error for error in failures if not isinstance(error, ServingRefused)), failures[0])
    return done


def _publish_table(lake: LakeSettings, settings: ServingSettings, name: str) -> dict[date | None, int]:
    with connected(settings) as connection:
        make_record(connection)
        with held(connection, name):
            # Opened only now: who waited for another publication to end sees at least what that one saw, and takes nothing back.
            table = open_table(lake, f"gold.{name}")
            if table is None:
                return {}
            columns = columns_of(table)
            make_fit(connection, name, columns)
            has = days_held(table)
            behind = _behind(has, _published(connection, name))
            for day in behind:
                _replace(connection, name, table, columns, day, has.get(day))
            return {day: has[day].rows if day in has else 0 for day in behind}


def days_held(table: DeltaTable) -> dict[date | None, Held]:
    """Day → what gold has of it; of a table without days, all of it under None."""
    actions = pa.table(table.get_add_actions(flatten=True))
    divided = DAY in table.metadata().partition_columns
    days = actions[f"partition.{DAY}"].to_pylist() if divided else [None] * len(actions)
    paths: dict[date | None, list[str]] = {} if divided else {None: []}
    rows: dict[date | None, int] = dict.fromkeys(paths, 0)
    for day, path, count in zip(days, actions["path"].to_pylist(), row_counts(table, actions), strict=True):
        paths.setdefault(day, []).append(path)
        rows[day] = rows.get(day, 0) + count
    return {day: Held(rows[day], hashlib.sha256("\n".join(sorted(of_day)).encode()).hexdigest()) for day, of_day in paths.items()}


def _published(connection: psycopg.Connection, table: str) -> dict[date | None, str]:
    query = sql.SQL("SELECT event_date, files FROM {} WHERE table_name = %s").format(name_of(RECORD))
    return dict(connection.execute(query, [table]).fetchall())


def _behind(has: Mapping[date | None, Held], published: Mapping[date | None, str]) -> list[date | None]:
    """The days that are others in gold than those published, the newest first; also those that gold has no more."""
    days = [day for day in {**has, **published} if day not in has or has[day].files != published.get(day)]
    return sorted(days, key=lambda day: day or date.min, reverse=True)


def _replace(
    connection: psycopg.Connection, name: str, table: DeltaTable, columns: list[Column], day: date | None, has: Held | None
) -> None:
    """Puts gold's rows of the day in the place of those that are published, in one transaction; of a table without days, all rows."""
    target, record = name_of(name), name_of(RECORD)
    with connection.transaction():
        if day is None:
            connection.execute(sql.SQL("DELETE FROM {}").format(target))
        else:
            connection.execute(sql.SQL("DELETE FROM {} WHERE {} = %s").format(target, sql.Identifier(DAY)), [day])
        copied = _copy(connection, target, table, columns, day) if has else 0
        if has and copied != has.rows:
            told = f"gold's log says that the day has {has.rows} rows, and its files have {copied}"
            raise StoreError(told, where=table.table_uri, value=str(day), fix="`headwater ledger` says which is right")
        gone = sql.SQL("DELETE FROM {} WHERE table_name = %s AND event_date IS NOT DISTINCT FROM %s").format(record)
        connection.execute(gone, [name, day])
        if has:
            note = sql.SQL("INSERT INTO {} (table_name, event_date, gold_version, row_count, files) VALUES (%s, %s, %s, %s, %s)")
            connection.execute(note.format(record), [name, day, table.version(), has.rows, has.files])
    log.info("%s.%s, %s: %d rows of version %d published", SCHEMA, name, day or "all of it", copied, table.version())


def _copy(connection: psycopg.Connection, target: sql.Identifier, table: DeltaTable, columns: list[Column], day: date | None) -> int:
    named = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    copied = 0
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(target, named)) as copy:
        for batch in _batches(table, columns, day):
            for row in rows_of(batch, columns):
                copy.write_row(row)
            copied += batch.num_rows
    return copied


def _batches(table: DeltaTable, columns: list[Column], day: date | None) -> Iterator[pa.RecordBatch]:
    """The rows of the day at this version, a few at a time."""
    chosen = None if day is None else pc.field(DAY) == pa.scalar(day, pa.date32())
    try:
        scanner = table.to_pyarrow_dataset().scanner([column.name for column in columns], filter=chosen, batch_size=_BATCH_ROWS)
        yield from scanner.to_batches()
    except OSError as error:
        fix = "see that the store is up; a version may have left the retention while it was read: publish again"
        raise StoreError(f"the rows could not be read: {error}", where=table.table_uri, value=str(day), fix=fix) from error
