"""A window table's definition at work on the driver: DuckDB over Arrow, a few milliseconds for a micro-batch."""

from __future__ import annotations

import json
from collections.abc import Sequence

import duckdb
import ibis
import pyarrow as pa
import pyarrow.compute as pc

from jobs.common.windows import WindowTable

TIME = pa.timestamp("us", tz="UTC")
DUCKDB = {"string": "VARCHAR", "float64": "DOUBLE", "int64": "BIGINT", "int32": "INTEGER"}  # Ibis's names, where they differ


class Fold:
    """Records → parts → one row for each group and window; all as Arrow.

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
        self._parts_schema = parts.schema().to_pyarrow()
        self._counted_schema = finished.schema().to_pyarrow()
        clocks = {"window_start": TIME, "window_end": TIME}
        fields = [pa.field(field.name, clocks.get(field.name, field.type)) for field in self._counted_schema]
        self.schema = pa.schema([*fields, pa.field("event_date", pa.date32())])
        self._duckdb = duckdb.connect(config={"threads": 1})
        self._duckdb.sql("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")  # Ibis 12 writes lambdas so

    def parts(self, records: pa.Table) -> pa.Table:
        """Parts of bronze's records with the column `parsed`: the fields of a record that keeps its contract, else null."""
        valid = records.filter(pc.is_valid(records["parsed"])).select(["parsed", "event_time", "offset", "partition"])
        kinds = self._json_kinds()
        fields = ", ".join(f'cast(fields."{name}" as {kind}) as "{name}"' for name, kind in kinds.items())
        text = json.dumps({name: "VARCHAR" if kind.startswith("DECIMAL") else kind for name, kind in kinds.items()})
        micros = valid.set_column(1, "event_time", valid["event_time"].cast(pa.int64()))
        rows = self._run(
            f"select {fields}, event_time as _time, \"offset\" as _offset, partition as _partition"
            f" from (select from_json(parsed, '{text}') as fields, * from records)",
            records=micros,
        )
        return self._run(self._parts_sql, rows=rows).cast(self._parts_schema)

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

    def _json_kinds(self) -> dict[str, str]:
        """Field → DuckDB's name of its type."""
        return {name: DUCKDB.get(kind, kind.upper()) for name, kind in self.window.fields.items()}

    def _run(self, sql: str, **tables: pa.Table) -> pa.Table:
        for name, table in tables.items():
            self._duckdb.register(name, table)
        found = self._duckdb.sql(sql).to_arrow_table()
        for name in tables:
            self._duckdb.unregister(name)
        return found
