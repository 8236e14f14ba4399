"""A publication that is read, waited for, killed or fails in its midst: the old day is there until the new one is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from include.errors import ServingError, StoreError
from include.settings import LakeSettings
from jobs.serving.publish import publish
from tests.jobs.serving.published import DAYS, SIMPLE, gold_rows, published_rows, put, simple, words
from tests.serving_database import Serving, connect


@contextmanager
def stopped_midway(serving: Serving, name: str, row: int) -> Iterator[psycopg.Connection]:
    """Whoever copies the row with this `n` into the table waits at it, until the connection that this gives takes its own row back."""
    serving.run(f"CREATE UNIQUE INDEX IF NOT EXISTS one_each ON gold.{name} (n, word)")
    with connect(serving.settings) as blocker:
        blocker.execute("BEGIN")
        blocker.execute(f"INSERT INTO gold.{name} (event_date, n, word) VALUES ('2026-01-01', {row}, 'new')".encode())
        yield blocker


def copying(serving: Serving, rows: int) -> bool:
    """Whether a publisher is in the middle of a copy, having brought so many rows."""
    return any(done >= rows for (done,) in serving_admin(serving, "SELECT tuples_processed FROM pg_stat_progress_copy"))


def serving_admin(serving: Serving, query: str) -> list[tuple[Any, ...]]:
    with connect(serving.settings) as connection:
        return connection.execute(query.encode()).fetchall()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def in_a_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:  # the test looks at it
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


@pytest.fixture
def half_copied(serving: Serving, lake: LakeSettings) -> Iterator[tuple[psycopg.Connection, list[threading.Thread], list[list[Any]]]]:
    """A published day whose successor is half copied, and a second publication that waits for the first."""
    put(lake, "t", DAYS[0], simple(DAYS[0], 1000))
    publish(lake, serving.settings, ["t"])
    put(lake, "t", DAYS[0], simple(DAYS[0], 30_000, "new"))
    with stopped_midway(serving, "t", 15_000) as blocker:
        first, of_first = in_a_thread(lambda: publish(lake, serving.settings, ["t"]))
        until(lambda: copying(serving, 10_000))
        second, of_second = in_a_thread(lambda: publish(lake, serving.settings, ["t"]))
        until(lambda: serving_admin(serving, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == [(1,)])
        yield blocker, [first, second], [of_first, of_second]
        blocker.execute("ROLLBACK")
        for thread in (first, second):
            thread.join()


def test_reader_sees_the_old_day_until_it_sees_the_new_one(half_copied: Any, serving: Serving, lake: LakeSettings) -> None:
    blocker, threads, results = half_copied
    assert words(serving) == [("old", 1000)]
    blocker.execute("ROLLBACK")
    seen = []
    while any(thread.is_alive() for thread in threads):
        seen += words(serving)
    assert set(seen) <= {("old", 1000), ("new", 30_000)}
    assert results == [[{"t": {DAYS[0]: 30_000}}], [{"t": {}}]]
    assert published_rows(serving, "t") == gold_rows(lake, "t")


def test_publisher_that_dies_midway_leaves_the_old_day_and_the_next_one_publishes(half_copied: Any, serving: Serving) -> None:
    blocker, threads, results = half_copied
    query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_progress_copy"
    assert serving_admin(serving, query) == [(1,)]
    threads[0].join()
    (failure,) = results[0]
    assert isinstance(failure, ServingError)
    assert "terminating connection" in str(failure)
    assert serving.settings.password not in str(failure)
    assert words(serving) == [("old", 1000)]
    blocker.execute("ROLLBACK")
    threads[1].join()
    assert results[1] == [{"t": {DAYS[0]: 30_000}}]
    assert words(serving) == [("new", 30_000)]


def test_day_whose_file_cannot_be_read_stays_as_it_was(serving: Serving, lake: LakeSettings) -> None:
    put(lake, "t", DAYS[0], simple(DAYS[0], 1000))
    put(lake, "other", DAYS[0], simple(DAYS[0], 1))
    publish(lake, serving.settings, ["t"])
    put(lake, "t", DAYS[0], simple(DAYS[0], 500, "new"))
    write_deltalake(lake.table_uri("gold.t"), pa.Table.from_pylist(simple(DAYS[0], 500, "new"), SIMPLE), mode="append")
    newest = Path(max(DeltaTable(lake.table_uri("gold.t")).file_uris(), key=lambda path: Path(path).stat().st_mtime_ns))
    kept = newest.read_bytes()
    newest.unlink()
    with pytest.raises(StoreError, match="the rows could not be read"):
        publish(lake, serving.settings, ["t", "other"])
    assert words(serving) == [("old", 1000)]
    assert len(published_rows(serving, "other")) == 1  # one table's failure stops it alone
    newest.write_bytes(kept)
    assert publish(lake, serving.settings, ["t"]) == {"t": {DAYS[0]: 1000}}
    assert words(serving) == [("new", 1000)]
