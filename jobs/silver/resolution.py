"""quarantine of a day as it stands, and the day's new verdicts → ops.resolved_records."""

from __future__ import annotations

import logging

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from include.delta_log import days_of, open_table, rows_by_day
from include.grain import SIDE_RECORD
from include.resolved import RESOLVED, Build, Record, records_of, settled
from include.settings import LakeSettings
from include.words import many
from jobs.common.tables import of_days, read_table
from jobs.common.validate import side_name

log = logging.getLogger(__name__)
_THEN = pa.schema(
    [
        ("topic_id", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("reasons", pa.list_(pa.string())),
        ("contract_version", pa.string()),
    ]
)


def record_resolved(judged: DataFrame, lake: LakeSettings, build: Build) -> None:
    """Writes down which records leave the day's quarantine with this build, and which are back in it; to be called before it is
    replaced, so that a build that dies in between finds them once more. Idempotent.

    Costs next to nothing on a day whose quarantine is empty and from which nothing was ever resolved: most days.
    """
    table = open_table(lake, f"quarantine.{build.feed}")
    had = 0 if table is None else days_of(table).get(build.day, 0)
    if not had and not rows_by_day(lake, RESOLVED.address).get(build.day):
        return
    before = _quarantined(table, build) if table is not None else _THEN.empty_table()
    then = read_table(judged.sparkSession, lake, f"quarantine.{build.feed}", table.version()).where(of_days(build.day)) if had else None
    found = _sides(judged, then)
    counts: dict[str, int] = {}

    def wanted(lines: pa.Table) -> pa.Table:
        after = settled(lines, before, found, build)
        counts["left"] = after.num_rows - lines.num_rows
        counts["back"] = lines["reopened_at"].null_count - after["reopened_at"].slice(0, lines.num_rows).null_count
        return after

    RESOLVED.change(lake, build.feed, build.day, wanted)
    if counts["left"]:
        told = "%s %s: %d of %d quarantined records keep the contract %s and leave quarantine"
        log.info(told, build.feed, build.day, counts["left"], had, build.contract_version)
    if counts["back"]:
        told = "%s %s: %s back in quarantine, resolved once, for the contract %s"
        log.warning(told, build.feed, build.day, many(counts["back"], "record"), build.contract_version)


def _quarantined(table: DeltaTable, build: Build) -> pa.Table:
    columns = ", ".join(f'"{name}"' for name in _THEN.names)
    query = f"select {columns} from quarantined where event_date = date '{build.day.isoformat()}'"
    return pa.table(QueryBuilder().register("quarantined", table).execute(query).read_all()).cast(_THEN)


def _sides(judged: DataFrame, before: DataFrame | None) -> dict[Record, str]:
    """The side, by the new verdicts, of the records that are in quarantine from now on, and of the judged ones that were `before`."""
    named = judged.select(*[F.col(f"_{name}").alias(name) for name in SIDE_RECORD], side_name().alias("side"))
    chosen = F.col("side") == "quarantine"
    if before is not None:
        then = before.select(*[F.col(name).alias(f"then_{name}") for name in SIDE_RECORD])
        same = [F.col(name).eqNullSafe(F.col(f"then_{name}")) for name in SIDE_RECORD]
        named, chosen = named.join(then, on=same, how="left"), chosen | F.col("then_offset").isNotNull()
    found = named.where(chosen).select(*SIDE_RECORD, "side").toArrow()
    return dict(zip(records_of(found), found["side"].to_pylist(), strict=True))
