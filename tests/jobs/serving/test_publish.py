"""Gold tables in PostgreSQL: the same rows, a day at a time and whole, to be read and not to be written."""

from __future__ import annotations

import json
import math
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from psycopg.rows import dict_row

from include.errors import ServingError, ServingRefused, StoreError
from include.settings import LakeSettings
from jobs.serving.publish import publish
from tests.serving_database import Serving, connect, serving_database

DAYS = [date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)]
EVERY_TYPE = pa.schema(
    [
        ("event_date", pa.date32()),
        ("window_start", pa.timestamp("us", tz="UTC")),
        ("select", pa.string()),  # a word of SQL's
        ('odd "name"; --', pa.int32()),
        ("small", pa.int16()),
        ("big", pa.int64()),
        ("real", pa.float32()),
        ("double", pa.float64()),
        ("money", pa.decimal128(28, 12)),
        ("flag", pa.bool_()),
        ("bytes", pa.binary()),
        ("local", pa.timestamp("us")),
        ("list", pa.list_(pa.int64())),
        ("struct", pa.struct([("text", pa.string()), ("items", pa.list_(pa.struct([("n", pa.int64())])))])),
        ("map", pa.map_(pa.string(), pa.bool_())),
    ]
)
TEXTS = ["", "plain", "tab\tline\nback\\slash", "\\N", "\\.", "NULL", "it's; drop table gold.t --", '"quoted"', "äöü 東京 🚀", "\r\x01\x7f"]
FLOATS = [0.0, -0.0, 0.1, 1 / 3, -1e300, 5e-324, math.nan, math.inf, -math.inf]
TIMES = [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(1969, 12, 31, 23, 59, 59, 1), datetime(2026, 3, 29, 1, 30)]
SIMPLE = pa.schema([("event_date", pa.date32()), ("n", pa.int64()), ("word", pa.string())])


@pytest.fixture(scope="module")
def one_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving_database(tmp_path_factory.mktemp("serving")) as serving:
        yield serving


@pytest.fixture
def serving(one_for_all: Serving) -> Serving:
    """The database, with nothing published."""
    for (name,) in one_for_all.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'gold'"):
        one_for_all.run(f'DROP TABLE gold."{name}"')
    return one_for_all


def odd_rows(seed: int, day: date, count: int) -> list[dict[str, Any]]:
    at = random.Random(seed)
    midnight = datetime.combine(day, datetime.min.time(), UTC)

    def row() -> dict[str, Any]:
        found = {
            "window_start": at.choice(
                [midnight + timedelta(microseconds=at.randrange(86_400_000_000)), at.choice(TIMES).replace(tzinfo=UTC)]
            ),
            "select": at.choice(TEXTS),
            'odd "name"; --': at.randrange(-(2**31), 2**31),
            "small": at.randrange(-(2**15), 2**15),
            "big": at.choice([-(2**63), 2**63 - 1, at.getrandbits(40)]),
            "real": at.choice([math.nan, 0.1, -3.4e38, 1e-45]),
            "double": at.choice([*FLOATS, at.uniform(-1e9, 1e9)]),
            "money": Decimal(at.randrange(-(10**27), 10**27)).scaleb(-12),
            "flag": at.random() < 0.5,
            "bytes": at.randbytes(at.randrange(4)),
            "local": at.choice(TIMES),
            "list": [at.getrandbits(60) for _ in range(at.randrange(3))],
            "struct": {"text": at.choice(TEXTS), "items": [{"n": at.choice([None, 7])} for _ in range(at.randrange(3))]},
            "map": [(text, at.choice([True, None])) for text in at.sample(TEXTS, at.randrange(3))],
        }
        return {"event_date": day} | {name: None if at.random() < 0.1 else value for name, value in found.items()}

    return [row() for _ in range(count)]


def put(lake: LakeSettings, name: str, day: date | None, rows: list[dict[str, Any]], schema: pa.Schema = SIMPLE) -> None:
    """Makes these the table's rows of the day, in one commit; of a table without days (None), all its rows."""
    table = lake.table_uri(f"gold.{name}")
    DeltaTable.create(table, schema, mode="ignore", partition_by=["event_date"] if day else None)
    predicate = f"event_date = '{day}'" if day else None
    write_deltalake(table, pa.Table.from_pylist(rows, schema), mode="overwrite", predicate=predicate)


def simple(day: date, count: int, word: str = "old") -> list[dict[str, Any]]:
    return [{"event_date": day, "n": n, "word": word} for n in range(count)]


