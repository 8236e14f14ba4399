"""judged rows of a feed and day → how many are on each side, and ops.drift: what the contract does not say of them.

One aggregation does both: the shapes of a day's records are few, however many records there are, and what differs from the contract
is found in the shapes without Spark (include/drift.py). It keeps numbers and times alone, which Spark aggregates by hashing: to keep
each shape's first record too, it would have to sort all rows. Where there is drift, a second look finds those records.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from include.contracts.model import Contract
from include.drift import DRIFT, Drifted, First, Group, drifted, lines
from include.settings import LakeSettings
from jobs.common.validate import side_name

log = logging.getLogger(__name__)

# A source that makes up its field names has as many shapes as records: the most frequent are looked at, and of the lines as well.
MOST_SHAPES = 10_000
MOST_LINES = 100
_LARGEST_SAMPLED = 64 * 1024  # bytes of a record


@dataclass(frozen=True)
class Survey:
    """Side → rows, exactly, and the shapes of the records that decode."""

    rows: dict[str, int]
    groups: list[Group]


def survey(judged: DataFrame) -> Survey:
    """Looks at all judged rows once; a second time where there are more shapes than anybody wants to look at."""
    grouped = judged.groupBy(side_name().alias("side"), F.col("_shape").alias("shape"), _wrong_types().alias("wrong_types")).agg(
        F.count("*").alias("rows"), F.min("ingested_at").alias("first_seen"), F.max("ingested_at").alias("last_seen")
    )
    ordered = grouped.orderBy(F.desc("rows"), "shape", "wrong_types").limit(MOST_SHAPES)
    found = ordered.withColumn("id", F.xxhash64("shape", "wrong_types")).toArrow().to_pylist()
    groups = [
        Group(each["id"], each["shape"], tuple(each["wrong_types"].split()), each["rows"], each["first_seen"], each["last_seen"])
        for each in found
        if each["shape"] is not None
    ]
    if len(found) == MOST_SHAPES:
        log.warning("the day's records have %d shapes or more; the most frequent are held against the contract", MOST_SHAPES)
        counted = judged.groupBy(side_name().alias("side")).count().collect()
        return Survey({row["side"]: row["count"] for row in counted}, groups)
    rows: dict[str, int] = {}
    for each in found:
        rows[each["side"]] = rows.get(each["side"], 0) + each["rows"]
    return Survey(rows, groups)


def record_drift(judged: DataFrame, groups: list[Group], lake: LakeSettings, contract: Contract, day: date) -> None:
    """Makes what the groups show the day's lines of ops.drift. Idempotent: replaces the feed's lines of the day, and commits nothing
    where they are the same; without drift nothing is asked of Spark."""
    found = drifted(groups, contract)
    if len(found) > MOST_LINES:
        told = "%s %s: %d fields or types are not as the contract says; the %d most frequent are written down"
        log.warning(told, contract.feed, day, len(found), MOST_LINES)
    kept = found[:MOST_LINES]
    after = lines(kept, _firsts(judged, kept) if kept else {}, contract, day)
    DRIFT.change(lake, contract.feed, day, lambda _before: after)


def _wrong_types() -> Column:
    """The reasons that are of a type, with blanks between them: no field's name has one."""
    return F.array_join(F.filter("_reasons", lambda reason: reason.startswith("type:")), " ")


def _firsts(judged: DataFrame, found: list[Drifted]) -> dict[int, First]:
    """Group → its first record, of the groups that a line may begin with."""
    ids = {group for each in found for group in each.first_groups}
    value = F.when(F.length("_value") <= _LARGEST_SAMPLED, F.col("_value")).alias("value")
    place = F.struct(F.coalesce("_topic_id", F.lit("")).alias("topic_id"), "_partition", "_offset", value)
    firsts = (
        judged.where(F.col("ingested_at").isin(*{each.first_seen for each in found}) & F.col("_shape").isNotNull())
        .groupBy(F.xxhash64("_shape", _wrong_types()).alias("id"))
        .agg(F.min(F.struct(F.col("ingested_at"), place.alias("place"))).alias("first"))
        .where(F.col("id").isin(*ids))
    )
    return {each["id"]: First(*each["first"]["place"].values()) for each in firsts.toArrow().to_pylist()}
