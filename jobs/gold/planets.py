"""gold.planet_habitability of all days → gold.planets, one row a planet: its newest.

The table has no days of its own to replace. What one day's build changes is found from that day's rows and from the planets that
had theirs from it; only of those that lost it are the other days read.
"""

from __future__ import annotations

from datetime import date

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from include.delta_log import days_of, open_table, row_count
from include.errors import StoreError
from include.settings import LakeSettings
from include.table_creation import create_undivided
from include.table_lease import table_lease
from jobs.common.commits import SPARK_ERRORS, is_conflict, pause
from jobs.common.tables import add_columns, merge, read_day, read_table

SOURCE, TARGET = "gold.planet_habitability", "gold.planets"
ATTEMPTS = 8


def planets(planet_habitability: DataFrame) -> DataFrame:
    """Each planet's row of its newest event_date, with all its columns; the row count is that of the planets."""
    newest = F.max_by(F.struct(*planet_habitability.columns), "event_date").alias("_new")
    return planet_habitability.groupBy("Name").agg(newest).select("_new.*")


def bring_up_to_date(spark: SparkSession, lake: LakeSettings, day: date) -> None:
    """Makes gold.planets what gold.planet_habitability says, as far as that day is concerned; the source exists.

    A planet with a row of the day takes it unless it has a newer one. One that had its row from this day, and has none any more,
    falls back to the newest of its other days, or goes. An empty table takes all planets of all days: it is new.
    Idempotent: a day that changes nothing commits nothing. What others commit meanwhile is looked at again, so that two
    days, or two builds of one, may come here at the same time. Raises StoreError when that does not end.
    """
    _tables(lake)
    add_columns(spark, lake, TARGET, read_table(spark, lake, SOURCE).schema)
    lost: set[str] = set()
    for attempt in range(1, ATTEMPTS + 1):
        source, target = _tables(lake)
        lost |= _lost(source, target, day)
        days, is_new = days_of(source), not row_count(lake, TARGET)
        if not (lost or days.get(day) or (is_new and any(days.values()))):
            return
        changed = _change(spark, lake, _wanted(spark, lake, day, lost, is_new))
        # Nobody else has committed to either table since they were looked at: what was found is all there is.
        if changed is not None and [table.version() for table in _tables(lake)] == [source.version(), target.version() + int(changed)]:
            return
        pause(attempt)
    raise StoreError(
        f"others have changed the table {ATTEMPTS} times while this day was brought in",
        where=TARGET,
        value=str(day),
        fix="clear the task; building the day again is safe",
    )


def changes(wanted: DataFrame, kept: DataFrame) -> DataFrame:
    """Name, `_new` and `_seen` of the planets whose row is not as wanted; `wanted` has Name and `_new`, null for a planet that goes.

    A planet that keeps a row of a newer day than the wanted one stays, unless it is to go or to fall back (`_lost`).
    """
    old = kept.select("Name", F.struct(*kept.columns).alias("_old"))
    newer = F.coalesce(F.col("_old.event_date") > F.col("_new.event_date"), F.lit(False))
    return (
        wanted.join(old, on="Name", how="left")
        .where(~F.col("_new").eqNullSafe(F.col("_old")) & (F.col("_lost") | ~newer))
        .select("Name", "_new", F.col("_old.event_date").alias("_seen"))
    )


def _wanted(spark: SparkSession, lake: LakeSettings, day: date, lost: set[str], is_new: bool) -> DataFrame:
    if is_new:
        return _as_wanted(planets(read_table(spark, lake, SOURCE)), lost=False)
    of_day = read_day(spark, lake, SOURCE, day)
    if not lost:
        return _as_wanted(of_day, lost=False)
    names = spark.createDataFrame([(name,) for name in sorted(lost)], "Name string")
    others = planets(read_table(spark, lake, SOURCE).join(F.broadcast(names), on="Name", how="left_semi"))
    fallen = names.join(_as_wanted(others, lost=True), on="Name", how="left").select("Name", "_new", F.lit(True).alias("_lost"))
    return _as_wanted(of_day.join(F.broadcast(names), on="Name", how="left_anti"), lost=False).unionByName(fallen)


def _as_wanted(rows: DataFrame, lost: bool) -> DataFrame:
    return rows.select("Name", F.struct(*rows.columns).alias("_new"), F.lit(lost).alias("_lost"))


def _change(spark: SparkSession, lake: LakeSettings, wanted: DataFrame) -> bool | None:
    """Whether anything had to be changed; None when another writer was faster, and nothing was."""
    found = changes(wanted, read_table(spark, lake, TARGET)).persist()
    try:
        if not found.take(1):
            return False
        merge(found, lake, TARGET, "Name")
        return True
    except SPARK_ERRORS as error:
        if not is_conflict(error):
            raise
        return None
    finally:
        found.unpersist()


def _lost(source: DeltaTable, target: DeltaTable, day: date) -> set[str]:
    """The planets that have their row from this day, which has none of them any more. Without Spark: there are none on most days."""
    of_day = f"event_date = date '{day.isoformat()}'"
    query = f'select "Name" from target where {of_day} except select "Name" from source where {of_day}'
    found = QueryBuilder().register("target", target).register("source", source).execute(query).read_all()
    return set(pa.table(found)["Name"].to_pylist())


def _tables(lake: LakeSettings) -> tuple[DeltaTable, DeltaTable]:
    """The newest versions of source and target, which is made where there is none."""
    source, target = DeltaTable(lake.table_uri(SOURCE), storage_options=lake.delta_options()), open_table(lake, TARGET)
    if target is None:
        with table_lease(lake, TARGET):
            create_undivided(lake, TARGET, source.schema())
    return source, target or DeltaTable(lake.table_uri(TARGET), storage_options=lake.delta_options())
