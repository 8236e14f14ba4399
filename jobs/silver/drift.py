"""judged rows of a feed and day → how many are on each side, and ops.drift: what the contract does not say of them.

One aggregation does both: the shapes of a day's records are few, however many records there are, and what differs from the contract
is found in the shapes without Spark (include/drift.py).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from include.contracts.model import Contract
from include.drift import DRIFT, Group, Place, drifted, lines
from include.settings import LakeSettings
from jobs.common.validate import side_name

log = logging.getLogger(__name__)

# A source that makes up its field names has as many shapes as records: the most frequent are looked at, and of the lines as well.
MOST_SHAPES = 10_000
MOST_LINES = 100
_LARGEST_SAMPLED = 64 * 1024  # bytes of a record
_PLACE = ("ingested_at", "_topic_id", "_partition", "_offset")


@dataclass(frozen=True)
class Survey:
    """Side → rows, exactly, and the shapes of the records that decode."""

    rows: dict[str, int]
    groups: list[Group]


def survey(judged: DataFrame) -> Survey:
    """Looks at all judged rows once; a second time where there are more shapes than anybody wants to look at."""
    wrong_types = F.filter("_reasons", lambda reason: reason.startswith("type:"))
    grouped = judged.groupBy(side_name().alias("side"), F.col("_shape").alias("shape"), wrong_types.alias("wrong_types")).agg(
        F.count("*").alias("rows"), F.min(F.struct(*_PLACE)).alias("first"), F.max("ingested_at").alias("last_seen")
    )
    found = grouped.orderBy(F.desc("rows"), "first").limit(MOST_SHAPES).toArrow().to_pylist()
    groups = [
        Group(each["shape"], tuple(each["wrong_types"]), each["rows"], Place(*_known(each["first"])), each["last_seen"])
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
    where they are the same; without drift, and without lines of an earlier build, nothing is asked of Spark."""
    found = drifted(groups, contract)
    if len(found) > MOST_LINES:
        told = "%s %s: %d fields or types are not as the contract says; the %d most frequent are written down"
        log.warning(told, contract.feed, day, len(found), MOST_LINES)
    kept = found[:MOST_LINES]
    values = _values(judged, [each.first for each in kept]) if kept else {}
    after = lines(kept, values, contract, day)
    DRIFT.change(lake, contract.feed, day, lambda _before: after)


def _values(judged: DataFrame, places: list[Place]) -> dict[tuple[str, int, int], bytes | None]:
    """The bytes of the records at these places, without the largest."""
    wanted = {(place.topic_id, place.partition, place.offset) for place in places}
    near = judged.where(F.col("_offset").isin(*{place.offset for place in places}) & (F.length("_value") <= _LARGEST_SAMPLED))
    found = near.select(F.coalesce("_topic_id", F.lit("")).alias("topic_id"), "_partition", "_offset", "_value").toArrow().to_pylist()
    values = {(row["topic_id"], row["_partition"], row["_offset"]): row["_value"] for row in found}
    return {place: value for place, value in values.items() if place in wanted}


def _known(place: dict[str, object]) -> tuple[object, ...]:
    """Rows of before bronze had topic ids have none."""
    return tuple("" if name == "_topic_id" and place[name] is None else place[name] for name in _PLACE)
