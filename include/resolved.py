"""ops.resolved_records: which records were in quarantine, keep their contract by now, and so left it. No Spark.

Grain: a record and a resolution. A record that fails again under a later contract is in quarantine again: its line says since when
(`reopened_at`) and by which contract, and if it leaves quarantine once more there is a further line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from include.ops_lines import DayLines

_TIME = pa.timestamp("us", tz="UTC")
RESOLVED = DayLines(
    "ops.resolved_records",
    pa.schema(
        [
            ("feed", pa.string()),
            ("event_date", pa.date32()),
            ("topic_id", pa.string()),
            ("partition", pa.int32()),
            ("offset", pa.int64()),
            ("reasons_then", pa.list_(pa.string())),
            ("contract_version_then", pa.string()),
            ("contract_version_now", pa.string()),
            ("resolved_at", _TIME),
            ("run_id", pa.string()),  # of the run that built the day
            ("reopened_at", _TIME),  # null: it did not come back
            ("reopened_contract_version", pa.string()),
        ]
    ),
    ("topic_id", "partition", "offset", "resolved_at"),
)
Record = tuple[str | None, int, int]  # topic_id, partition, offset
_GOOD = ("current", "superseded")


@dataclass(frozen=True)
class Build:
    """A build of a feed's day: what a line says of the one that resolved its record, or put it back."""

    feed: str
    day: date
    contract_version: str
    at: datetime
    run_id: str


def settled(lines: pa.Table, before: pa.Table, sides: Mapping[Record, str], build: Build) -> pa.Table:
    """The day's lines once the build has come: those that there are, and one for each record that leaves quarantine by its verdict.

    `before` is quarantine as it stands. `sides` has the side from now on of each of its records that bronze still has, and of all that
    are in quarantine: a record that was not judged has not been found to keep anything.
    The same build again changes nothing: a record whose line is open has left already, and one that is back was marked.
    """
    records = records_of(lines)
    is_out = [reopened is None for reopened in lines["reopened_at"].to_pylist()]
    still_out = still_resolved(lines)
    back = [out and sides.get(record) == "quarantine" for record, out in zip(records, is_out, strict=True)]
    marked = _mark(lines, back, build)
    left = [sides.get(record) in _GOOD and record not in still_out for record in records_of(before)]
    return pa.concat_tables([marked, _lines(before.filter(pa.array(left, pa.bool_())), build)])


def records_of(table: pa.Table) -> list[Record]:
    """The coordinates of each row."""
    return list(zip(*(table[name].to_pylist() for name in ("topic_id", "partition", "offset")), strict=True))


def still_resolved(lines: pa.Table) -> set[Record]:
    """The records that left quarantine and did not come back."""
    return _where(lines, (line is None for line in lines["reopened_at"].to_pylist()))


def came_back(lines: pa.Table) -> set[Record]:
    """The records that were resolved once and are in quarantine again."""
    return _where(lines, (line is not None for line in lines["reopened_at"].to_pylist())) - still_resolved(lines)


def given_back(lines: pa.Table, since: datetime) -> pa.Table:
    """The day's lines as they were before that moment: what left quarantine since did not, and what came back did not."""
    moment = pa.scalar(since, _TIME)
    kept = lines.filter(pc.less(lines["resolved_at"], moment))
    later = pc.fill_null(pc.greater_equal(kept["reopened_at"], moment), False)
    for name in ("reopened_at", "reopened_contract_version"):
        column = pc.if_else(later, pa.scalar(None, kept[name].type), kept[name])
        kept = kept.set_column(kept.schema.get_field_index(name), kept.schema.field(name), column)
    return kept


def _where(lines: pa.Table, chosen: Iterable[bool]) -> set[Record]:
    return {record for record, wanted in zip(records_of(lines), chosen, strict=True) if wanted}


def _mark(lines: pa.Table, back: list[bool], build: Build) -> pa.Table:
    if not any(back):
        return lines
    marks = {"reopened_at": build.at, "reopened_contract_version": build.contract_version}
    for name, value in marks.items():
        place, field = lines.schema.get_field_index(name), lines.schema.field(name)
        column = [value if is_back else old for is_back, old in zip(back, lines[name].to_pylist(), strict=True)]
        lines = lines.set_column(place, field, pa.array(column, field.type))
    return lines


def _lines(left: pa.Table, build: Build) -> pa.Table:
    rows = left.num_rows
    same = {
        "feed": build.feed,
        "event_date": build.day,
        "contract_version_now": build.contract_version,
        "resolved_at": build.at,
        "run_id": build.run_id,
        "reopened_at": None,
        "reopened_contract_version": None,
    }
    taken = {"reasons_then": left["reasons"], "contract_version_then": left["contract_version"]}
    taken |= {name: left[name] for name in ("topic_id", "partition", "offset")}
    schema = RESOLVED.schema
    columns = [
        taken[field.name].cast(field.type) if field.name in taken else pa.array([same[field.name]] * rows, field.type) for field in schema
    ]
    return pa.table(columns, schema=schema)