def gold_rows(lake: LakeSettings, name: str) -> list[str]:
    found = DeltaTable(lake.table_uri(f"gold.{name}")).to_pyarrow_table()
    return sorted(map(in_words, found.to_pylist(maps_as_pydicts="strict")))


def in_words(row: dict[str, Any]) -> str:
    return repr([(name, as_read(value)) for name, value in sorted(row.items())])


def as_read(value: Any) -> Any:
    """A value by what it is, whichever client has read it."""
    if isinstance(value, datetime) and value.tzinfo:
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z" if value.year > 1000 else value.replace(tzinfo=None).isoformat() + "Z"
    return json.dumps(value, sort_keys=True) if isinstance(value, list | dict) else value


def published_rows(serving: Serving, name: str) -> list[str]:
    with psycopg.connect(serving.reader, options="-c TimeZone=UTC") as connection:
        found = connection.cursor(binary=True, row_factory=dict_row).execute(f"SELECT * FROM gold.{name}".encode()).fetchall()
    return sorted(map(in_words, found))


def places(serving: Serving, name: str, day: date) -> list[tuple[Any, ...]]:
    """Where each row of the day lies, and which transaction wrote it."""
    return serving.ask(f"SELECT ctid, xmin FROM gold.{name} WHERE event_date = '{day}' ORDER BY 1")


def test_every_type_arrives_row_for_row(serving: Serving, lake: LakeSettings) -> None:
    for number, day in enumerate(DAYS):
        put(lake, "odd", day, odd_rows(number, day, 200), EVERY_TYPE)
    assert publish(lake, serving.settings, ["odd"]) == {"odd": dict.fromkeys(reversed(DAYS), 200)}
    assert published_rows(serving, "odd") == gold_rows(lake, "odd")
    types = dict(serving.ask("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'odd'"))
    assert types == {
        **{"event_date": "date", "window_start": "timestamp with time zone", "local": "timestamp without time zone", "select": "text"},
        **{'odd "name"; --': "integer", "small": "smallint", "big": "bigint", "real": "real", "double": "double precision"},
        **{"money": "numeric", "flag": "boolean", "bytes": "bytea", "list": "jsonb", "struct": "jsonb", "map": "jsonb"},
    }
    indexed = serving.ask("SELECT indexdef FROM pg_indexes WHERE tablename = 'odd'")
    assert sorted(line.rpartition("(")[2] for (line,) in indexed) == ["event_date)", "window_start)"]


def test_again_changes_nothing_and_a_changed_day_changes_alone(serving: Serving, lake: LakeSettings) -> None:
    for day in DAYS:
        put(lake, "t", day, simple(day, 5))
    publish(lake, serving.settings, ["t"])
    before = [places(serving, "t", day) for day in DAYS]
    assert publish(lake, serving.settings, ["t"]) == {"t": {}}
    assert [places(serving, "t", day) for day in DAYS] == before

    put(lake, "t", DAYS[1], simple(DAYS[1], 3, "new"))
    assert publish(lake, serving.settings, ["t"]) == {"t": {DAYS[1]: 3}}
    assert published_rows(serving, "t") == gold_rows(lake, "t")
    after = [places(serving, "t", day) for day in DAYS]
    assert ([after[0], after[2]], len(after[1])) == ([before[0], before[2]], 3)


def test_days_that_were_missed_or_given_back_or_are_gone_are_made_up_for(serving: Serving, lake: LakeSettings) -> None:
    put(lake, "t", DAYS[0], simple(DAYS[0], 4))
    publish(lake, serving.settings, ["t"])
    put(lake, "t", DAYS[0], simple(DAYS[0], 9, "wrong"))
    put(lake, "t", DAYS[1], simple(DAYS[1], 1))
    assert publish(lake, serving.settings, ["t"]) == {"t": {DAYS[1]: 1, DAYS[0]: 9}}

    DeltaTable(lake.table_uri("gold.t")).restore(1)
    assert publish(lake, serving.settings, ["t"]) == {"t": {DAYS[1]: 0, DAYS[0]: 4}}
    assert published_rows(serving, "t") == gold_rows(lake, "t")
    assert serving.ask("SELECT table_name, event_date, row_count, gold_version FROM gold._published_days") == [("t", DAYS[0], 4, 4)]


def test_table_without_days_is_replaced_whole(serving: Serving, lake: LakeSettings) -> None:
    put(lake, "planets", None, simple(DAYS[0], 4))
    assert publish(lake, serving.settings, ["planets", "never_built"]) == {"planets": {None: 4}, "never_built": {}}
    put(lake, "planets", None, simple(DAYS[1], 2, "new"))
    publish(lake, serving.settings, ["planets"])
    assert published_rows(serving, "planets") == gold_rows(lake, "planets")
    put(lake, "planets", None, [])
    publish(lake, serving.settings, ["planets"])
    assert published_rows(serving, "planets") == []


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


