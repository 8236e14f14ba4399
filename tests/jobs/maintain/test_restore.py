"""What goes back, and the accounts of a day that is given back while others are at it. Without Spark."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from include import rebuilds
from include.days import DayAccount, close, day_accounts, record, stale_days
from include.errors import RebuildRefused
from include.lineage import build
from include.lineage.telling import Teller
from include.settings import LakeSettings
from jobs.maintain import restore
from jobs.maintain.proof import begin
from jobs.maintain.restore import undo_day
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_rows
from tests.jobs.commerce import LOGS, METRICS

ID = "20261120T093000-0a1b2c"
BUILT = DayAccount("metrics", DAY, 2, 2, 0, 0, 0, 0, NOON, "scheduled__1")
BY_REBUILD = replace(BUILT, run_id="manual__rebuild")
LATER = replace(BUILT, bronze_rows=5, silver_rows=5, built_at=None, run_id="scheduled__2")


@pytest.fixture
def rebuilt(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> LakeSettings:
    """A lake in which a rebuild of the day has come to its end and changed nothing, and five rows are in bronze."""
    append(lake, METRICS, bronze_rows([b"x"] * 5))
    silver = pa.Table.from_pylist([{"_offset": offset, "event_date": DAY} for offset in range(2)])
    write_deltalake(lake.table_uri("silver.server_metrics"), silver, partition_by=["event_date"])
    record(lake, DAY, [BUILT])
    begun = begin(lake, ID, "apply", "commerce", DAY, "manual__rebuild", [METRICS])
    rebuilds.put(lake, [replace(row, ended_at=NOON) for row in begun.values()])
    record(lake, DAY, [BY_REBUILD])
    monkeypatch.setattr(restore, "_to_restore", lambda *asked: [])
    monkeypatch.setattr(restore, "end", lambda *asked: [])
    return lake


def undo(lake: LakeSettings, meanwhile: Callable[[], object] = lambda: None) -> None:
    def undivided(names: Iterable[str]) -> None:
        list(names)
        meanwhile()

    undo_day(None, lake, ID, "commerce", DAY, "undo-run", [METRICS, LOGS], undivided)  # type: ignore[arg-type]


def states(lake: LakeSettings) -> list[tuple[int, bool, str | None]]:
    return [(each.bronze_rows, each.built_at is None, each.run_id) for each in day_accounts(lake, ["metrics"], DAY)]


def test_accounts_are_the_undoing_s_while_it_is_at_work_and_what_they_were_after_it(rebuilt: LakeSettings) -> None:
    meanwhile: list[tuple[int, bool, str | None]] = []
    undo(rebuilt, lambda: meanwhile.extend(states(rebuilt)))
    assert (meanwhile, states(rebuilt)) == ([(2, True, f"writing:undo:{ID}")], [(2, False, f"undo:{ID}")])


def test_day_whose_silver_a_run_writes_beside_the_undoing_stays_open_and_no_gold_closes_it(
    rebuilt: LakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    undo(rebuilt, lambda: record(rebuilt, DAY, [LATER]))
    assert (states(rebuilt), stale_days(rebuilt, [METRICS])) == ([(5, True, f"writing:undo:{ID}")], [DAY])
    assert "built beside this undoing: metrics by scheduled__2" in caplog.text
    assert close(rebuilt, DAY, day_accounts(rebuilt, ["metrics"]), NOON, "scheduled__2") == ["metrics"]


def test_undoing_is_refused_where_a_run_begins_with_the_day_before_it_does(rebuilt: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = replace(BY_REBUILD, built_at=None, run_id="writing:scheduled__2")
    monkeypatch.setattr(restore, "_to_restore", lambda *asked: record(rebuilt, DAY, [begun]) or [])
    with pytest.raises(RebuildRefused, match=r"a run has begun with the day meanwhile.*writing:scheduled__2"):
        undo(rebuilt)
    assert day_accounts(rebuilt, ["metrics"]) == [begun]


def test_undoing_that_died_does_not_go_on_over_what_another_run_has_begun(rebuilt: LakeSettings) -> None:
    with pytest.raises(ZeroDivisionError):
        undo(rebuilt, lambda: 1 / 0)
    record(rebuilt, DAY, [LATER])
    with pytest.raises(RebuildRefused, match="was built, or given back, since"):
        undo(rebuilt)
    record(rebuilt, DAY, [replace(BY_REBUILD, built_at=None, run_id=f"writing:undo:{ID}")])
    undo(rebuilt)
    assert states(rebuilt) == [(2, False, f"undo:{ID}")]


LATER_ID = "20261121T093000-0a1b2c"


def later_rebuild(lake: LakeSettings) -> None:
    """A later rebuild of the day, that changed nothing and was undone."""
    for action in ("apply", "undo"):
        begun = begin(lake, LATER_ID, action, "commerce", DAY, "manual__later", [METRICS])
        rebuilds.put(lake, [ended(row) for row in begun.values()])
        record(lake, DAY, [replace(BUILT, run_id="manual__later" if action == "apply" else f"undo:{LATER_ID}")])


def ended(row: rebuilds.Rebuilt) -> rebuilds.Rebuilt:
    return replace(row, ended_at=NOON, version_after=row.version_before, rows_after=row.rows_before)


def test_a_rebuild_can_be_undone_once_the_later_one_was(rebuilt: LakeSettings) -> None:
    rebuilds.put(rebuilt, [ended(row) for row in rebuilds.of_day(rebuilt, ID, "apply", "commerce", DAY).values()])
    later_rebuild(rebuilt)
    undo(rebuilt)
    assert states(rebuilt) == [(2, False, f"undo:{ID}")]


def test_undoing_is_refused_where_the_day_was_written_between_it_and_the_later_one_that_was_undone(rebuilt: LakeSettings) -> None:
    rebuilds.put(rebuilt, [ended(row) for row in rebuilds.of_day(rebuilt, ID, "apply", "commerce", DAY).values()])
    silver = DeltaTable(rebuilt.table_uri("silver.server_metrics"))
    write_deltalake(silver, silver.to_pyarrow_table(), mode="overwrite")
    later_rebuild(rebuilt)
    with pytest.raises(RebuildRefused, match=f"metrics by undo:{LATER_ID}.*fix: force it") as refused:
        undo(rebuilt)
    assert "undo the later one" not in str(refused.value)


def test_lineage_tells_to_which_version_a_table_s_day_went_back(
    rebuilt: LakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    to = Teller({"HEADWATER_LOG_DIR": str(tmp_path / "logs")})
    monkeypatch.setattr(build, "teller", lambda: to)
    silver, held = (
        rebuilds.of_day(rebuilt, ID, "apply", "commerce", DAY)["silver.server_metrics"],
        rebuilt.table_uri("silver.server_metrics"),
    )
    before = DeltaTable(held).to_pyarrow_table()
    write_deltalake(held, before.slice(0, 1), mode="append")  # what the rebuild made of the day
    monkeypatch.setattr(restore, "_to_restore", lambda *asked: [silver])
    monkeypatch.setattr(restore, "_restore", lambda *asked: write_deltalake(held, before, mode="overwrite"))
    undo(rebuilt)
    (file,) = (tmp_path / "logs" / "lineage").iterdir()
    began, ended = map(json.loads, file.read_text().splitlines())
    assert (began["eventType"], ended["eventType"], ended["job"]["name"]) == ("START", "COMPLETE", "undo.silver.server_metrics")
    (read,), (written,) = ended["inputs"], ended["outputs"]
    assert (read["facets"]["version"]["datasetVersion"], read["inputFacets"]["inputStatistics"]["rowCount"]) == ("0", 2)
    assert (written["facets"]["version"]["datasetVersion"], written["outputFacets"]["outputStatistics"]["rowCount"]) == ("2", 2)
    assert ended["run"]["facets"]["headwater_build"]["airflowRunId"] == "undo-run"
    assert to.failures == 0


@pytest.fixture
def left(lake: LakeSettings) -> rebuilds.Rebuilt:
    """A table's day as a rebuild has found it in version 1, made it in version 2, and left it: another day has come since."""
    for number, day in enumerate([DAY, DAY, DAY, DAY + timedelta(days=1)]):
        rows = pa.Table.from_pylist([{"event_date": day, "n": number}])
        predicate = f"event_date = '{day}'" if number else None
        write_deltalake(lake.table_uri("gold.server_load"), rows, mode="overwrite", partition_by=["event_date"], predicate=predicate)
    known = {"version_before": 1, "rows_before": 1, "version_after": 2, "rows_after": 1, "rows_changed": 1}
    return rebuilds.Rebuilt(ID, "apply", "commerce", "gold.server_load", DAY, "manual__rebuild", NOON, **known, ended_at=NOON)


def to_restore(lake: LakeSettings, row: rebuilds.Rebuilt) -> list[rebuilds.Rebuilt]:
    return restore._to_restore(None, lake, {row.table: row})  # type: ignore[arg-type]  # it needs no Spark


def test_day_that_lies_as_the_rebuild_left_it_goes_back_if_its_proof_names_rows(lake: LakeSettings, left: rebuilds.Rebuilt) -> None:
    assert to_restore(lake, left) == [left]
    assert to_restore(lake, replace(left, rows_changed=0)) == []


def test_version_that_the_log_has_forgotten_is_refused(lake: LakeSettings, left: rebuilds.Rebuilt) -> None:
    DeltaTable(lake.table_uri(left.table)).create_checkpoint()
    for number in range(2):
        Path(lake.table_uri(left.table), "_delta_log", f"{number:020}.json").unlink()
    with pytest.raises(RebuildRefused, match=rf"the version to go back to is gone.*gold\.server_load {DAY}"):
        to_restore(lake, left)
