"""bronze rows of a feed → a verdict on each: every row lands on exactly one of four sides, with all its reasons.

- dead letters: bytes that do not decode to a JSON object (decode.py), with one reason
- quarantine: decoded, but breaks the contract (fields.py), with every reason:
  `required:order_id`, `type:total`, `minimum:items[].quantity`, `valid_values:level`, `rule:total_matches`
- superseded: keeps the contract, but a later state of the same thing came (identity.py)
- current: all others

Fields that the contract does not name are ignored here; jobs/silver/drift.py writes them down. A rule over several fields counts as
broken when it is null, hence also where a field that it needs is missing or of the wrong type: both reasons are given.
`event_time:<field>` is the reason of a record whose time can be read now and is not the one that bronze filed it under.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from include.bronze import CLOCKS, COLUMNS, COORDINATES
from include.contracts.model import Contract
from jobs.common.decode import decode
from jobs.common.fields import element_reasons, reasons, typed
from jobs.common.identity import mark_superseded


@dataclass(frozen=True)
class Sides:
    """The rows of a feed, each on one side. `current` has the contract's fields, bronze's coordinates as `_offset` and so on,
    and ingested_at, event_time, event_date; the others are bronze rows as they were, and why they are there. `first_seen` of the two
    bad sides is when the record came into bronze, and so the same however often, and when, a day is built."""

    current: DataFrame
    superseded: DataFrame
    quarantine: DataFrame
    dead_letters: DataFrame


def judge(bronze: DataFrame, contract: Contract, keep: Sequence[str] = ()) -> DataFrame:
    """The same rows with the contract's typed fields and the verdict: `_dead_letter` (null or the reason), `_reasons`
    (empty where nothing is broken), `_superseded_by` (topic id, partition and offset of the later state, or null), and
    `_shape` (decode.py). Further columns to keep have names that begin with `_`, as no field's does.
    """
    renamed = bronze.select(*[F.col(name).alias(f"_{name}") for name in COORDINATES], *CLOCKS, *keep)
    decoded = decode(renamed, contract.fields)
    values = [typed(field, F.col("_raw")[field.name]).alias(field.name) for field in contract.fields]
    verdict = decoded.select("*", *values).withColumn("_reasons", _reasons(contract)).drop("_raw")
    return mark_superseded(verdict, contract, _is_valid())


def sides(judged: DataFrame, contract: Contract) -> Sides:
    """The four sides of judged rows; together they are all of them, and no row is on two."""
    valid = judged.where(_is_valid())
    current = valid.where(F.col("_superseded_by").isNull()).drop("_dead_letter", "_reasons", "_superseded_by", "_shape")
    later = F.col("_superseded_by")
    return Sides(
        current=current,
        superseded=valid.where(later.isNotNull()).select(
            *_bronze_columns(), *[later[name].alias(f"superseded_by_{name}") for name in ("partition", "offset", "topic_id")]
        ),
        quarantine=judged.where(F.col("_dead_letter").isNull() & (F.size("_reasons") > 0)).select(
            *_bronze_columns(), F.col("_reasons").alias("reasons"), F.lit(contract.version).alias("contract_version"), _first_seen()
        ),
        dead_letters=judged.where(F.col("_dead_letter").isNotNull()).select(
            *_bronze_columns(), F.col("_dead_letter").alias("reason"), _first_seen()
        ),
    )


def side_name() -> Column:
    """The name of the side that a judged row is on."""
    return (
        F.when(F.col("_dead_letter").isNotNull(), "dead_letters")
        .when(F.size("_reasons") > 0, "quarantine")
        .when(F.col("_superseded_by").isNotNull(), "superseded")
        .otherwise("current")
    )


def _is_valid() -> Column:
    return F.col("_dead_letter").isNull() & (F.size("_reasons") == 0)


def _reasons(contract: Contract) -> Column:
    """All reasons of a decoded row in the contract's order; an empty array for a dead letter."""
    scalar: list[Column] = []
    nested: list[Column] = []
    for field in contract.fields:
        raw, value = F.col("_raw")[field.name], F.col(field.name)
        scalar += reasons(field, raw, value)
        nested += [element_reasons(field, raw, value)] if field.items else []
    scalar += [F.when(~F.coalesce(F.expr(rule.expression), F.lit(False)), F.lit(f"rule:{rule.name}")) for rule in contract.rules]
    if contract.event_time_field is not None:
        apart = F.abs(F.unix_micros(contract.event_time_field) - F.unix_micros("event_time"))
        scalar.append(F.when(apart >= 1_000_000, F.lit(f"event_time:{contract.event_time_field}")))
    found = F.concat(F.array_compact(F.array(*scalar)), *nested)
    return F.when(F.col("_raw").isNotNull(), found).otherwise(F.array().cast("array<string>"))


def _bronze_columns() -> list[Column]:
    return [F.col(f"_{name}" if name in COORDINATES else name).alias(name) for name in COLUMNS]


def _first_seen() -> Column:
    return F.col("ingested_at").alias("first_seen")