def words(serving: Serving) -> list[tuple[Any, ...]]:
    return serving.ask("SELECT word, count(*) FROM gold.t GROUP BY word")


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


def test_column_that_came_is_added_and_null_in_the_older_days(serving: Serving, lake: LakeSettings) -> None:
    put(lake, "t", DAYS[0], simple(DAYS[0], 2))
    publish(lake, serving.settings, ["t"])
    rows = pa.Table.from_pylist(
        [{"event_date": DAYS[1], "n": 1, "word": "new", "share": 0.5}], SIMPLE.append(pa.field("share", pa.float64()))
    )
    write_deltalake(lake.table_uri("gold.t"), rows, mode="append", schema_mode="merge")
    assert publish(lake, serving.settings, ["t"]) == {"t": {DAYS[1]: 1}}
    assert published_rows(serving, "t") == gold_rows(lake, "t")


def test_table_of_other_types_is_refused_by_their_names_and_made_anew_once_it_is_dropped(serving: Serving, lake: LakeSettings) -> None:
    for day in DAYS:
        put(lake, "t", day, simple(day, 2))
    publish(lake, serving.settings, ["t"])
    serving.run("ALTER TABLE gold.t ALTER n TYPE integer, ADD gone text")
    with pytest.raises(ServingRefused, match=r"'n': 'integer, in gold bigint', 'gone': 'text, in gold no more'.*drop table gold\.t"):
        publish(lake, serving.settings, ["t"])
    serving.run("DROP TABLE gold.t")
    assert publish(lake, serving.settings, ["t"]) == {"t": dict.fromkeys(reversed(DAYS), 2)}
    assert published_rows(serving, "t") == gold_rows(lake, "t")


def test_a_nul_that_postgresql_cannot_have_becomes_a_replacement_character(serving: Serving, lake: LakeSettings) -> None:
    schema = SIMPLE.append(pa.field("tags", pa.list_(pa.string())))
    put(lake, "t", DAYS[0], [{"event_date": DAYS[0], "n": 1, "word": "a\0b", "tags": ["\0"]}], schema)
    publish(lake, serving.settings, ["t"])
    assert serving.ask("SELECT word, tags FROM gold.t") == [("a�b", ["�"])]


def test_reader_reads_what_is_published_and_can_do_nothing_else(serving: Serving, lake: LakeSettings) -> None:
    put(lake, "t", DAYS[0], simple(DAYS[0], 2))
    publish(lake, serving.settings, ["t"])
    assert len(serving.ask("SELECT table_name FROM gold._published_days")) == 1
    for statement in (
        "INSERT INTO gold.t (n) VALUES (1)",
        "UPDATE gold.t SET n = 0",
        "DELETE FROM gold.t",
        "TRUNCATE gold.t",
        "DROP TABLE gold.t",
        "CREATE TABLE gold.mine (n int)",
        "CREATE TABLE public.mine (n int)",
        "CREATE TEMPORARY TABLE mine (n int)",
    ):
        writing = psycopg.connect(serving.reader, options="-c default_transaction_read_only=off")
        with writing as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())
    with psycopg.connect(serving.reader) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("CREATE TABLE mine (n int)")


@pytest.mark.parametrize("of_publisher", [True, False])
def test_nobody_who_reads_or_publishes_gold_opens_airflows_database(serving: Serving, of_publisher: bool) -> None:
    owner = f"postgresql://{serving.settings.user}:{serving.settings.password}@127.0.0.1:{serving.settings.port}/serving"
    address = (owner if of_publisher else serving.reader).removesuffix("/serving") + "/postgres"
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(address)


def test_wrong_password_and_missing_schema_are_told_without_the_secret(serving: Serving, lake: LakeSettings) -> None:
    put(lake, "t", DAYS[0], simple(DAYS[0], 2))
    wrong = type(serving.settings)("127.0.0.1", serving.settings.port, "serving", serving.settings.user, "a-wrong-secret")
    with pytest.raises(ServingError, match="password authentication failed") as raised:
        publish(lake, wrong, ["t"])
    assert "127.0.0.1" in raised.value.where
    assert "a-wrong-secret" not in f"{raised.value}{raised.value.__cause__}{wrong!r}"
    serving.run("ALTER SCHEMA gold RENAME TO away")
    try:
        with pytest.raises(ServingRefused, match="no schema gold"):
            publish(lake, serving.settings, ["t"])
    finally:
        serving.run("ALTER SCHEMA away RENAME TO gold")
