"""Window tables, which exist twice: `live.<name>`, kept by the stream, and `gold.<name>`, built by the batch. One definition, run on
DuckDB over a micro-batch and on Spark over a day.

Rows become *parts* (sums, counts, extremes, sets, firsts and lasts), parts of parts are parts, in any order and split, and the
columns that people read are computed from parts alone. Windows are tumbling, half-open, aligned to the epoch, and divide the day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from importlib import import_module

import ibis
import ibis.expr.types as ir
from ibis import Table
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

ibis.pyspark  # noqa: B018  registers the dialect's options, without which nothing compiles to it

# What every row brings beside the fields that the table asks for.
PLACE = {"_time": "int64", "_offset": "int64", "_partition": "int32"}  # event_time in microseconds since 1970
WINDOW = ("window_start", "window_end", "event_date")
SCALE = 1_000_000_000  # means and scores count to the ninth decimal place

Fields = Mapping[str, ir.Value]


@dataclass(frozen=True)
class Part:
    """A mergeable figure: what a row gives, and how two of them become one."""

    of_rows: ir.Value
    merged: Callable[[ir.Column], ir.Value]


def total(number: ir.NumericValue) -> Part:
    """The sum; null over nothing but nulls."""
    kind = f"decimal(38, {number.type().scale})" if number.type().is_decimal() else number.sum().type()
    return Part(number.sum().cast(kind), lambda part: part.sum().cast(kind))


def count(condition: ir.BooleanValue) -> Part:
    """How many rows meet the condition."""
    return Part(condition.cast("int64").sum().coalesce(0), lambda part: part.sum())


def least(value: ir.Value) -> Part:
    return Part(value.min(), lambda part: part.min())


def greatest(value: ir.Value) -> Part:
    return Part(value.max(), lambda part: part.max())


def distinct(value: ir.Value) -> Part:
    """The set of values, as an array."""
    return Part(value.collect(distinct=True), lambda part: part.collect().flatten().unique())


def first(rows: Table, *names: str) -> Part:
    """The fields of the earliest row, by event_time, then offset; a struct."""
    return _at_edge(rows, names, lambda row, place: row.argmin(place))


def last(rows: Table, *names: str) -> Part:
    """The fields of the latest row, by event_time, then offset; a struct."""
    return _at_edge(rows, names, lambda row, place: row.argmax(place))


def _at_edge(rows: Table, names: tuple[str, ...], edge: Callable[[ir.StructValue, ir.StructValue], ir.Value]) -> Part:
    row = ibis.struct({name: rows[name] for name in (*PLACE, *names)})
    place = ibis.struct({name: rows[name] for name in PLACE})
    return Part(edge(row, place), lambda part: edge(part, ibis.struct({name: part[name] for name in PLACE})))


def exact(number: ir.NumericValue) -> ir.Value:
    """A number below nine thousand million as a whole number of its ninth decimal places: such sums do not depend on their order."""
    return (number.cast("float64") * float(SCALE) + 0.5).floor().cast("decimal(38, 0)")


def mean(sum_of_exact: ir.Value, number_of: ir.Value) -> ir.Value:
    """The mean as a double; null over nothing. One division: two round twice, and equal means of one and of three rows would differ."""
    return sum_of_exact.cast("float64") / (number_of.nullif(0).cast("float64") * float(SCALE))


def rounded(number: ir.Value) -> ir.Value:
    """To the ninth place: half of a last bit must not put a value on the other side of a bound."""
    return (number * float(SCALE) + 0.5).floor().cast("float64") / float(SCALE)


@dataclass(frozen=True)
class WindowTable:
    """One row for each value of the keys and each window that has rows.

    `fields` are the silver fields that it needs; where it has several sources, each has all of them. `parts` and `columns` say
    what is kept and what is read, by name; both are given a table, of rows and of parts.
    """

    minutes: int
    keys: tuple[str, ...]
    fields: Mapping[str, str]  # name → type, in Ibis's words
    parts: Callable[[Table], Mapping[str, Part]]
    columns: Callable[[Table], Fields]

    def __call__(self, *sources: DataFrame) -> DataFrame:
        """The table of these silver rows, by Spark."""
        given = [
            frame.select(*self.fields, F.unix_micros("event_time").alias("_time"), "_offset", F.col("_partition").cast("int"))
            for frame in sources
        ]
        rows = reduce(DataFrame.unionByName, given)
        finished = rows.sparkSession.sql(self._batch_sql, rows=rows)
        start, end = (F.timestamp_micros(F.col(name)).alias(name) for name in WINDOW[:2])
        day = F.to_date(F.timestamp_micros(F.col("window_start"))).alias("event_date")
        return finished.select(*[name for name in finished.columns if name not in WINDOW], start, end, day)

    @cached_property
    def _batch_sql(self) -> str:
        rows = ibis.table(self.row_schema, name="rows")
        return str(ibis.to_sql(self.finish(self.of_rows(rows)), dialect="pyspark")).replace("`rows`", "{rows}")

    @property
    def row_schema(self) -> dict[str, str]:
        return {**self.fields, **PLACE}

    def of_rows(self, rows: Table) -> Table:
        """Rows → parts."""
        length = self.minutes * 60_000_000
        into = (rows._time % length + length) % length  # of times before 1970, the remainder is negative
        placed = rows.mutate(window_start=rows._time - into)
        return placed.group_by(*self.keys, "window_start").agg(**{name: part.of_rows for name, part in self._parts(placed).items()})

    def _parts(self, rows: Table) -> dict[str, Part]:
        """The table's own, and which row is the latest: an alert about a window names it."""
        return {**self.parts(rows), "newest": last(rows)}

    def merge(self, parts: Table) -> Table:
        """Parts, of which several may be of one window → parts, one for each window."""
        rows = ibis.table(self.row_schema, name="rows")
        how = self._parts(rows)
        return parts.group_by(*self.keys, "window_start").agg(**{name: part.merged(parts[name]) for name, part in how.items()})

    def finish(self, parts: Table, keep: bool = False) -> Table:
        """Parts, one for each window → the columns that people read; times in microseconds. With `keep` also the parts, each
        with `_` before its name."""
        end = parts.window_start + self.minutes * 60_000_000
        kept = {f"_{name}": parts[name] for name in parts.columns if name not in (*self.keys, "window_start")} if keep else {}
        return parts.select(*self.keys, **self.columns(parts), window_start=parts.window_start, window_end=end, **kept)


def window_table(name: str) -> WindowTable:
    """The definition of `live.<name>` and `gold.<name>`, which is in the file of the latter."""
    found = getattr(import_module(f"jobs.gold.{name}"), name)
    assert isinstance(found, WindowTable)
    return found
