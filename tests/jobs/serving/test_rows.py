"""Gold tables in PostgreSQL: the same rows, a day at a time and whole."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from include.errors import ServingRefused
from include.settings import LakeSettings
from jobs.serving.publish import publish
from tests.jobs.serving.published import DAYS, SIMPLE, gold_rows, published_rows, put, simple
from tests.serving_database import Serving

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
