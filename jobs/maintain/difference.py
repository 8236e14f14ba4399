"""Two versions of a table's day → how many rows came, went and changed between them. Grain of what is counted: the table's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from include.grain import is_undivided, key_of
from include.settings import LakeSettings
from jobs.common.tables import of_days, read_table


@dataclass(frozen=True)
class Difference:
    """Rows whose key came, whose key went, and whose key stayed while anything else of them did not."""

    added: int = 0
    removed: int = 0
    changed: int = 0


def differences(before: DataFrame, after: DataFrame, key: Sequence[str] | None) -> Difference:
    """How `after` differs from `before`; both have one row a key (None: all columns). Nulls are equal to nulls, NaN to NaN.

    Of a key with several rows, which a sound table does not have, as many are changed as stay, unless all are as they were.
    A column that one of them lacks is null there.
    """
    names = list(dict.fromkeys([*after.columns, *before.columns]))
    told_by = names if key is None else list(key)
    others = F.struct(*[name for name in names if name not in told_by] or [F.lit(None).alias("_nothing")])
    both = before.withColumn("_is_new", F.lit(False)).unionByName(after.withColumn("_is_new", F.lit(True)), allowMissingColumns=True)
    old, new = (F.when(condition, F.col("_rest")) for condition in (~F.col("_is_new"), F.col("_is_new")))
    keys = both.select(*told_by, "_is_new", others.alias("_rest")).groupBy(*told_by).agg(
        F.array_sort(F.collect_list(old)).alias("_old"), F.array_sort(F.collect_list(new)).alias("_new")
    )
    was, came = F.size("_old"), F.size("_new")
    found = keys.where(~F.col("_old").eqNullSafe(F.col("_new"))).agg(
        F.coalesce(F.sum(F.greatest(came - was, F.lit(0))), F.lit(0)).alias("added"),
        F.coalesce(F.sum(F.greatest(was - came, F.lit(0))), F.lit(0)).alias("removed"),
        F.coalesce(F.sum(F.least(was, came)), F.lit(0)).alias("changed"),
    )
    return Difference(**found.collect()[0].asDict())


def difference(
    spark: SparkSession, lake: LakeSettings, address: str, day: date, before: int | None, after: int | None
) -> Difference:
    """What happened to the day between two versions of the table (None: it was not there), or to all of a table without days.

    Reads the day of both versions, of which the files must still be there; nothing where they are one.
    """
    if before == after or after is None:
        return Difference()
    frame = at_version(spark, lake, address, day, after)
    old = frame.limit(0) if before is None else at_version(spark, lake, address, day, before)
    return differences(old, frame, key_of(address))


def at_version(spark: SparkSession, lake: LakeSettings, address: str, day: date, version: int) -> DataFrame:
    """The table's rows of the day as of the version; all rows of a table without days."""
    found = read_table(spark, lake, address, version)
    return found if is_undivided(address) else found.where(of_days(day))
