"""A window table's definition at work on the driver: DuckDB over Arrow, a few milliseconds for a few hundred records."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import ibis
import pyarrow as pa

from jobs.common.windows import WindowTable

TIME = pa.timestamp("us", tz="UTC")


class Fold:
    """Rows → parts → one row for each group and window; all as Arrow.

    A row has the keys, the columns that people read, `window_start`, `window_end`, `event_date`, and each part with `_` before its
    name: it can be read as it is, and go on growing. One thread at a time.
    """

    def __init__(self, window: WindowTable) -> None:
        self.window = window
        rows = ibis.table(window.row_schema, name="rows")
        parts = ibis.table(window.of_rows(rows).schema(), name="parts")
        finished = window.finish(window.merge(parts), keep=True)
        self._parts_sql = str(ibis.to_sql(window.of_rows(rows), dialect="duckdb"))
        self._fold_sql = str(ibis.to_sql(finished, dialect="duckdb"))
        self._row_names, self._row_schema = list(window.row_schema), rows.schema().to_pyarrow()
        self._parts_schema = parts.schema().to_pyarrow()
        self._counted_schema = finished.schema().to_pyarrow()
        clocks = {"window_start": TIME, "window_end": TIME}
        fields = [pa.field(field.name, clocks.get(field.name, field.type)) for field in self._counted_schema]
        self.schema = pa.schema([*fields, pa.field("event_date", pa.date32())])
        self._duckdb = duckdb.connect(config={"threads": 1})
        self._duckdb.sql("pragma disable_optimizer")  # for a few rows it would take longer than the query; 20,000 cost the same without it
        self._duckdb.sql("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")  # Ibis 12 writes lambdas so

    def needed(self, rows: pa.Table) -> pa.Table:
        """What the table needs of rows that have its fields and `_time` (microseconds), `_offset` and `_partition`."""
        return rows.select(self._row_names).cast(self._row_schema)

    def parts(self, rows: pa.Table) -> pa.Table:
        """Parts of such rows, one for each group and window."""
        return self._run(self._parts_sql, rows=self.needed(rows)).cast(self._parts_schema)

    def fold(self, rows: pa.Table, parts: Sequence[pa.Table]) -> pa.Table:
        """Rows of this table and parts → rows, one for each group and window."""
        known = pa.table([self._part_column(rows, field) for field in self._parts_schema], schema=self._parts_schema)
        folded = self._run(self._fold_sql, parts=pa.concat_tables([known, *parts])).cast(self._counted_schema)
        starts = folded["window_start"].cast(TIME)
        times = {"window_start": starts, "window_end": folded["window_end"].cast(TIME), "event_date": starts.cast(pa.date32())}
        return pa.table([times[name] if name in times else folded[name] for name in self.schema.names], schema=self.schema)

    @staticmethod
    def _part_column(rows: pa.Table, field: pa.Field) -> pa.ChunkedArray:
        name = field.name if field.name in rows.column_names else f"_{field.name}"
        return rows[name].cast(field.type)

    def _run(self, sql: str, **tables: pa.Table) -> pa.Table:
        for name, table in tables.items():
            self._duckdb.register(name, table)
        found = self._duckdb.sql(sql).to_arrow_table()
        for name in tables:
            self._duckdb.unregister(name)
        return found
