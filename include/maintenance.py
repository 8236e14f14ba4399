"""How long versions of silver and gold are kept, which tables are looked after, and ops.maintenance: what was done to each. No Spark."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import pyarrow as pa

from include.contract_files import feeds_by_system
from include.declared_settings import Reader, read, setting
from include.errors import SettingsError
from include.grain import tables_of_system
from include.ops_tables import Change, Row, change_rows
from include.settings import LakeSettings
from include.words import among, many

MAINTENANCE = "ops.maintenance"
MOST_DAYS = 30  # Delta forgets log entries that are older, and with them the versions
SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("started_at", pa.timestamp("us", tz="UTC")),
        ("ended_at", pa.timestamp("us", tz="UTC")),
        ("files_before", pa.int64()),
        ("files_after", pa.int64()),
        ("bytes_before", pa.int64()),
        ("bytes_after", pa.int64()),
        ("days_compacted", pa.int64()),
        ("files_deleted", pa.int64()),
        ("run_id", pa.string()),
    ]
)


@dataclass(frozen=True)
class MaintenanceSettings:
    """How long versions of silver and gold are kept."""

    keep_days: int = setting(
        "HEADWATER_KEEP_DAYS",
        7,
        "so long is kept what a version is made of after another took its place: a rebuild can be undone, and a reader go on with what "
        "it has opened",
        Reader.AIRFLOW,
        Reader.BATCH,
        unit="days",
        least=1,
        most=MOST_DAYS,
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> MaintenanceSettings:
        return read(cls, environment)

    @property
    def keep_hours(self) -> int:
        return 24 * self.keep_days


@dataclass(frozen=True)
class Maintained:
    """What was done to a table: files and bytes of its newest version, before and after; files deleted that no kept version names."""

    table: str
    started_at: datetime
    ended_at: datetime
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    days_compacted: int  # 1 for a table without days
    files_deleted: int
    run_id: str

    def __str__(self) -> str:
        before, after = many(self.files_before, "file"), many(self.files_after, "file")
        sizes = f"{before}, {many(self.bytes_before, 'byte')} became {after}, {many(self.bytes_after, 'byte')}"
        return f"{self.table}: {sizes}; {many(self.days_compacted, 'day')} compacted, {many(self.files_deleted, 'file')} deleted"


def put(lake: LakeSettings, done: Sequence[Maintained]) -> None:
    """Notes what a try of a run did to its tables, beside what earlier ones did. Idempotent; one commit."""

    def wanted(rows: list[Row]) -> Change:
        known = {(row["run_id"], row["table"], row["started_at"]) for row in rows}
        return Change([asdict(each) for each in done if (each.run_id, each.table, each.started_at) not in known])

    if done:
        change_rows(lake, MAINTENANCE, SCHEMA, wanted)


def spark_tables() -> list[str]:
    """The addresses of all tables that Spark writes, whether they exist or not, by system."""
    return [*(address for system, feeds in feeds_by_system().items() for address in tables_of_system(system, feeds)), "gold.model_runs"]


def chosen(tables: Iterable[str], known: Sequence[str]) -> list[str]:
    """The known tables that were asked for; all of them where none was. Raises SettingsError for one that is not known."""
    asked = list(tables)
    if unknown := sorted(set(asked) - set(known)):
        raise SettingsError("there is no such table to look after", where="tables", value=unknown, fix=among(unknown[0], known))
    return [address for address in known if not asked or address in asked]
