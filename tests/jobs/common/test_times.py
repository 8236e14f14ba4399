"""Which texts are a time, and which."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.common.times import iso_time

TAKEN = {
    "2026-11-20T10:00:00": datetime(2026, 11, 20, 10, tzinfo=UTC),
    "2026-11-20 10:00:00": datetime(2026, 11, 20, 10, tzinfo=UTC),
    "2026-11-20T10:00:00Z": datetime(2026, 11, 20, 10, tzinfo=UTC),
    "2026-11-20t10:00:00z": datetime(2026, 11, 20, 10, tzinfo=UTC),
    "2026-11-20T10:00:00+02:00": datetime(2026, 11, 20, 8, tzinfo=UTC),
    "2026-11-20T10:00:00-0530": datetime(2026, 11, 20, 15, 30, tzinfo=UTC),
    "2026-11-20T23:30:00-02": datetime(2026, 11, 21, 1, 30, tzinfo=UTC),
    "2026-11-20T10:00": datetime(2026, 11, 20, 10, tzinfo=UTC),
    "2026-11-20T10:00Z": datetime(2026, 11, 20, 10, tzinfo=UTC),
    "2026-11-20T10:00+01:00": datetime(2026, 11, 20, 9, tzinfo=UTC),
    "2026-11-20T10:00:00.1": datetime(2026, 11, 20, 10, 0, 0, 100_000, tzinfo=UTC),
    "2026-11-20T10:00:00,25Z": datetime(2026, 11, 20, 10, 0, 0, 250_000, tzinfo=UTC),
    "2026-11-20T10:00:00.9999999Z": datetime(2026, 11, 20, 10, 0, 0, 999_999, tzinfo=UTC),
    "2026-11-20T10:00:00.123456789012345Z": datetime(2026, 11, 20, 10, 0, 0, 123_456, tzinfo=UTC),
    "1969-12-31T23:59:59.9999999Z": datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    "1582-10-10T00:00:00Z": datetime(1582, 10, 10, tzinfo=UTC),
    "0001-01-01T00:00:00Z": datetime(1, 1, 1, tzinfo=UTC),
    "9999-12-31T23:59:59.999999Z": datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    "2028-02-29T00:00:00Z": datetime(2028, 2, 29, tzinfo=UTC),
}
NOT_TAKEN = [
    "",
    "now",
    "yesterday",
    "epoch",
    "1790000000",
    "1e9",
    "2026",
    "2026-11",
    "2026-11-20",
    "2026-11-20T10",
    "10:00:00",
    "T10:00:00",
    "20261120T100000Z",
    "2026-W47-5T10:00:00Z",
    "20/11/2026 10:00:00",
    "2026-1-2T03:04:05Z",
    " 2026-11-20T10:00:00Z",
    "2026-11-20T10:00:00Z ",
    "2026-11-20T10:00:00Z\n",
    "2026-11-20T10:00:00 Z",
    "2026-11-20T10:00:00.Z",
    "2026-11-20T10:00:00 Europe/Paris",
    "2026-11-20T10:00:00[Europe/Paris]",
    "2026-11-20T24:00:00",
    "2026-11-20T23:59:60Z",
    "2026-11-20T10:61:00Z",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-11-20T10:00:00+19:00",
    "0000-12-31T23:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-01:00",
    "10000-01-01T00:00:00Z",
    "+2026-11-20T10:00:00Z",
    "٢٠٢٦-11-20T10:00:00Z",
]


@pytest.fixture(scope="module")
def micros(spark: SparkSession) -> dict[str, int | None]:
    """Text → microseconds since 1970, for all of the texts in one go."""
    texts = spark.createDataFrame([(text,) for text in [*TAKEN, *NOT_TAKEN]], "text string")
    return dict(texts.select("text", F.unix_micros(iso_time(F.col("text")))).collect())


@pytest.mark.parametrize("text", TAKEN)
def test_iso_text_is_its_instant_in_utc(micros: dict[str, int | None], text: str) -> None:
    since_1970 = TAKEN[text] - datetime(1970, 1, 1, tzinfo=UTC)
    assert micros[text] == (since_1970.days * 86_400 + since_1970.seconds) * 1_000_000 + since_1970.microseconds


@pytest.mark.parametrize("text", NOT_TAKEN, ids=repr)
def test_any_other_text_is_no_time(micros: dict[str, int | None], text: str) -> None:
    assert micros[text] is None
