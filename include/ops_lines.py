"""Tables of `ops` whose lines are of a feed and a day: read, and replaced as a whole. No Spark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder, write_deltalake

from include.delta_log import days_of, open_table
from include.ops_tables import commit
from include.settings import LakeSettings
from include.table_creation import create_by_day


@dataclass(frozen=True)
class DayLines:
    """The table at `address`; `schema` has feed and event_date, and `order` names the columns that tell the lines of a day apart."""

    address: str
    schema: pa.Schema
    order: tuple[str, ...]

    def read(self, lake: LakeSettings, feed: str | None = None, day: date | None = None) -> pa.Table:
        """The lines of the feed and the day, or of all, in order; none where there is no table."""
        table = open_table(lake, self.address)
        return self.schema.empty_table() if table is None else self._read(table, feed, day)

    def change(self, lake: LakeSettings, feed: str, day: date, wanted: Callable[[pa.Table], pa.Table]) -> None:
        """Makes what is wanted, given the lines that there are, the lines of the feed and the day, in one commit.

        Idempotent: commits nothing where they are the same, and makes no table for nothing. Asks again when another writer was
        faster. Raises StoreError when the store, or another writer, does not let us.
        """

        def once(table: DeltaTable | None) -> None:
            # Most days of most feeds have no line, and the log alone says so.
            empty = table is None or not days_of(table).get(day)
            before = self.schema.empty_table() if table is None or empty else self._read(table, feed, day)
            after = wanted(before).select(self.schema.names).cast(self.schema).sort_by([(name, "ascending") for name in self.order])
            if after.equals(before):
                return
            create_by_day(lake, self.address, self.schema)
            write_deltalake(table or open_table(lake, self.address), after, mode="overwrite", predicate=_condition(feed, day))

        commit(lake, self.address, f"{feed} {day}", once)

    def _read(self, table: DeltaTable, feed: str | None, day: date | None) -> pa.Table:
        where = f" where {_condition(feed, day)}" if feed or day else ""
        query = f"select {_quoted(self.schema.names)} from lines{where} order by {_quoted(self.order)}"
        return pa.table(QueryBuilder().register("lines", table).execute(query).read_all()).cast(self.schema)


def _condition(feed: str | None, day: date | None) -> str:
    """A feed's name is made of letters, digits and `_`."""
    parts = [f"feed = '{feed}'"] if feed else []
    return " and ".join([*parts, f"event_date = date '{day.isoformat()}'"] if day else parts)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
